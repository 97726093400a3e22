package delivery

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// traceID reads the trace id from a W3C traceparent; "" if there is none.
func traceID(traceparent string) string {
	const start, end = 3, 35
	if len(traceparent) < end {
		return ""
	}
	return traceparent[start:end]
}

// traced is what the spans of work need.
type traced struct {
	// due is since when a claimed delivery was due, and replay what made it; zero for
	// others.
	due    time.Time
	replay uuid.UUID
	// span is the deliver span, of which ctx is the context; nil before the attempt.
	span trace.Span
	ctx  context.Context //nolint:containedctx // it goes with the work from loop to loop
}

// recording tells that an attempt is under way whose trace is recorded.
func (w *work) recording() bool { return w.traced != nil && w.traced.span != nil }

// tracedOf is that of a claim; nil where its trace is not recorded.
func (e *Engine) tracedOf(ctx context.Context, c *Claimed) *traced {
	if !spans.Sampled(c.Event.TraceParent) {
		return nil
	}
	h := &traced{due: c.DueAt}
	if e.Replays == nil || !c.Delivery.Replayed() {
		return h
	}
	var err error
	if h.replay, err = e.Replays.ReplayOf(ctx, &c.Delivery); err != nil && ctx.Err() == nil {
		e.Log.WarnContext(ctx, "cannot find the replay of a delivery for its trace", "delivery", c.Delivery.ID, "error", err)
	}
	return h
}

// since is from when on work waits.
func (w *work) since(now time.Time) time.Time {
	at := w.UpdatedAt
	if !w.traced.due.IsZero() {
		at = w.traced.due
	}
	if at.IsZero() || at.After(now) { // another node's clock
		return now
	}
	return at
}

func (e *Engine) startMatchSpan(ctx context.Context, ev *event.Event) (context.Context, trace.Span) {
	if !spans.Sampled(ev.TraceParent) {
		return ctx, spans.None
	}
	return e.Tracer.Start(spans.Within(ctx, ev.TraceParent), spans.Match, trace.WithAttributes(
		accountOf(ev.AccountID),
		spans.EventKey.String(ev.Key.String()),
		semconv.CloudEventsEventType(ev.Type),
	))
}

func accountOf(id uuid.UUID) attribute.KeyValue { return spans.AccountID.String(id.String()) }

// startAttempt begins the deliver span, parent of all that an attempt does. It
// began when the delivery was due.
func (e *Engine) startAttempt(w *work, now time.Time) *attempt {
	if !spans.Sampled(w.event.TraceParent) {
		return &attempt{work: w, ctx: e.attempts, traceparent: w.event.TraceParent}
	}
	if w.traced == nil {
		w.traced = &traced{}
	}
	parent := spans.Within(e.attempts, w.event.TraceParent)
	since := w.since(now)
	ctx, span := e.Tracer.Start(parent, spans.Deliver+" "+w.EventType,
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithTimestamp(since), trace.WithLinks(w.links(parent)...),
		trace.WithAttributes(w.attributes()...))
	w.traced.span, w.traced.ctx = span, ctx
	_, queue := e.Tracer.Start(ctx, spans.Queue, trace.WithTimestamp(since), trace.WithAttributes(accountOf(w.AccountID)))
	queue.End(trace.WithTimestamp(now))
	return &attempt{work: w, ctx: ctx}
}

func (w *work) attributes() []attribute.KeyValue {
	out := []attribute.KeyValue{
		accountOf(w.AccountID),
		spans.DeliveryID.String(w.ID.String()),
		spans.SubscriptionID.String(w.SubscriptionID.String()),
		spans.Provider.String(w.Provider),
		spans.Attempt.Int(w.AttemptCount + 1),
		semconv.MessagingSystemKey.String("switchhook"),
		semconv.MessagingOperationName("deliver"),
		semconv.MessagingOperationTypeProcess,
		semconv.MessagingMessageID(w.event.ID),
	}
	if w.traced.replay != uuid.Nil {
		out = append(out, spans.ReplayID.String(w.traced.replay.String()))
	}
	return out
}

// links lead to what caused the attempt: the one before it, and of a replay what is
// replayed.
func (w *work) links(parent context.Context) (out []trace.Link) {
	sc := trace.SpanContextFromContext(parent)
	if w.AttemptCount > 0 {
		out = append(out, spans.LinkTo(sc.WithSpanID(spans.AttemptID(w.ID, w.AttemptCount)), spans.LinkPreviousAttempt))
	}
	if w.Replayed() {
		out = append(out, spans.LinkTo(sc, spans.LinkReplayed))
	}
	return out
}

// startRender begins the span of rendering; the plugin continues its trace.
func (e *Engine) startRender(a *attempt, batch int) (traceparent string, span trace.Span) {
	if !a.recording() {
		return a.traceparent, spans.None
	}
	ctx, span := e.Tracer.Start(a.ctx, spans.Render, trace.WithAttributes(accountOf(a.AccountID), spans.GroupSize.Int(batch)))
	return spans.TraceParent(ctx), span
}

// endRender ends it; failure is why there is no request, "" if there is one.
func endRender(span trace.Span, failure string) {
	if failure != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String("render"))
		span.SetStatus(codes.Error, failure)
	}
	span.End()
}

// startRecord begins the span of making an outcome durable.
func (e *Engine) startRecord(w *work, o *Outcome) {
	if !w.recording() {
		return
	}
	_, o.Span = e.Tracer.Start(w.traced.ctx, spans.Record, trace.WithAttributes(accountOf(w.AccountID)))
}

// endRecord ends it, and the deliver span with it.
func endRecord(w *work, o *Outcome, err error) {
	if o.Span == nil {
		return
	}
	if err != nil {
		o.Span.SetStatus(codes.Error, "not recorded") // the log says why
	}
	o.Span.End()
	w.traced.span.End()
}

// endDropped ends the deliver span of an attempt that is made again.
func endDropped(w *work) {
	if !w.recording() {
		return
	}
	w.traced.span.SetStatus(codes.Error, "given up as the gateway stops; it is attempted again")
	w.traced.span.End()
}

// logContext carries the trace of an attempt to the log.
func (a *attempt) logContext() context.Context {
	if a.recording() {
		return a.ctx
	}
	return spans.Within(a.ctx, a.event.TraceParent)
}
