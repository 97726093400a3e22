package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// More than the configured backlog is refused with the time to come back, except
// from accounts that have no part in it; once it is gone all are welcome.
func TestBackpressure(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		release := make(chan struct{})
		letGo := sync.OnceFunc(func() { close(release) })
		r := newReceiver(t, func(_ int, _ http.ResponseWriter, req *http.Request) {
			select {
			case <-release:
			case <-req.Context().Done():
			}
		})
		t.Cleanup(letGo)
		g := startGateway(t, database, "SWITCHHOOK_DELIVERY_MAX_BACKLOG=10")
		other := g.tenant("other")
		g.subscribe("standard", r.URL, "order.created")
		publish := func(token string) answer {
			return g.do("POST", "/v1/events", `{"type":"order.created","data":{}}`, "Authorization: Bearer "+token, "Content-Type: application/json")
		}
		accepted := 0
		var refused answer
		require.Eventually(t, func() bool {
			refused = publish(operatorKey)
			if refused.status == http.StatusAccepted {
				accepted++
			}
			return refused.status != http.StatusAccepted
		}, patience, 20*time.Millisecond)
		require.Equal(t, http.StatusTooManyRequests, refused.status)
		require.Equal(t, "5", refused.header.Get("Retry-After"))
		require.Equal(t, "application/problem+json", refused.header.Get("Content-Type"))
		require.Contains(t, string(refused.body), `"code":"rate_limited"`)
		require.GreaterOrEqual(t, accepted, 10)
		require.Equal(t, http.StatusAccepted, publish(other).status)
		letGo()
		require.Eventually(t, func() bool { return publish(operatorKey).status == http.StatusAccepted }, patience, 50*time.Millisecond)
		accepted++
		require.Eventually(t, func() bool { return len(ids(r.got())) == accepted }, patience, 20*time.Millisecond, "nothing accepted is lost")
	})
}

// ids are the different events of deliveries.
func ids(all []received) map[string]bool {
	out := map[string]bool{}
	for _, d := range all {
		out[d.header.Get("Webhook-Id")] = true
	}
	return out
}
