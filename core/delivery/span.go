package delivery

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/event"
)

// sampled tells whether the trace of an event is recorded: the flag in the W3C
// traceparent of its publish span, which all of its spans follow. Spans that
// nobody records are not begun.
func sampled(traceparent string) bool {
	const flags = 54 // the second digit; the flag is its lowest bit
	if len(traceparent) <= flags {
		return false
	}
	switch traceparent[flags] {
	case '1', '3', '5', '7', '9', 'b', 'd', 'f':
		return true
	default:
		return false
	}
}

// traceContext makes spans children of the event's publish span.
func traceContext(ctx context.Context, ev *event.Event) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": ev.TraceParent})
}

// traceID reads the trace id from a W3C traceparent; "" if there is none.
func traceID(traceparent string) string {
	const start, end = 3, 35
	if len(traceparent) < end {
		return ""
	}
	return traceparent[start:end]
}

// traceParent is the W3C form of the span in ctx; "" if there is none.
func traceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// none is the span of what is not recorded.
var none = trace.SpanFromContext(context.Background())

func (e *Engine) startMatchSpan(ctx context.Context, ev *event.Event) (context.Context, trace.Span) {
	if !sampled(ev.TraceParent) {
		return ctx, none
	}
	return e.Tracer.Start(traceContext(ctx, ev), "match", trace.WithAttributes(
		attribute.String("cloudevents.event_type", ev.Type),
		attribute.String("switchhook.event.id", ev.Key.String()),
	))
}

// startAttempt begins the deliver span, parent of all that an attempt does.
func (e *Engine) startAttempt(w *work) *attempt {
	if !sampled(w.event.TraceParent) {
		return &attempt{work: w, ctx: e.attempts, span: none, traceparent: w.event.TraceParent}
	}
	ctx, span := e.Tracer.Start(traceContext(e.attempts, w.event), "deliver "+w.EventType,
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("messaging.system", "switchhook"),
			attribute.String("messaging.operation.name", "deliver"),
			attribute.String("messaging.operation.type", "process"),
			attribute.String("messaging.message.id", w.event.ID),
			attribute.String("switchhook.provider", w.Provider),
			attribute.String("switchhook.delivery.id", w.ID.String()),
			attribute.String("switchhook.subscription.id", w.SubscriptionID.String()),
			attribute.Int("switchhook.attempt", w.AttemptCount+1),
		))
	return &attempt{work: w, ctx: ctx, span: span, recorded: true}
}

// startRender begins the span of rendering; the plugin continues its trace.
func (e *Engine) startRender(a *attempt, batch int) (traceparent string, span trace.Span) {
	if !a.recorded {
		return a.traceparent, none
	}
	ctx, span := e.Tracer.Start(a.ctx, "render", trace.WithAttributes(attribute.Int("switchhook.batch_size", batch)))
	return traceParent(ctx), span
}

// startSend begins the span of the HTTP request, whose context the receiver gets.
func (e *Engine) startSend(a *attempt) (ctx context.Context, traceparent string, span trace.Span) {
	if !a.recorded {
		return a.ctx, a.traceparent, none
	}
	ctx, span = e.Tracer.Start(a.ctx, "attempt "+a.request.Method, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("http.request.method", a.request.Method), attribute.Int("switchhook.attempt", a.AttemptCount+1)))
	return ctx, traceParent(ctx), span
}

// logContext carries the trace of an attempt to the log.
func (a *attempt) logContext() context.Context {
	if a.recorded {
		return a.ctx
	}
	return traceContext(a.ctx, a.event)
}
