package unified_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/idempotency"
)

// again makes a POST with an Idempotency-Key.
func (w *world) again(t *testing.T, key, path, body string, change ...func(*call)) answer {
	t.Helper()
	c := call{method: http.MethodPost, path: path, body: body, headers: map[string]string{"Idempotency-Key": key}}
	for _, f := range change {
		f(&c)
	}
	return w.do(t, c)
}

func TestARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, test := range []struct{ path, body string }{
		{"/v1/subscriptions", `{"url":"https://example.com/hooks"}`},
		{"/v1/keys", `{"name":"n"}`},
		{"/v1/accounts", `{"name":"acme"}`},
		{"/v1/events", `{"type":"order.created","data":1}`},
	} {
		key := `"key of ` + test.path + `"`
		key = strings.ReplaceAll(key, " ", "-")
		first := w.again(t, key, test.path, test.body)
		require.Less(t, first.status, 300, "%s: %s", test.path, first.body)
		require.Empty(t, first.header.Get("Idempotency-Replayed"))
		before := w.Rows(t)
		for _, form := range []string{key, strings.Trim(key, `"`)} { // quoted or not
			second := w.again(t, form, test.path, test.body)
			require.Equal(t, first.status, second.status)
			require.Equal(t, string(first.body), string(second.body), "secrets too")
			require.Equal(t, "true", second.header.Get("Idempotency-Replayed"))
			for _, h := range []string{"Etag", "Content-Type", "Cache-Control"} {
				require.Equal(t, first.header.Get(h), second.header.Get(h), h)
			}
			require.NotEqual(t, first.header.Get("X-Request-Id"), second.header.Get("X-Request-Id"))
		}
		require.Equal(t, before, w.Rows(t), "nothing is made")
	}
}

func TestAKeyIsOfOneRequestAndOneCaller(t *testing.T) {
	t.Parallel()
	w := start(t)
	first := w.again(t, "k", "/v1/subscriptions", `{"url":"https://example.com/1"}`)
	require.Equal(t, 201, first.status)
	before := w.Rows(t)
	for _, other := range []struct{ path, body string }{
		{"/v1/subscriptions", `{"url":"https://example.com/2"}`},
		{"/v1/keys", `{"url":"https://example.com/1"}`},
		{"/v1/keys", `{"name":"n"}`},
	} {
		a := w.again(t, "k", other.path, other.body)
		if a.status == 400 {
			continue // it was no request of that path
		}
		require.Equal(t, 422, a.status, "%s", a.body)
		require.Equal(t, "idempotency_key_reused", a.get(t, "code"))
	}
	require.Equal(t, before, w.Rows(t))
	token := w.newKey(t, "subscriptions:write")
	another := w.again(t, "k", "/v1/subscriptions", `{"url":"https://example.com/1"}`, func(c *call) { c.key = token })
	require.Equal(t, 201, another.status, "another API key has Idempotency-Keys of its own")
	require.NotEqual(t, first.id(t), another.id(t))
	w.post(t, "/v1/accounts", `{"name":"other"}`, 201)
	elsewhere := w.again(t, "k", "/v1/subscriptions", `{"url":"https://example.com/1"}`, func(c *call) { c.headers["Switchhook-Account"] = "other" })
	require.Equal(t, 201, elsewhere.status, "and so has another account")
	require.NotEqual(t, first.id(t), elsewhere.id(t))
}

func TestOnlySuccessIsKept(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.post(t, "/v1/accounts", `{"name":"taken"}`, 201)
	for _, test := range []struct {
		path, body string
		status     int
	}{
		{"/v1/subscriptions", `{"url":"https://127.0.0.1/"}`, 400},
		{"/v1/accounts", `{"name":"taken"}`, 409},
		{"/v1/events", `{"type":"with space","data":1}`, 400},
	} {
		require.Equal(t, test.status, w.again(t, "k", test.path, test.body).status)
	}
	require.Equal(t, 201, w.again(t, "k", "/v1/subscriptions", `{"url":"https://example.com"}`).status, "the key is free after a refusal")
	for _, bad := range []string{" ", "a b", `a"b`, "ü", strings.Repeat("x", 256)} {
		a := w.again(t, bad, "/v1/accounts", `{"name":"x"}`)
		require.Equal(t, 400, a.status, "%q: %s", bad, a.body)
		require.Contains(t, string(a.body), "Idempotency-Key")
	}
}

func TestRequestsUnderOneKeyDoNotRunTogether(t *testing.T) {
	t.Parallel()
	w := start(t)
	statuses := make([]int, 12)
	var wait sync.WaitGroup
	for i := range statuses {
		wait.Go(func() {
			statuses[i] = w.again(t, "k", "/v1/subscriptions", `{"url":"https://example.com"}`).status
		})
	}
	wait.Wait()
	require.Contains(t, statuses, 201)
	for _, s := range statuses {
		require.Contains(t, []int{201, 409}, s)
	}
	items, _ := w.get(t, "/v1/subscriptions").items(t)
	require.Len(t, items, 1)
	require.Equal(t, 201, w.again(t, "k", "/v1/subscriptions", `{"url":"https://example.com"}`).status)
}

// A node that dies while a request runs leaves its reservation; the key is free
// when that has expired, and publishing again publishes nothing twice.
func TestWhatANodeLeavesBehind(t *testing.T) {
	t.Parallel()
	w := start(t)
	const body = `[{"specversion":"1.0","id":"1","source":"/s","type":"a"},{"specversion":"1.0","id":"2","source":"/s","type":"a"}]`
	batch := func(c *call) { c.headers["Content-Type"] = "application/cloudevents-batch+json" }
	for _, test := range []struct {
		body   string
		change func(*call)
	}{{`{"type":"a","data":{"n":1}}`, func(*call) {}}, {body, batch}} {
		first := w.again(t, "crash", "/v1/events", test.body, test.change)
		require.Equal(t, 202, first.status, "%s", first.body)
		w.Exec(t, "UPDATE idempotency_keys SET status = 0, sealed = NULL")
		running := w.again(t, "crash", "/v1/events", test.body, test.change)
		require.Equal(t, 409, running.status)
		w.Exec(t, "UPDATE idempotency_keys SET expires_at = 0")
		before, _ := w.get(t, "/v1/events").items(t)
		after := w.again(t, "crash", "/v1/events", test.body, test.change)
		require.Equal(t, 202, after.status, "%s", after.body)
		require.Equal(t, strings.ReplaceAll(string(first.body), `"duplicate":false`, `"duplicate":true`), string(after.body))
		now, _ := w.get(t, "/v1/events").items(t)
		require.Equal(t, before, now)
		w.Exec(t, "DELETE FROM idempotency_keys")
	}
}

func TestAnswersAreEncrypted(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.again(t, "k", "/v1/keys", `{"name":"n"}`)
	token, ok := a.get(t, "token").(string)
	require.True(t, ok)
	require.NotContains(t, w.Table(t, "idempotency_keys"), token)
	require.NotContains(t, w.Table(t, "idempotency_keys"), strings.Trim(fmt.Sprintf("%d", []byte(token)), "[]"))
}

func TestARequestOutlivesItsClient(t *testing.T) {
	t.Parallel()
	w := start(t)
	s := idempotency.NewService(w.Store, nil)
	ctx, cancel := context.WithCancel(t.Context())
	in := idempotency.Request{AccountID: w.Default.ID, Key: idempotency.NewHash([]byte(uuid.NewString()))}
	a, replayed, err := s.Do(ctx, in, func(ctx context.Context) *idempotency.Answer {
		cancel()
		deadline, ok := ctx.Deadline()
		require.True(t, ok)
		require.Less(t, time.Until(deadline), idempotency.Lease, "it ends before its reservation does")
		require.NoError(t, ctx.Err(), "the client is gone, the request goes on")
		return &idempotency.Answer{Status: 201, Body: []byte("x")}
	})
	require.NoError(t, err)
	require.False(t, replayed)
	again, replayed, err := s.Do(t.Context(), in, nil)
	require.NoError(t, err)
	require.True(t, replayed)
	require.Equal(t, a.Body, again.Body)
	large := in
	large.Key = idempotency.NewHash([]byte("large"))
	_, _, err = s.Do(t.Context(), large, func(context.Context) *idempotency.Answer {
		return &idempotency.Answer{Status: 200, Body: make([]byte, idempotency.MaxAnswer+1)}
	})
	require.NoError(t, err)
	_, _, err = s.Do(t.Context(), large, nil)
	require.ErrorContains(t, err, "too large to keep")
	panics := in
	panics.Key = idempotency.NewHash([]byte("panics"))
	require.Panics(t, func() { _, _, _ = s.Do(t.Context(), panics, func(context.Context) *idempotency.Answer { panic("x") }) })
	_, replayed, err = s.Do(t.Context(), panics, func(context.Context) *idempotency.Answer { return &idempotency.Answer{Status: 201} })
	require.NoError(t, err)
	require.False(t, replayed, "the key of a request that panicked is free")
}
