package delivery

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// cancelledPage is how many cancellations one look takes.
	cancelledPage = 1000
	// maxCancelled bounds those that are kept in memory. Beyond it the oldest
	// knowledge goes: such a delivery stays cancelled, but may still be attempted.
	maxCancelled = 1 << 16
)

// cancellations are deliveries that this node may have, and must not attempt: by
// id, the lease of the claim that is void. A map that was published is never
// changed.
type cancellations map[uuid.UUID]int64

// learnCancelled asks the store which deliveries of this node were cancelled.
func (e *Engine) learnCancelled(ctx context.Context) {
	list, err := e.Store.Cancelled(ctx, e.Node, cancelledPage)
	if err == nil && len(list) > 0 {
		e.remember(list)
		err = e.Store.ForgetCancelled(ctx, e.Node, list)
	}
	if err != nil && ctx.Err() == nil {
		e.Log.ErrorContext(ctx, "cannot look for cancelled deliveries", slog.Any("error", err))
	}
}

func (e *Engine) remember(list []Cancellation) {
	next := make(cancellations, len(list))
	if known := e.stopped.Load(); known != nil && len(*known)+len(list) <= maxCancelled {
		for id, lease := range *known {
			next[id] = lease
		}
	}
	for _, c := range list {
		next[c.DeliveryID] = c.Lease
	}
	e.stopped.Store(&next)
}

// CountCancelled counts a delivery that was cancelled by hand: whoever cancels it
// counts it, as there may be no node that has it. A node that does leaves it out of
// what it counts, unless it ends the delivery before it has learnt of that.
func (e *Engine) CountCancelled(d *Delivery) {
	e.metrics.finished.Add(1, d.Provider, sdk.DeliveryCancelled.String())
}

// takenAway tells that work was cancelled since it was claimed.
func (e *Engine) takenAway(w *work) bool {
	known := e.stopped.Load()
	if known == nil {
		return false
	}
	lease, ok := (*known)[w.ID]
	return ok && w.Lease <= lease
}

// uncancelled ends what was cancelled since it was claimed, and returns the rest
// of a batch.
func (e *Engine) uncancelled(batch []*work) []*work {
	if e.stopped.Load() == nil {
		return batch
	}
	left := batch[:0]
	for _, w := range batch {
		if !e.takenAway(w) {
			left = append(left, w)
			continue
		}
		e.record(w, e.cancelled(w.Delivery))
		e.gates.Done(w, gate.Unknown)
	}
	return left
}
