package delivery

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// ByHand is what people do to deliveries: the store, which here knows of first
// deliveries too that are in some node's memory alone.
type ByHand struct {
	Store
	Snapshots Snapshots
	Providers Providers
	// Count is told of what was cancelled, once; nil for nobody.
	Count func(d *Delivery)
}

// Cancel ends a delivery that is not final. One that no store has a row of is found
// by its id, which follows from event and subscription; the row that says that it
// is cancelled makes it one that was cancelled while its node had it. Errors: not
// found, conflict (it is final).
func (h ByHand) Cancel(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*Record, error) {
	r, err := h.cancel(ctx, accountID, id, now)
	if err == nil && h.Count != nil {
		h.Count(&r.Delivery)
	}
	return r, err
}

func (h ByHand) cancel(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*Record, error) {
	r, err := h.Store.Cancel(ctx, accountID, id, now)
	if !sdk.IsCode(err, sdk.CodeNotFound) {
		return r, err
	}
	d, err := h.first(ctx, accountID, id, now)
	if err != nil {
		return nil, err
	}
	if d != nil {
		if r, err = h.CancelFirst(ctx, d); !sdk.IsCode(err, sdk.CodeNotFound) {
			return r, err
		}
	}
	// Its outcome may have been recorded since the first look.
	return h.Store.Cancel(ctx, accountID, id, now)
}

// first finds the first delivery of an id among those of pending events; nil for
// none.
func (h ByHand) first(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*Delivery, error) {
	var snapshot *subscription.Snapshot
	var after uuid.UUID
	for {
		ev, err := h.PendingEvent(ctx, accountID, id, after)
		if err != nil || ev == nil {
			return nil, err
		}
		if snapshot == nil {
			// Another node may have made the subscription a moment ago.
			h.Snapshots.Invalidate(accountID)
			if snapshot, err = h.Snapshots.Snapshot(ctx, accountID); err != nil {
				return nil, err
			}
		}
		for _, m := range Matches(snapshot, h.Providers.Providers(), ev) {
			if d := newDelivery(ev, &m, now); d.ID == id {
				return &d, nil
			}
		}
		after = ev.Key
	}
}

// newDelivery is the first delivery of an event to who matches.
func newDelivery(ev *event.Event, m *subscription.Match, now time.Time) Delivery {
	return Delivery{
		AccountID: ev.AccountID, ID: NewID(ev.Key, m.Subscription.ID), EventKey: ev.Key,
		SubscriptionID: m.Subscription.ID, Provider: m.Subscription.Provider,
		EventType: m.EventType, Verbatim: m.Verbatim, Status: sdk.DeliveryPending, CreatedAt: now, UpdatedAt: now,
	}
}
