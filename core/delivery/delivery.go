// Package delivery brings events to subscribers: it matches, renders, sends,
// records and retries.
package delivery

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Delivery is one event on its way to one subscription.
type Delivery struct {
	AccountID uuid.UUID
	// ID is made from event and subscription, so that finding the same delivery
	// again after a crash gives it the same id; see [NewID].
	ID             uuid.UUID
	EventKey       uuid.UUID
	SubscriptionID uuid.UUID
	Provider       string
	// EventType is the native type.
	EventType string
	// Verbatim: the event was published under its native name.
	Verbatim bool
	Status   sdk.DeliveryStatus
	// AttemptCount is how many attempts were made so far.
	AttemptCount int
	// FirstAttemptAt starts the policy's time budget; zero before it.
	FirstAttemptAt time.Time
	// DueAt is when it may be claimed from the store; zero while a node has it,
	// while it is held, or when it is final.
	DueAt time.Time
	// Held: it waits in the store until its subscription takes more; see
	// [Store.ClaimHeld].
	Held bool
	// Lease counts its claims. An outcome is of one of them: a later claim makes
	// what is recorded of an earlier one void.
	Lease     int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Final tells whether the delivery will not be attempted again.
func Final(s sdk.DeliveryStatus) bool {
	return s == sdk.DeliveryDelivered || s == sdk.DeliveryDead || s == sdk.DeliveryCancelled
}

// NewID makes the id of the delivery of an event to a subscription. It is a
// UUIDv7 with the time of the event's key, which keeps the deliveries of an
// event and of its neighbours together in the store; the rest is a hash.
func NewID(eventKey, subscriptionID uuid.UUID) uuid.UUID {
	h := sha256.New()
	h.Write(eventKey[:])
	h.Write(subscriptionID[:])
	var id uuid.UUID
	copy(id[:], h.Sum(nil))
	copy(id[:6], eventKey[:6])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ReplayID makes the id of the delivery that a replay makes of an event to a
// subscription, so that making it again gives it the same id. It lies among those
// of its event, as [NewID]'s do.
func ReplayID(replayID, eventKey, subscriptionID uuid.UUID) uuid.UUID {
	both := sha256.Sum256(append(replayID[:], subscriptionID[:]...))
	return NewID(eventKey, uuid.UUID(both[:16]))
}

// Replayed tells whether a replay made the delivery.
func (d *Delivery) Replayed() bool { return d.ID != NewID(d.EventKey, d.SubscriptionID) }

// IDRange returns the least and the greatest id that deliveries of an event can
// have, both included.
func IDRange(eventKey uuid.UUID) (first, last uuid.UUID) {
	copy(first[:6], eventKey[:6])
	copy(last[:6], eventKey[:6])
	for i := 6; i < len(last); i++ {
		last[i] = 0xff
	}
	return first, last
}

// IDFrom returns the least id that a delivery of an event accepted at t can have.
func IDFrom(t time.Time) (first uuid.UUID) {
	ms := t.UnixMilli()
	for i := range 6 {
		first[5-i] = byte(ms >> (8 * i) & 0xff)
	}
	return first
}

// SubscriptionRef names a subscription.
type SubscriptionRef struct{ AccountID, SubscriptionID uuid.UUID }

// Attempt is one HTTP request of a delivery, with its outcome.
type Attempt struct {
	sdk.Attempt
	// TraceID is the hexadecimal id of the delivery's trace.
	TraceID string
	// Sent is how the request went out; nil where none did.
	Sent Sent
}

// Record is a delivery with its attempts and its event.
type Record struct {
	Delivery
	// SubscriptionExternalID is the id that the provider's API shows.
	SubscriptionExternalID string
	Attempts               []Attempt
	Event                  *event.Event
}

// Query selects a page of an account's deliveries, newest first. Empty fields
// select all.
type Query struct {
	AccountID      uuid.UUID
	ID             uuid.UUID
	EventKey       uuid.UUID
	SubscriptionID uuid.UUID
	// Since selects deliveries of events that were accepted at or after it, Until
	// those that were accepted before it; both in whole milliseconds.
	Since time.Time
	Until time.Time
	// Provider and Namespace select by subscription.
	Provider   string
	Namespace  *string
	Statuses   []sdk.DeliveryStatus
	EventTypes []string
	// ResponseStatuses select by the answer to the last attempt; 0: none came.
	ResponseStatuses []int
	// Before is the last id of the page before.
	Before uuid.UUID
	Limit  int
	// Offset is how many to pass over.
	Offset int
	// LookAt is the most deliveries that a search looks at; 0: the store's bound.
	LookAt int
}

// Page is a part of what a search finds.
type Page struct {
	Records []Record
	// Next is the id that the next page is Before; zero: there is none.
	Next uuid.UUID
}
