package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

const (
	sampledParent   = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	unsampledParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// What is recorded follows OTEL_TRACES_SAMPLER and the publisher's word, as the page
// about watching says; the receiver is told either way, and gets no baggage.
func TestSampling(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sampler                  string
		sampled, unsampled, none bool
	}{
		"ParentOn":  {"parentbased_always_on", true, false, true},
		"ParentOff": {"parentbased_always_off", true, false, false},
		"On":        {"always_on", true, true, true},
		"Off":       {"always_off", false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, env := collector(t)
			g := startGateway(t, "", append(env, "OTEL_TRACES_SAMPLER="+c.sampler)...)
			r := newReceiver(t, nil)
			g.subscribe("standard", r.URL, "order.*")
			g.subscribeWith(map[string]any{"url": r.URL + "/off", "events": []string{"order.*"}, "delivery": map[string]any{"traceparent": false}})
			publish := func(parent string) (traceID, flags string) {
				t.Helper()
				before := len(r.got())
				headers := []string{"Authorization: Bearer " + operatorKey, "Content-Type: application/json", "Baggage: secret=1"}
				if parent != "" {
					headers = append(headers, "Traceparent: "+parent, "Tracestate: vendor=secret")
				}
				g.do("POST", "/v1/events", `{"type":"order.created","data":{}}`, headers...).requireStatus(t, http.StatusAccepted)
				for _, got := range r.wait(t, before+2)[before:] {
					require.Empty(t, got.header.Get("Baggage"))
					require.Empty(t, got.header.Get("Tracestate"))
					if got.path == "/off" {
						require.Empty(t, got.header.Get("Traceparent"))
						continue
					}
					traceID, flags = got.header.Get("Traceparent")[3:35], got.header.Get("Traceparent")[53:]
				}
				return traceID, flags
			}
			var recorded []string
			for parent, want := range map[string]bool{sampledParent: c.sampled, unsampledParent: c.unsampled, "": c.none} {
				traceID, flags := publish(parent)
				if parent != "" {
					require.Equal(t, parent[3:35], traceID, "the publisher's trace goes on")
				}
				if !want {
					require.Equal(t, "00", flags)
					require.Empty(t, sink.Trace(traceID))
					continue
				}
				require.Equal(t, "01", flags)
				recorded = append(recorded, traceID)
			}
			for _, traceID := range recorded {
				_, err := sink.WaitFor(t.Context(), traceID, func(s []otlpsink.Span) bool { return len(s) > 0 })
				require.NoError(t, err)
			}
		})
	}
}

// The gateway's own trace view has what the plugin did, which no collector tells it.
func TestTheOwnStoreHasThePluginsPart(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_TRACES_SAMPLE_RATIO=1")
	r := newReceiver(t, nil)
	g.subscribe("standard", r.URL, "order.*")
	d := g.waitDelivery(g.publish("order.created", `{}`), "delivered")
	type shown struct {
		SpanID       string `json:"span_id"`
		ParentSpanID string `json:"parent_span_id"`
		Name         string
		Service      string
		Source       string
		Attributes   map[string]any
	}
	var out struct{ Spans []shown }
	found := func(name string) (s shown) {
		for _, s := range out.Spans {
			if s.Name == name && s.Source == "recorded" {
				return s
			}
		}
		return s
	}
	require.Eventually(t, func() bool {
		g.unified(http.StatusOK, "GET", "/v1/deliveries/"+d.ID+"/trace", "").decode(t, &out)
		return found("adapter render").SpanID != "" && found("render").SpanID != ""
	}, patience, 50*time.Millisecond, "%v", &out)
	require.Equal(t, "switchhook-adapter-standard", found("adapter render").Service)
	require.Equal(t, found("render").SpanID, found("adapter render").ParentSpanID)
	account := string(spans.AccountID)
	require.NotEmpty(t, found("render").Attributes[account])
	require.Equal(t, found("render").Attributes[account], found("adapter render").Attributes[account])
}
