package delivery

import (
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/plugins/sdk/wire"
)

// notePlugin makes the span that a plugin tells of, below that of its call. It lies
// within the call, whatever the plugin says.
func (e *Engine) notePlugin(a *attempt, call trace.Span, told *wire.RenderSpan, began time.Time) {
	if told == nil || !a.recording() || e.PluginTracer == nil {
		return
	}
	tracer := e.PluginTracer(a.Provider)
	if tracer == nil {
		return
	}
	now := e.Now()
	start := later(earlier(told.Start, now), began)
	end := later(earlier(start.Add(told.Duration), now), start)
	ctx := spans.WithID(trace.ContextWithSpan(a.traced.ctx, call), told.ID)
	_, span := tracer.Start(ctx, spans.AdapterRender, trace.WithTimestamp(start), trace.WithAttributes(
		accountOf(a.AccountID), spans.DeliveryID.String(a.ID.String()), spans.NativeType.String(a.EventType), spans.Attempt.Int(a.AttemptCount+1)))
	if told.Failed {
		span.SetStatus(codes.Error, "the adapter refused")
	}
	span.End(trace.WithTimestamp(end))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
