package telemetry

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// export brings spans to the collector. It stands before and behind the SDK's batch
// processor, which tells nobody what it drops: so many spans at most are between the
// two, and what comes on top is dropped and counted. A collector that is down or
// slow costs this memory and one line of the log, and nobody waits for it.
type export struct {
	sdktrace.SpanExporter
	log  *slog.Logger
	most int64
	// between are the spans that were handed over and not yet exported or given up.
	between atomic.Int64
	spans   instrument.Count

	mu sync.Mutex
	// since is when the collector took nothing first; zero while it does.
	since time.Time
	// lost were dropped since.
	lost int64
}

// newExport makes a processor that feeds an exporter.
func newExport(exporter sdktrace.SpanExporter, meter metric.Meter, log *slog.Logger) *exportProcessor {
	e := &export{SpanExporter: exporter, log: log, most: maxQueue()}
	e.spans = instrument.For(meter).Count(instrument.Spans)
	return &exportProcessor{SpanProcessor: sdktrace.NewBatchSpanProcessor(e, sdktrace.WithMaxQueueSize(int(e.most))), export: e}
}

// maxQueue is OTEL_BSP_MAX_QUEUE_SIZE
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor).
func maxQueue() int64 {
	if n, err := strconv.ParseInt(os.Getenv("OTEL_BSP_MAX_QUEUE_SIZE"), 10, 32); err == nil && n > 0 {
		return n
	}
	return sdktrace.DefaultMaxQueueSize
}

// exportProcessor is the end where spans come in.
type exportProcessor struct {
	sdktrace.SpanProcessor
	export *export
}

// OnEnd implements [sdktrace.SpanProcessor]. It never waits.
func (p *exportProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if p.export.between.Add(1) > p.export.most {
		p.export.between.Add(-1)
		p.export.dropped(1, instrument.SpansQueue)
		return
	}
	p.SpanProcessor.OnEnd(s)
}

// ExportSpans implements [sdktrace.SpanExporter]. Failures end here.
func (e *export) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.between.Add(-int64(len(spans)))
	if err != nil {
		e.failed(err)
		e.dropped(len(spans), instrument.SpansFailed)
		return nil
	}
	e.spans.Add(int64(len(spans)), instrument.SpansExported)
	e.worked()
	return nil
}

func (e *export) dropped(n int, why string) {
	e.spans.Add(int64(n), why)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost += int64(n)
}

// failed logs the first failure after a success, and no more.
func (e *export) failed(err error) {
	e.mu.Lock()
	first := e.since.IsZero()
	if first {
		e.since = time.Now()
	}
	e.mu.Unlock()
	if first {
		e.log.Warn("the collector does not take traces; the gateway goes on without it, and drops them until it does", slog.Any("error", err))
	}
}

// worked logs the first success after a failure.
func (e *export) worked() {
	e.mu.Lock()
	since, lost := e.since, e.lost
	e.since, e.lost = time.Time{}, 0
	e.mu.Unlock()
	if !since.IsZero() {
		e.log.Info("the collector takes traces again", slog.Int64("dropped_spans", lost), slog.Duration("after", time.Since(since).Round(time.Millisecond)))
	}
}
