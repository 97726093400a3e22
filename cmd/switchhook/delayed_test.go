package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A delayed event waits through the death of its gateway, and goes to who
// subscribed meanwhile: not before it is due, and only where it was not cancelled.
func TestDelayedEventsSurviveAKill(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		early := newReceiver(t, nil)
		first := g.subscribe("standard", early.URL, "*")
		due := time.Now().Add(6 * time.Second).Truncate(time.Millisecond)
		publish := func(id string) (event struct{ ID string }) {
			g.unified(http.StatusAccepted, "POST", "/v1/events",
				fmt.Sprintf(`{"type":"order.reminder","id":%q,"deliver_at":%q,"data":{}}`, id, due.Format(time.RFC3339Nano))).decode(t, &event)
			return event
		}
		kept, cancelled := publish("kept"), publish("cancelled")
		g.publish("order.created", `{}`)
		early.wait(t, 1) // the others are behind it, or wait
		g.unified(http.StatusOK, "POST", "/v1/events/"+cancelled.ID+"/cancel", "")
		g.unified(http.StatusNoContent, "DELETE", "/v1/subscriptions/"+first, "")
		g.stop(syscall.SIGKILL)
		g.start()
		late := newReceiver(t, nil)
		// Not order.created: the kill may have come before its outcome was recorded.
		g.subscribe("standard", late.URL, "order.reminder")
		g.subscribe("standard", late.URL, "order.closed")
		got := late.wait(t, 1)
		require.False(t, got[0].at.Before(due), "%s before it is due", due.Sub(got[0].at))
		require.Contains(t, string(got[0].body), "kept")
		g.publish("order.closed", `{}`)
		require.Len(t, late.wait(t, 2), 2, "what was cancelled does not come")
		require.Len(t, early.got(), 1, "nor does anything for who left")
		var event struct {
			DeliverAt time.Time `json:"deliver_at"`
		}
		g.unified(http.StatusOK, "GET", "/v1/events/"+kept.ID, "").decode(t, &event)
		require.True(t, due.Equal(event.DeliverAt))
		again := g.do("POST", "/v1/events/"+kept.ID+"/cancel", "", "Authorization: Bearer "+operatorKey)
		require.Equal(t, http.StatusConflict, again.status)
		require.True(t, strings.Contains(string(again.body), "on its way"), "%s", again.body)
	})
}
