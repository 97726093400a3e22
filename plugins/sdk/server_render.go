package sdk

import (
	"context"
	"log/slog"
	"runtime/debug"
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
		d := &batch.deliveries[i]
		dctx, span := startRenderSpan(ctx, tracer, in.GetDeliveries()[i].GetTraceparent(), d)
		req, err := s.render(dctx, d)
		if err != nil {
			e := AsError(err)
			span.RecordError(e)
			out.Results[i] = &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Error{Error: e.Proto()}}
		} else {
			out.Results[i] = &adapterv1.RenderResult{Result: &adapterv1.RenderResult_Request{Request: &adapterv1.RenderedRequest{
				Method: req.Method, Url: req.URL, Headers: HeadersProto(req.Headers), Body: bodies.add(req.Body),
			}}}
		}
		span.End()
	}
	return out, nil
}

// render calls the adapter and fills in what it may leave out.
func (s *server) render(ctx context.Context, d *Delivery) (req *Request, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "adapter panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			req, err = nil, Errorf(CodeInternal, "The adapter failed to render %s", d.EventType)
		}
	}()
	req, err = s.adapter.Render(ctx, d)
	if err != nil {
		return nil, err
	}
	if req == nil {
		return nil, Errorf(CodeInternal, "The adapter rendered nothing for %s", d.EventType)
	}
	if req.Method == "" {
		req.Method = "POST"
	}
	if req.URL == "" {
		req.URL = d.Subscription.URL
	}
	return req, nil
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
		if int(p.GetEvent()) >= len(events) || int(p.GetSubscription()) >= len(subs) {
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
	first := unsafe.SliceData(body)
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
