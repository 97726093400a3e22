package unified_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func publish(key, body string) call {
	return call{method: http.MethodPost, path: "/v1/events", key: key, body: body}
}

func TestAnAccountsLimits(t *testing.T) {
	t.Parallel()
	w := start(t)
	key := w.newKey(t, "*")
	const event = `{"type":"order.created","data":{"a":1}}`
	a := w.do(t, publish(key, event))
	require.Equal(t, http.StatusAccepted, a.status)
	require.Empty(t, a.header.Get("RateLimit"), "without a rate nothing is said of one")

	// One event in a hundred seconds: the test is over before the next.
	limits := `{"limits":{"events_per_second":0.01,"burst":2,"max_subscriptions":1,"max_event_bytes":100}}`
	a = w.do(t, call{method: http.MethodPatch, path: "/v1/accounts/default", body: limits})
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)

	a = w.do(t, publish(key, event))
	require.Equal(t, http.StatusAccepted, a.status)
	require.Equal(t, `"events";q=2;w=200`, a.header.Get("RateLimit-Policy"))
	require.Equal(t, `"events";r=1;t=100`, a.header.Get("RateLimit"))
	a = w.do(t, publish(key, `{"type":"order.created","data":"`+strings.Repeat("x", 100)+`"}`))
	require.Equal(t, http.StatusRequestEntityTooLarge, a.status, "%s", a.body)
	require.Equal(t, "too_large", a.get(t, "code"))
	a = w.do(t, publish(key, event))
	require.Equal(t, http.StatusAccepted, a.status)
	a = w.do(t, publish(key, event))
	require.Equal(t, http.StatusTooManyRequests, a.status, "%s", a.body)
	require.Equal(t, "rate_limited", a.get(t, "code"))
	require.Contains(t, []string{"99", "100"}, a.header.Get("Retry-After"))
	require.Equal(t, `"events";q=2;w=200`, a.header.Get("RateLimit-Policy"))
	require.Contains(t, []string{`"events";r=0;t=199`, `"events";r=0;t=200`}, a.header.Get("RateLimit"))

	w.post(t, "/v1/subscriptions", `{"url":"https://example.com/a"}`, http.StatusCreated)
	a = w.do(t, call{method: http.MethodPost, path: "/v1/subscriptions", body: `{"provider":"vendor","url":"https://example.com/b","events":["order_created"]}`})
	require.Equal(t, http.StatusConflict, a.status, "%s", a.body)
	require.Equal(t, "limit", a.get(t, "code"))
}

// A test event is an event: it takes of the same rate, and has the same size.
func TestTestEventsCountAgainstTheLimits(t *testing.T) {
	t.Parallel()
	w := start(t)
	key := w.newKey(t, "*")
	path := "/v1/subscriptions/" + w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t) + "/test"
	try := func(body string) answer {
		return w.do(t, call{method: http.MethodPost, path: path, key: key, body: body})
	}
	a := try("")
	require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
	require.Empty(t, a.header.Get("RateLimit"), "without a rate nothing is said of one")

	limits := `{"limits":{"events_per_second":0.01,"burst":2,"max_event_bytes":100}}`
	a = w.do(t, call{method: http.MethodPatch, path: "/v1/accounts/default", body: limits})
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	a = try(`{"type":"order.created","data":"` + strings.Repeat("x", 100) + `"}`)
	require.Equal(t, http.StatusRequestEntityTooLarge, a.status, "%s", a.body)
	require.Equal(t, "too_large", a.get(t, "code"))
	a = try("")
	require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
	require.Equal(t, `"events";q=2;w=200`, a.header.Get("RateLimit-Policy"))
	require.Equal(t, `"events";r=1;t=100`, a.header.Get("RateLimit"))
	a = w.do(t, publish(key, `{"type":"order.created","data":1}`))
	require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)

	a = try("")
	require.Equal(t, http.StatusTooManyRequests, a.status, "%s", a.body)
	require.Equal(t, "rate_limited", a.get(t, "code"))
	require.Contains(t, []string{"99", "100"}, a.header.Get("Retry-After"))
	require.Equal(t, `"events";q=2;w=200`, a.header.Get("RateLimit-Policy"))
	require.Contains(t, []string{`"events";r=0;t=199`, `"events";r=0;t=200`}, a.header.Get("RateLimit"))
	items, _ := w.get(t, "/v1/events").items(t)
	require.Len(t, items, 3, "what is refused is not stored")
}
