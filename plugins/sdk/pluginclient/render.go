package pluginclient

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
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
	// TraceParent is the delivery's W3C trace context; "" is none.
	TraceParent string
}

// Result is a rendered delivery, or why it could not be rendered: one of the
// two is set.
type Result struct {
	// Request with method and URL set. Bodies may share memory; do not change them.
	Request *sdk.Request
	// Err is the adapter's own, or internal where what it rendered is not allowed.
	Err *sdk.Error
}

// Render has the adapter render a batch; result i belongs to delivery i. One that
// is too large for a message, or that cannot be carried, is halved until it is
// clear which delivery is at fault. A delivery that is rendered in a way that
// cannot be sent fails alone.
//
// Errors, for the whole batch: [ErrBadReply], a gRPC status where the call failed.
func Render(ctx context.Context, client adapterv1.AdapterClient, ds []Delivery) ([]Result, error) {
	in := renderRequest(ds)
	out, err := client.Render(ctx, in)
	if err == nil {
		return checkResults(ds, out)
	}
	switch status.Code(err) {
	case codes.ResourceExhausted, codes.Internal:
	default:
		return nil, err
	}
	if len(ds) == 1 {
		return []Result{failed(ds[0], "it is too large, or the adapter failed: %s", status.Convert(err).Message())}, nil
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

// renderRequest sends what deliveries share once.
func renderRequest(ds []Delivery) *adapterv1.RenderRequest {
	in := &adapterv1.RenderRequest{Deliveries: make([]*adapterv1.RenderDelivery, len(ds))}
	events := make(map[*sdk.Event]uint32, len(ds))
	subs := make(map[*sdk.Subscription]uint32, len(ds))
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
			in.Subscriptions = append(in.Subscriptions, d.Subscription.Proto())
		}
		in.Deliveries[i] = d.Proto(event, sub)
	}
	return in
}
