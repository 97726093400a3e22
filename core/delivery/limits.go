package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
)

// limitsOf are a subscription's own bounds of its attempts.
func limitsOf(sub *subscription.Subscription) gate.LineLimits {
	if sub == nil {
		return gate.LineLimits{}
	}
	d := &sub.Options.Delivery
	return gate.LineLimits{InFlight: d.MaxInFlight, PerSecond: d.MaxPerSecond}
}

// limitEvery is how often work that waits is looked at: work that comes brings the
// bounds of its subscription with it.
const limitEvery = time.Second

// limitLoop gives lines that wait the bounds that their subscriptions have now,
// until ctx ends.
func (e *Engine) limitLoop(ctx context.Context) {
	tick := time.NewTicker(limitEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, key := range e.gates.Waiting() {
			// Work whose subscription cannot be read keeps the bounds that it has.
			if sub, err := e.subscriptionOf(ctx, key.AccountID, key.SubscriptionID); err == nil && sub != nil {
				e.gates.Limit(key, limitsOf(sub))
			}
		}
	}
}

// staleAfter is how old what is known of a subscription may be when its delivery
// is attempted.
const staleAfter = time.Second

// refresh gives work that has waited the subscription as it is now. One that is
// gone or disabled gets what it would have had before.
func (e *Engine) refresh(w *work) {
	sub, err := e.subscriptionOf(e.attempts, w.AccountID, w.SubscriptionID)
	if err == nil && sub != nil && sub.Enabled {
		w.sub = sub
	}
}

// tellEvery bounds what is logged about filters.
const tellEvery = 10 * time.Second

// tellStopped logs that an account's filters took too much, once in a while.
func (e *Engine) tellStopped(ctx context.Context, ev *event.Event, s *subscription.Snapshot) {
	n := s.TakeStopped()
	if n == 0 {
		return
	}
	now, last := e.Now(), e.told.Load()
	if now.Sub(time.Unix(0, last)) < tellEvery || !e.told.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	e.Log.WarnContext(ctx, "the expressions in an account's filters take too many steps; events pass some subscriptions by",
		slog.String("account", ev.AccountID.String()), slog.Int64("filters", n), slog.Int("steps", subscription.FilterSteps))
}
