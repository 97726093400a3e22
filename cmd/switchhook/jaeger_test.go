package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// played is what was played: an event, and who got it.
type played struct {
	delivery delivery
	// names stand in place of what differs from run to run: value, name, value, name.
	names []string
}

func playedOf(d delivery, names ...string) played {
	return played{d, append(names, d.EventID, "EVENT", d.ID, "DELIVERY", d.SubscriptionID, "SUBSCRIPTION")}
}

// What Jaeger answers of an event is one tree, whatever became of the event. The trees
// stand in testdata/jaeger.
func TestJaegerShowsOneTree(t *testing.T) {
	t.Parallel()
	j := startJaeger(t)
	for name, play := range map[string]func(t *testing.T, j *jaeger, g *gateway) played{
		"success": playSuccess, "retry": playRetry, "restart": playRestart, "replay": playReplay,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, "", "OTEL_EXPORTER_OTLP_ENDPOINT="+j.otlp, "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_TRACES_SAMPLER=always_on")
			p, want := play(t, j, g), jaegerTree(t, name)
			j.wait(t, p, want)
			// What it still had to tell, it tells at its end.
			g.stop(syscall.SIGTERM)
			j.wait(t, p, want)
			require.Equal(t, []string{p.delivery.TraceID}, j.search(t, "switchhook.delivery.id", p.delivery.ID))
		})
	}
}

func jaegerTree(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "jaeger", name+".txt"))
	require.NoError(t, err)
	return string(text)
}

// newCurtReceiver keeps no connection, so that every attempt has to connect.
func newCurtReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := newReceiver(t, answer)
	r.Config.SetKeepAlivesEnabled(false)
	return r
}

// playSuccess publishes within a trace of the publisher's.
func playSuccess(t *testing.T, j *jaeger, g *gateway) played {
	r := newCurtReceiver(t, nil)
	g.subscribe("standard", r.URL, "order.*")
	const traceID, spanID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	began := time.Now()
	var out struct{ ID string }
	a := g.do("POST", "/v1/events", `{"type":"order.created","data":{}}`, "Authorization: Bearer "+operatorKey,
		"Content-Type: application/json", "Traceparent: 00-"+traceID+"-"+spanID+"-01")
	a.requireStatus(t, http.StatusAccepted)
	a.decode(t, &out)
	j.takeSpan(t, "shop", "checkout", traceID, spanID, began, time.Now())
	d := g.waitDelivery(out.ID, "delivered")
	require.Equal(t, traceID, d.TraceID)
	return playedOf(d)
}

// playRetry has the first attempt fail.
func playRetry(t *testing.T, _ *jaeger, g *gateway) played {
	r := newCurtReceiver(t, failFirst)
	g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(1, 3)})
	return playedOf(g.waitDelivery(g.publish("order.created", `{}`), "delivered"))
}

// playRestart kills the gateway after the first attempt; the next one makes the second.
func playRestart(t *testing.T, j *jaeger, g *gateway) played {
	var restarted atomic.Bool
	r := newCurtReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		if !restarted.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	// Long enough for the first attempt's spans to be with Jaeger before.
	g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(10, 3)})
	id := g.publish("order.created", `{}`)
	d := g.waitDelivery(id, "retrying")
	// What a killed process has not told yet is lost.
	j.wait(t, playedOf(d), jaegerTree(t, "restart-before"))
	require.Equal(t, -1, g.stop(syscall.SIGKILL))
	restarted.Store(true)
	g.start()
	return playedOf(g.waitDelivery(id, "delivered"))
}

// playReplay has an operator replay a delivery that is dead.
func playReplay(t *testing.T, _ *jaeger, g *gateway) played {
	r := newCurtReceiver(t, failFirst)
	g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"order.*"}, "delivery": retryAfter(1, 1)})
	began := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	id := g.publish("order.created", `{}`)
	dead := g.waitDelivery(id, "dead")
	var job struct{ ID string }
	g.unified(http.StatusAccepted, "POST", "/v1/replays", fmt.Sprintf(`{"from":%q,"statuses":"failed"}`, began)).decode(t, &job)
	var again []delivery
	require.Eventually(t, func() bool {
		again = g.deliveries("status=delivered&event_id=" + id)
		return len(again) == 1
	}, patience, 20*time.Millisecond)
	return playedOf(again[0], dead.ID, "DEAD", job.ID, "REPLAY")
}
