package delivery

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/audit"
)

// NoteChange notes what a person changed of a delivery, for the audit log. The
// store calls it in the transaction of the change.
func NoteChange(ctx context.Context, before, after *Delivery) error {
	return audit.Note(ctx, after.AccountID, audit.Resource{Type: "delivery", ID: after.ID.String()}, auditViewOf(before), auditViewOf(after))
}

// auditView is a delivery as the audit log shows it.
type auditView struct {
	EventID        uuid.UUID  `json:"event_id"`
	SubscriptionID uuid.UUID  `json:"subscription_id"`
	Status         string     `json:"status"`
	AttemptCount   int        `json:"attempt_count"`
	NextAttemptAt  *time.Time `json:"next_attempt_at,omitempty"`
}

func auditViewOf(d *Delivery) auditView {
	v := auditView{EventID: d.EventKey, SubscriptionID: d.SubscriptionID, Status: d.Status.String(), AttemptCount: d.AttemptCount}
	if !d.DueAt.IsZero() {
		due := d.DueAt
		v.NextAttemptAt = &due
	}
	return v
}
