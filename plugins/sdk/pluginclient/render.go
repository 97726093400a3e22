package pluginclient

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/wire"
)

// Delivery is one event on its way to one subscription, to be rendered. Events
// and subscriptions that several deliveries share are shared by pointer.
type Delivery struct {
	// ID is stable over all attempts.
	ID           string
	Event        *sdk.Event
	Subscription *sdk.Subscription
	// EventType is the native type.
	EventType string
	// Verbatim: the event was published under its native name.
	Verbatim bool
	// Attempt counts from 1.
	Attempt int
	// Time of the attempt, for signatures.
	Time time.Time
	// TraceParent is the delivery's W3C trace context; "" is none. The plugin gets
	// it where the trace is sampled.
	TraceParent string
}

// Result is a rendered delivery, or why it could not be rendered: one of the
// two is set.
type Result struct {
	// Request with method and URL set. Bodies may share memory; do not change them.
	Request *sdk.Request
	// Err is the adapter's own, or internal where what it rendered is not allowed.
	Err *sdk.Error
	// Span is the plugin's own, as it tells; nil where the trace is not sampled.
	Span *wire.RenderSpan
}

// Render has the adapter render a batch; result i belongs to delivery i. One that
// is too large for a message, or that cannot be carried, is halved until it is
// clear which delivery is at fault. A delivery that is rendered in a way that
// cannot be sent fails alone.
//
// Errors, for the whole batch: [ErrBadReply], a gRPC status where the call failed.
func Render(ctx context.Context, client adapterv1.AdapterClient, ds []Delivery) ([]Result, error) {
	in := renderRequest(ds)
	var trailer metadata.MD
	var options []grpc.CallOption
	if anySampled(in) {
		options = append(options, grpc.Trailer(&trailer))
	}
	out, err := client.Render(ctx, in, options...)
	if err == nil {
		results, err := checkResults(ds, out)
		if err == nil {
			addSpans(results, trailer)
		}
		return results, err
	}
	switch status.Code(err) {
	case codes.ResourceExhausted, codes.Internal:
	default:
		return nil, err
	}
	if len(ds) == 1 {
		return []Result{failed(&ds[0], "it is too large, or the adapter failed: %s", status.Convert(err).Message())}, nil
	}
	first, err := Render(ctx, client, ds[:len(ds)/2])
	if err != nil {
		return nil, err
	}
	second, err := Render(ctx, client, ds[len(ds)/2:])
	if err != nil {
		return nil, err
	}
	return append(first, second...), nil
}

// anySampled tells whether a plugin is to say how long it took.
func anySampled(in *adapterv1.RenderRequest) bool {
	for _, d := range in.GetDeliveries() {
		if d.GetTraceparent() != "" {
			return true
		}
	}
	return false
}

// addSpans gives results the spans that the plugin tells of.
func addSpans(results []Result, trailer metadata.MD) {
	spans := wire.ReadRenderSpans(trailer, len(results))
	for i := range spans {
		results[spans[i].Delivery].Span = &spans[i]
	}
}

// renderRequest sends what deliveries share once.
func renderRequest(ds []Delivery) *adapterv1.RenderRequest {
	in := &adapterv1.RenderRequest{Deliveries: make([]*adapterv1.RenderDelivery, len(ds))}
	events := make(map[*sdk.Event]uint32)
	subs := make(map[*sdk.Subscription]uint32)
	all := make([]adapterv1.RenderDelivery, len(ds))
	var at *timestamppb.Timestamp // of the delivery before
	for i := range ds {
		d := &ds[i]
		event, ok := events[d.Event]
		if !ok {
			event = uint32(len(in.Events)) //nolint:gosec // as many as deliveries
			events[d.Event] = event
			in.Events = append(in.Events, d.Event.Proto())
		}
		sub, ok := subs[d.Subscription]
		if !ok {
			sub = uint32(len(in.Subscriptions)) //nolint:gosec // as above
			subs[d.Subscription] = sub
			in.Subscriptions = append(in.Subscriptions, subscriptionProto(d.Subscription))
		}
		if i == 0 || !d.Time.Equal(ds[i-1].Time) {
			at = timeProto(d.Time)
		}
		d.fill(&all[i], event, sub, at)
		in.Deliveries[i] = &all[i]
	}
	return in
}

// subscriptionProto leaves out what says nothing about rendering; see
// [sdk.Delivery].
func subscriptionProto(s *sdk.Subscription) *adapterv1.Subscription {
	part := sdk.Subscription{ID: s.ID, Namespace: s.Namespace, SubscriptionSpec: s.SubscriptionSpec, PreviousSecret: s.PreviousSecret}
	part.EventTypes, part.Filters = nil, nil
	return part.Proto()
}

// timeProto keeps the zero time as absent.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// Proto is the wire form; event and sub are the indexes in the call.
func (d *Delivery) Proto(event, sub uint32) *adapterv1.RenderDelivery {
	p := new(adapterv1.RenderDelivery)
	d.fill(p, event, sub, timeProto(d.Time))
	return p
}

func (d *Delivery) fill(p *adapterv1.RenderDelivery, event, sub uint32, at *timestamppb.Timestamp) {
	p.Id, p.Event, p.Subscription, p.EventType, p.Verbatim = d.ID, event, sub, d.EventType, d.Verbatim
	p.Attempt, p.AttemptTime = uint32(max(d.Attempt, 0)), at //nolint:gosec // bounded below
	if sampled(d.TraceParent) {
		p.Traceparent = d.TraceParent
	}
}

// sampled reads the flag of a trace context (W3C Trace Context, section 3.2.2.5).
func sampled(traceParent string) bool {
	const flags = len("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0")
	return len(traceParent) > flags && strings.IndexByte("13579bdf", traceParent[flags]) >= 0
}
