package sdk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
	"unsafe"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk/wire"
)

const tracerName = "github.com/switchhook/switchhook/plugins/sdk"

// Render renders a batch, one delivery after the other: bodies that deliveries
// share are then made once.
func (s *server) Render(ctx context.Context, in *adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
	batch, err := newBatch(in)
	if err != nil {
		return nil, err
	}
	n := len(batch.deliveries)
	out := &adapterv1.RenderResponse{Results: make([]*adapterv1.RenderResult, n), Bodies: make([][]byte, 0, n)}
	bodies := bodyTable{out: out, index: make(map[*byte]uint32, len(in.GetEvents()))}
	slots := make([]renderedSlot, n)
	var timed []wire.RenderSpan
	for i := range batch.deliveries {
		if ctx.Err() != nil {
			return nil, status.FromContextError(ctx.Err()).Err()
		}
		traceparent := in.GetDeliveries()[i].GetTraceparent()
		if traceparent == "" {
			out.Results[i] = s.renderOne(ctx, noSpan, &batch.deliveries[i], &bodies, &slots[i])
			continue
		}
		var span wire.RenderSpan
		out.Results[i], span = s.renderTraced(ctx, traceparent, &batch.deliveries[i], &bodies, &slots[i])
		span.Delivery = i
		timed = append(timed, span)
	}
	if err := wire.SendRenderSpans(ctx, timed); err != nil {
		s.log.WarnContext(ctx, "cannot tell how long rendering took", slog.Any("error", err))
	}
	return out, nil
}

// renderedSlot is room for one rendered delivery; those of a batch lie together.
type renderedSlot struct {
	result  adapterv1.RenderResult
	choice  adapterv1.RenderResult_Request
	request adapterv1.RenderedRequest
}

// renderTraced renders one delivery within its own span, and tells of that: the
// gateway has a trace view of its own, to which a plugin does not export.
func (s *server) renderTraced(
	ctx context.Context, traceparent string, d *Delivery, bodies *bodyTable, slot *renderedSlot,
) (*adapterv1.RenderResult, wire.RenderSpan) {
	ctx, span := startRenderSpan(ctx, traceparent, d)
	timed := wire.RenderSpan{Start: time.Now()}
	if span.IsRecording() {
		timed.ID = span.SpanContext().SpanID()
	}
	out := s.renderOne(ctx, span, d, bodies, slot)
	timed.Duration, timed.Failed = time.Since(timed.Start), out.GetError() != nil
	return out, timed
}

// renderOne renders one delivery, and ends its span.
func (s *server) renderOne(
	ctx context.Context, span trace.Span, d *Delivery, bodies *bodyTable, slot *renderedSlot,
) *adapterv1.RenderResult {
	req, failure := s.render(ctx, d)
	if failure != nil {
		span.SetStatus(otelcodes.Error, failure.Message)
		span.End()
		return &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Error{Error: failure.Proto()}}
	}
	span.End()
	p := &slot.request
	p.Method, p.Url, p.Headers, p.Body = req.Method, req.URL, HeadersProto(req.Headers), bodies.add(req.Body)
	if p.Method == "" {
		p.Method = http.MethodPost
	}
	if p.Url == "" {
		p.Url = d.Subscription.URL
	}
	slot.choice.Request = p
	slot.result.Result = &slot.choice
	return &slot.result
}

// render calls the adapter. Errors other than [*Error] are shown in the log alone.
func (s *server) render(ctx context.Context, d *Delivery) (*Request, *Error) {
	rendered, err := s.guardedRender(ctx, d)
	if errors.Is(err, errPanicked) {
		return nil, Errorf(CodeInternal, "The adapter failed to render %s", d.EventType)
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e != nil {
			return nil, e
		}
		s.log.ErrorContext(ctx, "cannot render", slog.String("delivery", d.ID), slog.Any("error", err))
		if e = AsError(err); e == nil { // a nil *Error in the interface
			e = Errorf(CodeInternal, "Internal error")
		}
		return nil, e
	}
	if rendered == nil {
		return nil, Errorf(CodeInternal, "The adapter rendered nothing for %s", d.EventType)
	}
	return rendered, nil
}

var errPanicked = errors.New("the adapter panicked")

// guardedRender turns a panic, which is logged, into errPanicked.
func (s *server) guardedRender(ctx context.Context, d *Delivery) (rendered *Request, err error) {
	defer s.recovered(ctx, &err)
	return s.adapter.Render(ctx, d)
}

// startRenderSpan makes the adapter's own span a part of the delivery's trace; of
// a trace that is not sampled, it makes none.
func startRenderSpan(ctx context.Context, traceparent string, d *Delivery) (context.Context, trace.Span) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx, noSpan
	}
	return otel.Tracer(tracerName).Start(ctx, "adapter render", trace.WithAttributes(
		attribute.String("switchhook.event.native_type", d.EventType),
		attribute.String("switchhook.delivery.id", d.ID),
		attribute.Int("switchhook.attempt", d.Attempt),
	))
}

// noSpan does nothing.
var noSpan = trace.SpanFromContext(context.Background())

// batch is a render request in native structs.
type batch struct{ deliveries []Delivery }

func newBatch(in *adapterv1.RenderRequest) (*batch, error) {
	events := make([]Event, len(in.GetEvents()))
	for i, p := range in.GetEvents() {
		events[i] = EventFromProto(p)
	}
	subs := make([]Subscription, len(in.GetSubscriptions()))
	for i, p := range in.GetSubscriptions() {
		subs[i] = *SubscriptionFromProto(p)
	}
	shared := newShared(len(events), len(subs))
	b := &batch{deliveries: make([]Delivery, len(in.GetDeliveries()))}
	for i, p := range in.GetDeliveries() {
		if uint64(p.GetEvent()) >= uint64(len(events)) || uint64(p.GetSubscription()) >= uint64(len(subs)) {
			return nil, status.Errorf(codes.InvalidArgument, "delivery %d names an event or subscription that was not sent", i)
		}
		b.deliveries[i] = Delivery{
			ID:           p.GetId(),
			Event:        &events[p.GetEvent()],
			EventType:    p.GetEventType(),
			Verbatim:     p.GetVerbatim(),
			Subscription: &subs[p.GetSubscription()],
			Attempt:      int(p.GetAttempt()),
			Time:         timeFromProto(p.GetAttemptTime()),
			shared:       shared,
		}
	}
	return b, nil
}

// bodyTable sends bodies that are the same bytes in memory once.
type bodyTable struct {
	out   *adapterv1.RenderResponse
	index map[*byte]uint32
}

func (t *bodyTable) add(body []byte) uint32 {
	first := unsafe.SliceData(body) //nolint:gosec // compared only, never followed
	if i, ok := t.index[first]; ok && len(body) > 0 && len(t.out.Bodies[i]) == len(body) {
		return i
	}
	i := uint32(len(t.out.Bodies)) //nolint:gosec // as many as deliveries
	t.out.Bodies = append(t.out.Bodies, body)
	if len(body) > 0 {
		t.index[first] = i
	}
	return i
}
