package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shownAttempt is an attempt as the unified API shows it.
type shownAttempt struct {
	DurationMs     float64                        `json:"duration_ms"`
	RequestHeaders []struct{ Name, Value string } `json:"request_headers"`
	Timings        *struct {
		ConnectMs   float64 `json:"connect_ms"`
		FirstByteMs float64 `json:"first_byte_ms"`
		TotalMs     float64 `json:"total_ms"`
	}
	TraceID string `json:"trace_id"`
}

// What an attempt shows is what the subscriber got, but for secrets.
func TestAttemptsShowWhatWasSent(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g, r := startGateway(t, database), newReceiver(t, nil)
		g.unified(http.StatusCreated, "POST", "/v1/subscriptions", fmt.Sprintf(`{"url":%q,"headers":[{"name":"X-Shop-Id","value":"hush-4711"}]}`, r.URL))
		id := g.publish("order.created", `{"a":1}`)
		got := r.wait(t, 1)[0]
		d := g.waitDelivery(id, "delivered")
		text := g.unified(http.StatusOK, "GET", "/v1/deliveries/"+d.ID, "")
		var shown struct{ Attempts []shownAttempt }
		text.decode(t, &shown)
		require.Len(t, shown.Attempts, 1)
		a := shown.Attempts[0]
		values := map[string]string{}
		for _, h := range a.RequestHeaders {
			values[h.Name] = h.Value
			if h.Value != "[REDACTED]" {
				require.Equal(t, got.header.Get(h.Name), h.Value, h.Name)
			}
		}
		for _, name := range []string{"Content-Type", "Traceparent", "Webhook-Id", "Webhook-Timestamp"} {
			require.NotEmpty(t, values[name], name)
			require.NotEqual(t, "[REDACTED]", values[name], name)
		}
		require.Equal(t, "[REDACTED]", values["Webhook-Signature"])
		require.Equal(t, "[REDACTED]", values["X-Shop-Id"])
		require.NotContains(t, string(text.body), "hush-4711")
		require.NotContains(t, string(text.body), strings.TrimPrefix(got.header.Get("Webhook-Signature"), "v1,"))
		require.NotNil(t, a.Timings)
		require.Positive(t, a.Timings.FirstByteMs)
		require.Positive(t, a.Timings.ConnectMs, "the first connection")
		require.InDelta(t, a.DurationMs, a.Timings.TotalMs, 0)
	})
}

// A new subscriber gets what came before it, once each, and what is dead is
// delivered again when its endpoint is back.
func TestReplay(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		began := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		ids := map[string]bool{}
		for range 20 {
			ids[g.publish("order.created", `{"a":1}`)] = true
		}
		g.publish("invoice.paid", `{"a":1}`)
		r := newReceiver(t, nil)
		sub := g.subscribe("standard", r.URL, "*")
		spec := fmt.Sprintf(`"from":%q,"statuses":"never_sent","subscription_id":%q,"event_types":["order.*"]`, began, sub)
		var preview struct{ Created int }
		require.Eventually(t, func() bool {
			g.unified(http.StatusOK, "POST", "/v1/replays", `{`+spec+`,"dry_run":true}`).decode(t, &preview)
			return preview.Created == len(ids)
		}, 10*time.Second, 50*time.Millisecond, "%d of %d", preview.Created, len(ids))
		require.Empty(t, r.got())
		for _, want := range []int{len(ids), 0} {
			var job struct {
				ID, Status            string
				Created, Failed, Done int
			}
			g.unified(http.StatusAccepted, "POST", "/v1/replays", `{`+spec+`}`).decode(t, &job)
			require.Eventually(t, func() bool {
				g.unified(http.StatusOK, "GET", "/v1/replays/"+job.ID, "").decode(t, &job)
				return job.Status == "done"
			}, 10*time.Second, 50*time.Millisecond)
			require.Equal(t, want, job.Created)
			require.Equal(t, len(ids)+1, job.Done)
			require.Zero(t, job.Failed)
		}
		got := map[string]int{}
		for _, request := range r.wait(t, len(ids)) {
			got[request.header.Get("Webhook-Id")]++
		}
		require.Len(t, got, len(ids))
		for id := range ids {
			require.Equal(t, 1, got[id])
			g.waitDelivery(id, "delivered")
		}
	})
}
