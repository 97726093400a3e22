package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

func TestOneTreeFromPublishToAttempt(t *testing.T) {
	t.Parallel()
	sink := otlpsink.New(10_000)
	collector := httptest.NewServer(sink)
	t.Cleanup(collector.Close)
	g := startGateway(t, "", "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_BSP_SCHEDULE_DELAY=50")
	r := newReceiver(t, nil)
	g.do("POST", "/callbell/v1/webhooks/subscribe", `{"url":"`+r.URL+`","subscriptions":["message_created"]}`, callbellHeaders...).
		requireStatus(t, http.StatusOK)
	// The publisher's own trace goes on, and its baggage does not.
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := g.do("POST", "/v1/events", `{"type":"message.received","data":`+messageReceived+`}`, "Authorization: Bearer "+operatorKey,
		"Content-Type: application/json", "Traceparent: "+parent, "Baggage: secret=1")
	a.requireStatus(t, http.StatusAccepted)
	got := r.wait(t, 1)[0]
	require.Empty(t, got.header.Get("Baggage"))
	traceID := parent[3:35]
	require.Equal(t, traceID, got.header.Get("Traceparent")[3:35])

	want := []string{"POST /v1/events", "publish message.received", "match", "deliver message_created", "render", "adapter render", "attempt POST"}
	_, err := sink.WaitFor(t.Context(), traceID, func(spans []otlpsink.Span) bool {
		names := map[string]bool{}
		for _, s := range spans {
			names[s.Name] = true
		}
		for _, n := range want {
			if !names[n] {
				return false
			}
		}
		return true
	})
	require.NoError(t, err)
	roots := sink.Tree(traceID)
	require.Len(t, roots, 1, "one tree")
	publish := roots[0].Find("publish message.received")
	require.NotNil(t, publish, "%s", roots[0])
	require.NotNil(t, publish.Find("match"))
	deliver := publish.Find("deliver message_created")
	require.NotNil(t, deliver)
	adapter := deliver.Find("render").Find("adapter render")
	require.NotNil(t, adapter, "the plugin's own span")
	require.Equal(t, "switchhook-adapter-callbell", adapter.Service)
	attempt := deliver.Find("attempt POST")
	require.NotNil(t, attempt)
	require.Equal(t, got.header.Get("Traceparent")[36:52], attempt.SpanID, "the receiver's parent is the attempt")
	var names []string
	for _, e := range attempt.Events {
		names = append(names, e.Name)
	}
	require.Contains(t, strings.Join(names, " "), "connect")
	require.EqualValues(t, http.StatusOK, attempt.Attributes["http.response.status_code"])
}
