package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/wait"
)

const (
	// heldEvery is how often the store is asked which subscriptions have held
	// deliveries: those of other nodes, and of those before.
	heldEvery = 5 * time.Second
	// heldPage is how many subscriptions one such look takes.
	heldPage = 500
	// noRoomWait is the pause while memory is full.
	noRoomWait = 10 * time.Millisecond
)

// hold writes work to the store until its gate asks for it again.
func (e *Engine) hold(works []*work) {
	for _, w := range works {
		d := w.Delivery
		d.UpdatedAt, d.DueAt, d.Held = e.Now(), time.Time{}, true
		e.record(w, &Outcome{Delivery: d})
	}
}

// wantRefill is called by the gates.
func (e *Engine) wantRefill() {
	select {
	case e.refill <- struct{}{}:
	default:
	}
}

// refillLoop takes held deliveries from the store when their gates have room,
// until ctx ends.
func (e *Engine) refillLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.refill:
		}
		for r, ok := e.gates.NextRefill(); ok; r, ok = e.gates.NextRefill() {
			works, more := e.refillOne(ctx, r)
			e.gates.Refilled(r, works, more)
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// refillOne claims what a gate wants, and tells whether there may be more.
func (e *Engine) refillOne(ctx context.Context, r gate.Refill) (works []*work, more bool) {
	n := e.budget.room(r.Size)
	if n == 0 {
		wait.For(ctx, noRoomWait)
		return nil, true
	}
	claimed, err := e.Store.ClaimHeld(ctx, e.Node, SubscriptionRef(r.Key), n)
	if err != nil {
		if ctx.Err() == nil {
			e.Log.ErrorContext(ctx, "cannot claim held deliveries", slog.Any("error", err))
			wait.For(ctx, storeRetryWait)
		}
		return nil, true
	}
	return e.resume(ctx, claimed), len(claimed) == n
}

// heldLoop tells the gates what is held, and has them forget who is idle.
func (e *Engine) heldLoop(ctx context.Context) {
	tick := time.NewTicker(heldEvery)
	defer tick.Stop()
	var after SubscriptionRef
	for {
		after = e.markHeld(ctx, after)
		e.gates.Sweep()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// markHeld reads a page and returns where the next one begins.
func (e *Engine) markHeld(ctx context.Context, after SubscriptionRef) SubscriptionRef {
	refs, err := e.Store.HeldSubscriptions(ctx, after, heldPage)
	if err != nil && ctx.Err() == nil {
		e.Log.ErrorContext(ctx, "cannot look for held deliveries", slog.Any("error", err))
	}
	for _, ref := range refs {
		e.gates.Held(gate.Key(ref))
	}
	if len(refs) < heldPage {
		return SubscriptionRef{}
	}
	return refs[len(refs)-1]
}
