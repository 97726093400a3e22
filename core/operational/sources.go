package operational

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
)

var (
	_ delivery.Observer = (*Emitter)(nil)
	_ account.Emitter   = (*Emitter)(nil)
)

// SubscriptionDisabled implements [delivery.Observer].
func (e *Emitter) SubscriptionDisabled(d *delivery.Delivery, version int64, h *delivery.Health) {
	id := d.SubscriptionID.String()
	e.emit(notice{
		eventType: TypeSubscriptionDisabled, subject: "subscriptions/" + id, account: d.AccountID,
		id: fmt.Sprintf("subscription.disabled/%s/%d", id, version),
		data: &SubscriptionDisabled{
			SubscriptionID: d.SubscriptionID, Provider: d.Provider, Reason: h.DisabledReason, FailingSince: h.FailingSince,
		},
	}, "")
}

// DeliveryDead implements [delivery.Observer].
func (e *Emitter) DeliveryDead(d *delivery.Delivery, last *delivery.Attempt) {
	about := &DeliveryDead{
		DeliveryID: d.ID, EventID: d.EventKey, EventType: d.EventType, SubscriptionID: d.SubscriptionID, Provider: d.Provider,
		Attempts: d.AttemptCount,
	}
	if last != nil {
		about.Reason, about.ResponseStatus = last.Error, last.ResponseStatus
	}
	id := d.ID.String()
	e.emit(notice{
		eventType: TypeDeliveryDead, subject: "deliveries/" + id, account: d.AccountID,
		id: fmt.Sprintf("delivery.dead/%s/%d", id, d.AttemptCount), data: about,
	}, "")
}

// limitPause is how often at most an account's limit is told of.
const limitPause = 10 * time.Minute

// LimitReached implements [account.Emitter].
func (e *Emitter) LimitReached(_ context.Context, accountID uuid.UUID, limit string) {
	e.emit(notice{
		eventType: TypeLimitReached, subject: "limits/" + limit, account: accountID,
		// Nodes that see it within the pause have the same id.
		id:   fmt.Sprintf("limit.reached/%s/%d", limit, e.Now().Unix()/int64(limitPause.Seconds())),
		data: &LimitReached{Limit: limit},
	}, limit)
}
