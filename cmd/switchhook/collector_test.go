package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// collectorLines are what the log says of the collector.
func (g *gateway) collectorLines() (out []string) {
	for line := range strings.Lines(g.log.String()) {
		if strings.Contains(line, "collector") || strings.Contains(line, "telemetry") {
			out = append(out, line)
		}
	}
	return out
}

// startTraced starts a gateway that samples everything and keeps few spans for a
// collector, which it gives little time.
func startTraced(t *testing.T, collector string) *gateway {
	t.Helper()
	return startGateway(t, "", "OTEL_EXPORTER_OTLP_ENDPOINT="+collector, "OTEL_TRACES_SAMPLER=always_on",
		"OTEL_BSP_MAX_QUEUE_SIZE=64", "OTEL_BSP_SCHEDULE_DELAY=20", "OTEL_BSP_EXPORT_TIMEOUT=300", "OTEL_EXPORTER_OTLP_TIMEOUT=300")
}

// deliverMany publishes and waits until all is delivered.
func deliverMany(t *testing.T, g *gateway) {
	t.Helper()
	const events = 100
	r := newReceiver(t, nil)
	g.subscribe("standard", r.URL, "order.created")
	last := ""
	for range events {
		last = g.publish("order.created", `{}`)
	}
	r.wait(t, events)
	g.waitDelivery(last, "delivered")
	require.Zero(t, g.metric("switchhook_delivery_retries_total"))
}

// A collector that is down costs no event, and one line of the log.
func TestCollectorIsDown(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	g := startTraced(t, closed.URL)
	deliverMany(t, g)
	g.waitMetric(100, "switchhook_telemetry_spans_total", "outcome", "failed")
	require.Zero(t, g.metric("switchhook_telemetry_spans_total", "outcome", "exported"))
	lines := g.collectorLines()
	require.Len(t, lines, 1, "%s", g.log)
	require.Contains(t, lines[0], "the collector does not take traces")
}

// A collector that accepts and does not answer keeps as many spans waiting as there
// is room for; the others are dropped and counted, and deliveries go on.
func TestCollectorHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	letGo := sync.OnceFunc(func() { close(release) })
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(collector.Close)
	t.Cleanup(letGo)
	g := startTraced(t, collector.URL)
	deliverMany(t, g)
	g.waitMetric(100, "switchhook_telemetry_spans_total", "outcome", "queue_full")
	require.Zero(t, g.metric("switchhook_telemetry_spans_total", "outcome", "exported"))
	g.waitMetric(1, "switchhook_telemetry_spans_total", "outcome", "failed")
	require.Len(t, g.collectorLines(), 1, "%s", g.log)
	require.Zero(t, g.stop(syscall.SIGTERM), "a stop does not wait for it, and is no failure")
}

// A collector that comes back gets the spans from then on, and the log says once
// that it was away and once that it is back.
func TestCollectorComesBack(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !well.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(collector.Close)
	g := startTraced(t, collector.URL)
	deliverMany(t, g)
	g.waitMetric(1, "switchhook_telemetry_spans_total", "outcome", "failed")
	well.Store(true)
	require.Eventually(t, func() bool {
		g.publish("order.created", `{}`)
		return len(g.collectorLines()) > 1
	}, patience, 50*time.Millisecond, "%s", g.log)
	require.Contains(t, g.collectorLines()[1], "the collector takes traces again")
	taken := g.metric("switchhook_telemetry_spans_total", "outcome", "exported")
	for range 20 {
		g.publish("order.created", `{}`)
	}
	g.waitMetric(taken+20, "switchhook_telemetry_spans_total", "outcome", "exported")
	require.Len(t, g.collectorLines(), 2, "%s", g.log)
}
