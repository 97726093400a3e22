package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// storeRetryWait is the pause after a failed read of the store.
const storeRetryWait = 250 * time.Millisecond

// matchLoop turns events into deliveries, until ctx ends.
func (e *Engine) matchLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-e.incoming:
			e.match(ctx, o)
		}
	}
}

// match finds who gets an event. It tries until the store answers or ctx ends;
// the event then stays pending.
func (e *Engine) match(ctx context.Context, o *owned) {
	ctx, span := e.startMatchSpan(ctx, o.event)
	defer span.End()
	for {
		matches, err := e.matches(ctx, o)
		if err == nil {
			span.SetAttributes(attribute.Int("switchhook.matches", len(matches)))
			e.dispatch(o.event, matches)
			return
		}
		if ctx.Err() == nil {
			span.RecordError(err)
			e.Log.ErrorContext(ctx, "cannot match event", slog.Any("error", err))
		}
		if !sleep(ctx, storeRetryWait) {
			e.budget.free(o.event.Size())
			return
		}
	}
}

func (e *Engine) matches(ctx context.Context, o *owned) ([]subscription.Match, error) {
	snapshot, err := e.Snapshots.Snapshot(ctx, o.event.AccountID)
	if err != nil {
		return nil, err
	}
	matches := snapshot.Match(e.Providers.Providers(), &o.event.Event)
	if !o.recovered || len(matches) == 0 {
		return matches, nil
	}
	recorded, err := e.Store.Recorded(ctx, o.event.AccountID, o.event.Key)
	if err != nil {
		return nil, err
	}
	left := matches[:0]
	for _, m := range matches {
		if _, done := recorded[m.Subscription.ID]; !done {
			left = append(left, m)
		}
	}
	return left, nil
}

// dispatch hands the deliveries of an event to their gates.
func (e *Engine) dispatch(ev *event.Event, matches []subscription.Match) {
	if len(matches) == 0 {
		e.recorder.Settle(ev, func(err error) { e.recorded(ev, true, err) })
		return
	}
	now := e.Now()
	t := &tracker{remaining: len(matches)}
	for _, m := range matches {
		e.submit(&work{
			Delivery: Delivery{
				AccountID: ev.AccountID, ID: NewID(ev.Key, m.Subscription.ID), EventKey: ev.Key,
				SubscriptionID: m.Subscription.ID, Provider: m.Subscription.Provider,
				EventType: m.EventType, Verbatim: m.Verbatim, Status: sdk.DeliveryPending, CreatedAt: now, UpdatedAt: now,
			},
			event: ev, sub: m.Subscription, tracker: t,
		})
	}
}

// submit takes work to its gate, and parks it where the gate is full.
func (e *Engine) submit(w *work) {
	switch e.gates.submit(w) {
	case gateFull:
		e.park(w, parkWait)
	case gateClosed:
		e.drop(w)
	case gateTaken:
	}
}

// parkWait is how long a parked delivery stays in the store at least.
const parkWait = 2 * time.Second

// park writes work to the store, to be claimed later by any node.
func (e *Engine) park(w *work, wait time.Duration) {
	d := w.Delivery
	d.UpdatedAt = e.Now()
	d.DueAt = d.UpdatedAt.Add(wait)
	e.record(w, &Outcome{Delivery: d})
}

func (e *Engine) startMatchSpan(ctx context.Context, ev *event.Event) (context.Context, trace.Span) {
	return e.Tracer.Start(traceContext(ctx, ev), "match", trace.WithAttributes(
		attribute.String("cloudevents.event_type", ev.Type),
		attribute.String("switchhook.event.id", ev.Key.String()),
	))
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

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// subscriptionOf finds a claimed delivery's subscription; nil if it is gone.
func (e *Engine) subscriptionOf(ctx context.Context, accountID, id uuid.UUID) (*subscription.Subscription, error) {
	snapshot, err := e.Snapshots.Snapshot(ctx, accountID)
	if err != nil {
		return nil, err
	}
	sub, _ := snapshot.Get(id)
	return sub, nil
}
