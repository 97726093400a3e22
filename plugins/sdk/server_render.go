package sdk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"unsafe"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

const tracerName = "github.com/switchhook/switchhook/plugins/sdk"

// Render renders a batch, one delivery after the other: bodies that deliveries
// share are then made once.
func (s *server) Render(ctx context.Context, in *adapterv1.RenderRequest) (*adapterv1.RenderResponse, error) {
	batch, err := newBatch(in)
	if err != nil {
		return nil, err
	}
	out := &adapterv1.RenderResponse{Results: make([]*adapterv1.RenderResult, len(batch.deliveries))}
	bodies := bodyTable{out: out, index: map[*byte]uint32{}}
	tracer := otel.Tracer(tracerName)
	for i := range batch.deliveries {
		if ctx.Err() != nil {
			return nil, status.FromContextError(ctx.Err()).Err()
		}
		out.Results[i] = s.renderOne(ctx, tracer, in.GetDeliveries()[i].GetTraceparent(), &batch.deliveries[i], &bodies)
	}
	return out, nil
}

// renderOne renders one delivery within its own span.
func (s *server) renderOne(
	ctx context.Context, tracer trace.Tracer, traceparent string, d *Delivery, bodies *bodyTable,
) *adapterv1.RenderResult {
	ctx, span := startRenderSpan(ctx, tracer, traceparent, d)
	defer span.End()
	req, failure := s.render(ctx, d)
	if failure != nil {
		span.RecordError(failure)
		return &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Error{Error: failure.Proto()}}
	}
	return &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Request{Request: &adapterv1.RenderedRequest{
		Method: req.Method, Url: req.URL, Headers: HeadersProto(req.Headers), Body: bodies.add(req.Body),
	}}}
}

// render calls the adapter and fills in what it may leave out. Errors other than
// [*Error] are shown in the log alone.
func (s *server) render(ctx context.Context, d *Delivery) (*Request, *Error) {
	var (
		rendered *Request
		err      error
	)
	if !s.guard(ctx, func() { rendered, err = s.adapter.Render(ctx, d) }) {
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
	req := *rendered
	if req.Method == "" {
		req.Method = http.MethodPost
	}
	if req.URL == "" {
		req.URL = d.Subscription.URL
	}
	return &req, nil
}

// startRenderSpan makes the adapter's own span a part of the delivery's trace.
func startRenderSpan(ctx context.Context, tracer trace.Tracer, traceparent string, d *Delivery) (context.Context, trace.Span) {
	if traceparent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
	}
	return tracer.Start(ctx, "adapter render", trace.WithAttributes(
		attribute.String("switchhook.event_type", d.EventType),
		attribute.String("switchhook.delivery.id", d.ID),
		attribute.Int("switchhook.attempt", d.Attempt),
	))
}

// batch is a render request in native structs.
type batch struct{ deliveries []Delivery }

func newBatch(in *adapterv1.RenderRequest) (*batch, error) {
	events := make([]Event, len(in.GetEvents()))
	for i, p := range in.GetEvents() {
		events[i] = EventFromProto(p)
	}
	subs := make([]*Subscription, len(in.GetSubscriptions()))
	for i, p := range in.GetSubscriptions() {
		subs[i] = SubscriptionFromProto(p)
	}
	shared := newSharedBodies()
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
			Subscription: subs[p.GetSubscription()],
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
