package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Deliveries that are well add no line to the log, nor do retries that come well;
// one that is given up adds one, with what leads to it and to its trace.
func TestNoLineAnEvent(t *testing.T) {
	t.Parallel()
	// A heartbeat that is late on a busy machine has a line of its own.
	g := startGateway(t, "", "SWITCHHOOK_LOG_FORMAT=json", "SWITCHHOOK_NODE_HEARTBEAT=15s", "SWITCHHOOK_NODE_DEAD_AFTER=2m")
	flaky := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n%10 == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	g.subscribeWith(map[string]any{"url": flaky.URL, "events": []string{"order.created"}, "delivery": map[string]any{
		"retry": map[string]any{"schedule_seconds": []float64{1}, "max_attempts": 10},
	}})
	bad := answering(t, http.StatusInternalServerError)
	sub := g.subscribeWith(map[string]any{"url": bad.URL, "events": []string{"fails"}, "delivery": map[string]any{"retry": map[string]any{"max_attempts": 1}}})
	before := g.log.String()
	var ids []string
	for range 50 {
		ids = append(ids, g.publish("order.created", `{}`))
	}
	for _, id := range ids {
		g.waitDelivery(id, "delivered")
	}
	require.Equal(t, before, g.log.String(), "a delivery that is well adds a line")

	dead := g.waitDelivery(g.publish("fails", `{}`), "dead")
	gone := answering(t, http.StatusGone)
	disabled := g.subscribe("standard", gone.URL, "gone")
	last := g.waitDelivery(g.publish("gone", `{}`), "dead")
	var lines []map[string]any
	require.Eventually(t, func() bool {
		lines = nil
		for line := range strings.Lines(strings.TrimPrefix(g.log.String(), before)) {
			var fields map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &fields), line)
			lines = append(lines, fields)
		}
		return len(lines) >= 3
	}, patience, 20*time.Millisecond)
	require.Len(t, lines, 3, "%s", g.log)
	for _, c := range []struct {
		msg  string
		want map[string]any
	}{
		{"delivery is dead", map[string]any{
			"delivery": dead.ID, "event": dead.EventID, "subscription": sub, "provider": "standard", "attempts": 1.0,
			"reason": "HTTP 500 Internal Server Error", "trace_id": dead.TraceID,
		}},
		{"subscription disabled", map[string]any{"subscription": disabled, "reason": "The subscriber answered 410 Gone", "trace_id": last.TraceID}},
		{"delivery is dead", map[string]any{"delivery": last.ID, "reason": "HTTP 410 Gone", "trace_id": last.TraceID}},
	} {
		require.True(t, hasLine(lines, c.msg, c.want), "no line %q with %v in %v", c.msg, c.want, lines)
	}
}

// However many requests are under way when their subscription is disabled, the log,
// the metric and the operational event tell of it once; of each dead letter once.
func TestOneLineADisabledSubscription(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	const well, events = 8, 4 // an endpoint that answers well gets more at a time
	all := make(chan struct{})
	gone := newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n <= well {
			return
		}
		if n == well+events {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusGone)
	})
	id := g.subscribe("standard", gone.URL, "gone")
	for range well {
		g.waitDelivery(g.publish("gone", `{}`), "delivered")
	}
	var ids []string
	for range events {
		ids = append(ids, g.publish("gone", `{}`))
	}
	gone.wait(t, well+events)
	for _, event := range ids {
		g.waitDelivery(event, "dead")
	}
	g.waitMetric(1, "switchhook_subscription_disabled_total", "reason", "gone")
	require.EqualValues(t, 1, g.metric("switchhook_subscription_disabled_total"))
	g.stop(syscall.SIGTERM) // which leaves nothing unsaid
	require.Equal(t, 1, strings.Count(g.log.String(), `msg="subscription disabled"`), g.log.String())
	require.Contains(t, g.log.String(), "subscription="+id)
	require.Equal(t, events, strings.Count(g.log.String(), `msg="delivery is dead"`))
}

// hasLine tells whether a line has a message and some fields, beside an account and
// the id of a span.
func hasLine(lines []map[string]any, msg string, want map[string]any) bool {
	for _, line := range lines {
		fits := line["msg"] == msg && line["level"] == "WARN" && line["account"] != nil && line["span_id"] != nil
		for name, v := range want {
			fits = fits && fmt.Sprint(line[name]) == fmt.Sprint(v)
		}
		if fits {
			return true
		}
	}
	return false
}
