package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/codes"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/core/wait"
)

// storeRetryWait is the pause after a failed read of the store.
const storeRetryWait = 250 * time.Millisecond

// matchLoop turns events into deliveries, until ctx ends. Events that were
// committed together go on together, so that they are rendered together.
func (e *Engine) matchLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case batch := <-e.incoming:
			var works []*work
			for _, o := range batch {
				if e.heavy.has(o.event.AccountID) {
					e.aside <- o
					continue
				}
				works = e.match(ctx, o, works)
			}
			e.gates.Submit(works...)
		}
	}
}

// match finds who gets an event, and appends its deliveries. It tries until the
// store answers or ctx ends; the event then stays pending.
func (e *Engine) match(ctx context.Context, o owned, works []*work) []*work {
	ctx, span := e.startMatchSpan(ctx, o.event)
	defer span.End()
	for {
		matches, err := e.matches(ctx, o)
		if err == nil {
			span.SetAttributes(spans.Matches.Int(len(matches)))
			e.metrics.matches.Record(float64(len(matches)))
			return e.deliveries(o.event, matches, works)
		}
		if ctx.Err() == nil {
			span.SetStatus(codes.Error, "cannot match event") // the log says why
			e.Log.ErrorContext(ctx, "cannot match event", slog.Any("error", err))
		}
		if !wait.For(ctx, storeRetryWait) {
			e.free(o.event)
			return works
		}
	}
}

func (e *Engine) matches(ctx context.Context, o owned) ([]subscription.Match, error) {
	snapshot, err := e.Snapshots.Snapshot(ctx, o.event.AccountID)
	if err != nil {
		return nil, err
	}
	matches := Matches(snapshot, e.Providers.Providers(), o.event)
	e.noteFilters(ctx, o.event, snapshot)
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

// Matches returns who gets an event.
func Matches(s *subscription.Snapshot, providers *provider.Set, ev *event.Event) []subscription.Match {
	if ev.Only != uuid.Nil {
		return s.MatchOne(providers, &ev.Event, ev.Only)
	}
	return s.Match(providers, &ev.Event)
}

// deliveries makes those of an event.
func (e *Engine) deliveries(ev *event.Event, matches []subscription.Match, works []*work) []*work {
	if len(matches) == 0 {
		e.recorder.Settle(ev, func(err error) {
			e.free(ev)
			if err != nil {
				e.fence()
			}
		})
		return works
	}
	now := e.Now()
	t := &tracker{remaining: len(matches)}
	for i := range matches {
		works = append(works, newWork(newDelivery(ev, &matches[i], now), ev, matches[i].Subscription, t))
	}
	return works
}

// park writes work to the store, to be claimed by any node after a while.
func (e *Engine) park(w *work, wait time.Duration) {
	d := w.Delivery
	d.UpdatedAt = e.Now()
	d.DueAt = d.UpdatedAt.Add(wait)
	e.record(w, &Outcome{Delivery: d})
}

// subscriptionNow finds a claimed delivery's subscription, which another node may
// have made or enabled a moment ago: before it counts as gone or disabled, the
// store is asked, once for each account in asked.
func (e *Engine) subscriptionNow(ctx context.Context, accountID, id uuid.UUID, asked map[uuid.UUID]bool) (*subscription.Subscription, error) {
	sub, err := e.subscriptionOf(ctx, accountID, id)
	if err != nil || (sub != nil && sub.Enabled) || asked[accountID] {
		return sub, err
	}
	asked[accountID] = true
	e.Snapshots.Invalidate(accountID)
	return e.subscriptionOf(ctx, accountID, id)
}

// subscriptionOf finds a subscription; nil if it is gone.
func (e *Engine) subscriptionOf(ctx context.Context, accountID, id uuid.UUID) (*subscription.Subscription, error) {
	snapshot, err := e.Snapshots.Snapshot(ctx, accountID)
	if err != nil {
		return nil, err
	}
	sub, _ := snapshot.Get(id)
	return sub, nil
}
