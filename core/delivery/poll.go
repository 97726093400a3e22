package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// claimLimit is the most that one look at the store takes.
const claimLimit = 256

// pollLoop takes due work from the store until ctx ends. While there is more
// than one look takes, it looks again at once.
func (e *Engine) pollLoop(ctx context.Context) {
	tick := time.NewTicker(e.cfg.PollInterval)
	defer tick.Stop()
	for {
		more := e.poll(ctx)
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.wake:
		}
	}
}

// poll claims what there is room for and tells whether there may be more.
func (e *Engine) poll(ctx context.Context) (more bool) {
	events, err := e.claimEvents(ctx)
	if err == nil {
		var deliveries int
		deliveries, err = e.claimDeliveries(ctx)
		more = deliveries == claimLimit
	}
	if err != nil && ctx.Err() == nil {
		e.Log.ErrorContext(ctx, "cannot claim work", slog.Any("error", err))
	}
	return err == nil && (more || events == claimLimit)
}

func (e *Engine) claimEvents(ctx context.Context) (int, error) {
	room := e.budget.room(claimLimit)
	if room == 0 {
		return 0, nil
	}
	events, err := e.Store.ClaimEvents(ctx, e.Node, room)
	if err != nil {
		return 0, err
	}
	for _, ev := range events {
		e.budget.force(ev.Size())
		select {
		case e.incoming <- &owned{event: ev, recovered: true}:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return len(events), nil
}

func (e *Engine) claimDeliveries(ctx context.Context) (int, error) {
	room := e.budget.room(claimLimit)
	if room == 0 {
		return 0, nil
	}
	claimed, err := e.Store.ClaimDeliveries(ctx, e.Node, e.Now(), room)
	if err != nil {
		return 0, err
	}
	for i := range claimed {
		e.resume(ctx, claimed[i])
	}
	return len(claimed), nil
}

// resume takes a claimed delivery up again. One whose subscription or event is
// gone, or whose subscription is disabled, is cancelled.
func (e *Engine) resume(ctx context.Context, c Claimed) {
	w := &work{Delivery: c.Delivery, event: c.Event}
	if c.Event == nil {
		e.cancelGone(w)
		return
	}
	e.budget.force(w.event.Size())
	sub, err := e.subscriptionOf(ctx, w.AccountID, w.SubscriptionID)
	switch {
	case err != nil && ctx.Err() != nil:
		e.drop(w)
	case err != nil:
		e.park(w, parkWait)
	case sub == nil || !sub.Enabled:
		e.cancel(w)
	default:
		w.sub = sub
		e.submit(w)
	}
}

func (e *Engine) cancel(w *work) {
	e.record(w, e.cancelled(w))
}

// cancelGone cancels a delivery whose event was removed; it holds no memory.
func (e *Engine) cancelGone(w *work) {
	e.recorder.Record(e.cancelled(w), func(err error) {
		if err != nil {
			e.fence()
		}
	})
}

func (e *Engine) cancelled(w *work) *Outcome {
	d := w.Delivery
	d.Status, d.DueAt, d.UpdatedAt = sdk.DeliveryCancelled, time.Time{}, e.Now()
	return &Outcome{Delivery: d}
}
