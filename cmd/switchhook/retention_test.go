package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is old goes, delivered or not; what was never delivered is dead before.
func TestOldEventsGo(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		healthy, dead := newReceiver(t, nil), newReceiver(t, nil)
		dead.Close()
		g.subscribe("standard", healthy.URL, "order.created")
		g.subscribe("standard", dead.URL, "order.failed")
		delivered := g.publish("order.created", `{"n":1}`)
		g.waitDelivery(delivered, "delivered")
		var undelivered []string
		for range 3 {
			undelivered = append(undelivered, g.publish("order.failed", `{"n":2}`))
		}
		for _, id := range undelivered {
			require.Eventually(t, func() bool { return len(g.deliveries("event_id="+id)) == 1 }, patience, 20*time.Millisecond)
		}

		require.Zero(t, g.stop(syscall.SIGTERM))
		g.env = append(g.env, "SWITCHHOOK_RETENTION_AGE=1s", "SWITCHHOOK_RETENTION_INTERVAL=100ms")
		g.start()
		for _, id := range append(undelivered, delivered) {
			require.Eventually(t, func() bool {
				a := g.do("GET", "/v1/events/"+id, "", "Authorization: Bearer "+operatorKey)
				return a.status == http.StatusNotFound
			}, patience, 20*time.Millisecond, "event %s is kept", id)
			require.Empty(t, g.deliveries("event_id="+id), "an event outlives its deliveries")
		}
		require.Len(t, healthy.got(), 1)
		metrics := func() string { return string(g.do("GET", "/metrics", "").body) }
		// The counts of a step follow it.
		require.Eventually(t, func() bool {
			m := metrics()
			return strings.Contains(m, `switchhook_retention_removed_total{table="events"} 4`) &&
				strings.Contains(m, `switchhook_retention_removed_total{table="deliveries"} 4`) &&
				strings.Contains(m, "\nswitchhook_retention_expired_total 3\n")
		}, patience, 20*time.Millisecond)
		m := metrics()
		for _, name := range []string{"switchhook_store_size_bytes{part=", "switchhook_store_backlog "} {
			require.Contains(t, m, name)
		}
		require.Contains(t, g.log.String(), `msg="removed what is older than retention.age"`)
		// The gateway goes on: what comes now is delivered.
		g.publish("order.created", `{"n":3}`)
		healthy.wait(t, 2)
	})
}
