package delivery

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// counting is a recorder that tells when all deliveries are recorded.
type counting struct{ left sync.WaitGroup }

func (c *counting) Record(_ *Outcome, done func(error)) {
	done(nil)
	c.left.Done()
}

func (c *counting) Settle(*event.Event, func(error)) {}

// BenchmarkEngine is what matching, gates, batching, sending and the making of
// outcomes cost for a delivery, without plugin, network and store.
func BenchmarkEngine(b *testing.B) {
	for _, fanout := range []int{1, 10} {
		b.Run(fmt.Sprintf("fanout=%d", fanout), func(b *testing.B) { benchmarkEngine(b, fanout, 0) })
	}
}

// BenchmarkTracing is the same where the traces of none, of one in a hundred or of
// all events are recorded, and given to a processor that drops them.
func BenchmarkTracing(b *testing.B) {
	for _, percent := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("sampled=%d%%", percent), func(b *testing.B) { benchmarkEngine(b, 1, percent) })
	}
}

func benchmarkEngine(b *testing.B, fanout, percent int) {
	b.Helper()
	w := setup(b, Config{MaxInFlight: 512, MaxInFlightPerSubscription: 64, MaxWaiting: 1 << 20})
	if percent > 0 {
		w.engine.Tracer = sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter())).Tracer("")
	}
	header := http.Header{"Content-Length": {"2"}, "Content-Type": {"text/plain"}, "Date": {"Sat, 21 Nov 2026 10:00:00 GMT"}}
	w.answer = func(context.Context, egress.Request) (egress.Response, error) {
		return egress.Response{Status: http.StatusOK, Header: header, Body: []byte("ok")}, nil
	}
	request := &sdk.Request{Method: "POST", URL: "https://example.com/", Headers: []sdk.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Webhook-Id", Value: "1"},
		{Name: "Webhook-Timestamp", Value: "1"},
		{Name: "Webhook-Signature", Value: "v1,x"},
	}}
	w.render = func(pluginhost.Delivery) pluginhost.Result { return pluginhost.Result{Request: request} }
	c := &counting{}
	w.engine.SetRecorder(c)
	w.engine.cfg.RenderBatch = 100
	for range fanout {
		w.subscribe(b)
	}
	w.run(b)
	const group = 32
	data := make([]byte, 1024)
	b.ReportAllocs()
	for made, done := 0, 0; done < b.N; {
		var events []*event.Event
		for range group {
			key, err := uuid.NewV7()
			require.NoError(b, err)
			ev := &event.Event{AccountID: w.account, Key: key, AcceptedAt: time.Now(), Event: sdk.Event{
				ID: key.String(), Source: "/t", Type: "order.created", Data: data,
			}, TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}
			if made++; made%100 < percent {
				ev.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
			}
			w.engine.budget.force(ev.AccountID, ev.Size())
			events = append(events, ev)
		}
		c.left.Add(group * fanout)
		w.engine.Take(events)
		c.left.Wait()
		done += group * fanout
	}
}
