package pluginhost

import (
	"context"
	"fmt"
	"log/slog"
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

// maxRenders is the most Render calls at a time to one plugin: memory of both
// processes grows with them.
const maxRenders = 16

// Render has the provider's adapter render deliveries; result i belongs to
// delivery i. It waits for a plugin that is down until ctx ends, and repeats a
// call once when the plugin went down in the middle. A delivery that the plugin
// renders badly fails alone.
//
// Errors, for the whole batch: [ErrUnknownProvider], [ErrUnavailable],
// [ErrBadReply], a deadline, ctx's own.
func (h *Host) Render(ctx context.Context, provider string, ds []Delivery) ([]Result, error) {
	s := h.supervisors[provider]
	if s == nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknownProvider, provider)
	}
	for i, d := range ds {
		if d.Event == nil || d.Subscription == nil {
			return nil, fmt.Errorf("render: delivery %d has no event or no subscription", i)
		}
	}
	if len(ds) == 0 {
		return nil, nil
	}
	select {
	case s.renders <- struct{}{}:
		defer func() { <-s.renders }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	results, err := s.renderTwice(ctx, h.cfg.RenderTimeout, ds)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		s.log.ErrorContext(ctx, "plugin failed to render", slog.Int("deliveries", len(ds)), slog.Any("error", err))
	}
	return results, err
}

// renderTwice renders, and once more when the plugin was lost. Rendering has no
// effects, so it may be repeated.
func (s *supervisor) renderTwice(ctx context.Context, timeout time.Duration, ds []Delivery) ([]Result, error) {
	var dead *link
	for try := 0; ; try++ {
		l, err := s.await(ctx, dead)
		if err != nil {
			return nil, s.unavailable(err)
		}
		callCtx, cancel := context.WithTimeout(ctx, timeout)
		results, err := renderSplit(callCtx, l, ds)
		if err == nil {
			cancel()
			return results, nil
		}
		err = s.callError(callCtx, err)
		cancel()
		if try > 0 || !isUnavailable(err) {
			return nil, err
		}
		dead = s.lost(ctx, l)
	}
}

// lostWait is how long the supervisor may take to see that a plugin is gone.
const lostWait = 250 * time.Millisecond

// lost returns l when it is out of use, and nil when the plugin lives on and
// only said that it is unavailable.
func (s *supervisor) lost(ctx context.Context, l *link) *link {
	ctx, cancel := context.WithTimeout(ctx, lostWait)
	defer cancel()
	for {
		s.mu.Lock()
		current, changed, closed := s.link, s.changed, s.closed
		s.mu.Unlock()
		if current != l || closed {
			return l
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// renderSplit renders a batch. One that is too large for a message, or that
// cannot be carried, is halved until it is clear which delivery is at fault.
func renderSplit(ctx context.Context, l *link, ds []Delivery) ([]Result, error) {
	in := renderRequest(ds)
	out, err := l.client.Render(ctx, in)
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
	first, err := renderSplit(ctx, l, ds[:len(ds)/2])
	if err != nil {
		return nil, err
	}
	second, err := renderSplit(ctx, l, ds[len(ds)/2:])
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
		in.Deliveries[i] = d.proto(event, sub)
	}
	return in
}
