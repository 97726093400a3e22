package replay

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/audit"
)

// NoteChange notes what a person changed of a replay, for the audit log; before is
// nil for a new one. The store calls it in the transaction of the change.
func NoteChange(ctx context.Context, before, after *Replay) error {
	var was any
	if before != nil {
		was = auditViewOf(before)
	}
	return audit.Note(ctx, after.AccountID, audit.Resource{Type: "replay", ID: after.ID.String()}, was, auditViewOf(after))
}

// auditView is a replay as the audit log shows it.
type auditView struct {
	SubscriptionID *uuid.UUID `json:"subscription_id,omitempty"`
	From           time.Time  `json:"from"`
	To             time.Time  `json:"to"`
	Statuses       Selection  `json:"statuses"`
	EventTypes     []string   `json:"event_types,omitempty"`
	RatePerSecond  int        `json:"rate_per_second,omitempty"`
	Status         Status     `json:"status"`
	Reason         string     `json:"reason,omitempty"`
}

func auditViewOf(r *Replay) auditView {
	v := auditView{
		From: r.From, To: r.To, Statuses: r.Select, EventTypes: r.EventTypes, RatePerSecond: r.PerSecond, Status: r.Status, Reason: r.Reason,
	}
	if r.SubscriptionID != uuid.Nil {
		id := r.SubscriptionID
		v.SubscriptionID = &id
	}
	return v
}
