package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store/storetest"
)

// Requests of one Idempotency-Key that come to two gateways at once make one
// thing: one is run, and the others get its answer, or 409 while it runs.
func TestOneIdempotencyKeyOnTwoGateways(t *testing.T) {
	t.Parallel()
	database := storetest.Postgres(t).Reveal()
	env := "SWITCHHOOK_SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	gateways := []*gateway{startGateway(t, database, env), startGateway(t, database, env)}
	const keys, requests = 10, 8
	for _, c := range []struct {
		path, list, body string
		status           int
	}{
		{"/v1/subscriptions", "/v1/subscriptions?limit=100", `{"url":"http://127.0.0.1/%s"}`, http.StatusCreated},
		{"/v1/keys", "/v1/keys?limit=100", `{"name":"%s"}`, http.StatusCreated},
		{"/v1/events", "/v1/events?limit=100", `{"type":"order.created","data":"%s"}`, http.StatusAccepted},
	} {
		before := len(gateways[0].ids(c.list))
		for range keys {
			key := uuid.NewString()
			answers, first := sameRequest(t, gateways, requests, key, c.path, fmt.Sprintf(c.body, key)), answer{}
			run := 0
			for _, a := range answers {
				switch {
				case a.status == http.StatusConflict:
					require.Contains(t, string(a.body), "is running", c.path)
					continue
				case a.header.Get("Idempotency-Replayed") == "":
					run++
				}
				require.Equal(t, c.status, a.status, "%s: %s", c.path, a.body)
				if first.body == nil {
					first = a
				}
				require.Equal(t, string(first.body), string(a.body), c.path)
			}
			require.Equal(t, 1, run, c.path)
			for _, g := range gateways {
				later := g.withKey(t.Context(), key, c.path, fmt.Sprintf(c.body, key))
				require.NoError(t, later.err)
				require.Equal(t, c.status, later.status)
				require.Equal(t, string(first.body), string(later.body), "secrets too")
				require.Equal(t, "true", later.header.Get("Idempotency-Replayed"))
			}
		}
		require.Len(t, gateways[1].ids(c.list), before+keys, c.path)
	}
}

// result is an answer, or why there is none.
type result struct {
	answer
	err error
}

// withKey makes a POST with an Idempotency-Key.
func (g *gateway) withKey(ctx context.Context, key, path, body string) result {
	a, err := g.send(ctx, http.MethodPost, path, body,
		"Authorization: Bearer "+operatorKey, "Content-Type: application/json", "Idempotency-Key: "+key)
	return result{a, err}
}

// sameRequest makes a request many times at once, by turns at each gateway.
func sameRequest(t *testing.T, gateways []*gateway, n int, key, path, body string) (answers []answer) {
	t.Helper()
	begin, results := make(chan struct{}), make(chan result, n)
	for i := range n {
		go func() {
			<-begin
			results <- gateways[i%len(gateways)].withKey(t.Context(), key, path, body)
		}()
	}
	close(begin)
	for range n {
		r := <-results
		require.NoError(t, r.err)
		answers = append(answers, r.answer)
	}
	return answers
}

// ids lists what a collection has.
func (g *gateway) ids(path string) (ids []string) {
	g.t.Helper()
	var list struct{ Items []struct{ ID string } }
	g.unified(http.StatusOK, "GET", path, "").decode(g.t, &list)
	for _, item := range list.Items {
		ids = append(ids, item.ID)
	}
	return ids
}

// Delayed events are never sent before they are due, each once, whichever of two
// gateways sends them. How late they may be is bounded where time is counted: see
// the delivery engine's tests.
func TestDelayedEventsAreNotEarly(t *testing.T) {
	t.Parallel()
	database := storetest.Postgres(t).Reveal()
	env := []string{"SWITCHHOOK_SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "SWITCHHOOK_DELIVERY_POLL_INTERVAL=500ms"}
	gateways := []*gateway{startGateway(t, database, env...), startGateway(t, database, env...)}
	r := newReceiver(t, nil)
	gateways[0].subscribe("standard", r.URL, "*")
	const events = 30
	due := map[string]time.Time{}
	for i := range events {
		at := time.Now().Add(time.Second + time.Duration(i)*73*time.Millisecond).Truncate(time.Microsecond)
		var made struct{ ID string }
		gateways[i%2].unified(http.StatusAccepted, "POST", "/v1/events", fmt.Sprintf(
			`{"type":"order.reminder","deliver_at":%q,"data":{"number":"%d"}}`, at.Format(time.RFC3339Nano), i)).decode(t, &made)
		due[fmt.Sprint(i)] = at
	}
	var worst time.Duration
	came := map[string]bool{}
	for _, d := range r.wait(t, events) {
		var ev struct{ Data struct{ Number string } }
		answer{body: d.body}.decode(t, &ev)
		late := d.at.Sub(due[ev.Data.Number])
		require.GreaterOrEqual(t, late, time.Duration(0), "event %s is early", ev.Data.Number)
		came[ev.Data.Number], worst = true, max(worst, late)
	}
	require.Len(t, came, events)
	t.Logf("the latest came %s after it was due", worst)
}
