package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

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
	e.learnCancelled(ctx)
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
	if len(events) == 0 {
		return 0, nil
	}
	batch := make([]owned, len(events))
	for i, ev := range events {
		e.budget.force(ev.AccountID, ev.Size())
		batch[i] = owned{event: ev, recovered: true}
	}
	select {
	case e.incoming <- batch:
		return len(events), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
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
	e.gates.Submit(e.resume(ctx, claimed)...)
	return len(claimed), nil
}

// resume readies claimed deliveries for their gates, but for those that end here.
func (e *Engine) resume(ctx context.Context, claimed []Claimed) []*work {
	works := make([]*work, 0, len(claimed))
	asked := map[uuid.UUID]bool{}
	for i := range claimed {
		if w := e.resumeOne(ctx, claimed[i], asked); w != nil {
			works = append(works, w)
		}
	}
	return works
}

// resumeOne readies a delivery for its gate. One whose subscription or event is
// gone, or whose subscription is disabled, is cancelled.
func (e *Engine) resumeOne(ctx context.Context, c Claimed, asked map[uuid.UUID]bool) *work {
	if c.Event == nil {
		e.cancelGone(c.Delivery)
		return nil
	}
	e.budget.force(c.Event.AccountID, c.Event.Size())
	sub, err := e.subscriptionNow(ctx, c.Delivery.AccountID, c.Delivery.SubscriptionID, asked)
	w := newWork(c.Delivery, c.Event, sub, nil)
	w.traced = e.tracedOf(ctx, &c)
	switch {
	case err != nil && ctx.Err() != nil:
		e.drop(w)
	case err != nil:
		e.park(w, storePause)
	case sub == nil || !sub.Enabled:
		e.record(w, e.cancelled(w.Delivery))
	default:
		return w
	}
	return nil
}

// storePause is how long work waits after the store could not be read.
const storePause = 2 * time.Second

// cancelGone cancels a delivery whose event was removed; it holds no memory.
func (e *Engine) cancelGone(d Delivery) {
	e.recorder.Record(e.cancelled(d), func(err error) {
		if err != nil {
			e.fence()
		}
	})
}

func (e *Engine) cancelled(d Delivery) *Outcome {
	d.Status, d.DueAt, d.UpdatedAt = sdk.DeliveryCancelled, time.Time{}, e.Now()
	return &Outcome{Delivery: d}
}
