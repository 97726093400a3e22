// Package replay makes deliveries of stored events again, as jobs: each walks
// through the events of a range of time, a step at a time, and survives whoever
// works it. What a step makes and how far it came are one transaction, and the
// ids of what it makes follow from replay, event and subscription, so that a step
// that is done twice makes nothing twice.
package replay

import (
	"time"

	"github.com/google/uuid"
)

// Selection says what of the events of its range a replay delivers.
type Selection string

// Selections. Which subscriptions match is decided when the event is looked at, by
// their patterns and filters of then.
const (
	// Failed: what is dead, where no other delivery of the same event to the same
	// subscription was delivered or is on its way.
	Failed Selection = "failed"
	// All: each event to each subscription that matches, whatever was delivered.
	All Selection = "all"
	// NeverSent: each event to each subscription that matches and has no delivery of
	// it. Events whose first deliveries are under way are left to these.
	NeverSent Selection = "never_sent"
)

// Status is what a replay is doing.
type Status string

// Statuses. Running and paused replays can be changed, the others are final.
const (
	Running   Status = "running"
	Paused    Status = "paused"
	Done      Status = "done"
	Cancelled Status = "cancelled"
)

// Spec is what is asked for.
type Spec struct {
	AccountID uuid.UUID
	// SubscriptionID is the one that gets the events; zero: every one that matches.
	SubscriptionID uuid.UUID
	// From and To bound the acceptance of the events, From included, in whole
	// milliseconds.
	From, To time.Time
	Select   Selection
	// EventTypes are patterns of the types that the events were published under;
	// none: all.
	EventTypes []string
	// PerSecond bounds the deliveries made in a second; 0: as fast as they go out.
	PerSecond int
}

// Replay is a job.
type Replay struct {
	Spec
	ID     uuid.UUID
	Status Status
	// Reason is why it paused by itself; "" where a person did.
	Reason string
	// Cursor is the key of the last event that was looked at.
	Cursor uuid.UUID
	Progress
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Progress counts.
type Progress struct {
	// Total is how many events the range had at the beginning, Done how many were
	// looked at.
	Total, Done int64
	// Created counts deliveries made, Failed those that could not be, because their
	// subscription is disabled or gone.
	Created, Failed int64
}

// Query selects a page of an account's replays, newest first.
type Query struct {
	AccountID uuid.UUID
	// Before is the last id of the page before.
	Before uuid.UUID
	Limit  int
}
