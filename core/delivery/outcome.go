package delivery

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/event"
)

// Outcome is the new state of a delivery, to be recorded.
type Outcome struct {
	Delivery Delivery
	// Attempt that led to it; nil when none was made (parked, cancelled).
	Attempt *Attempt
	// Settles tells that every delivery of the event is recorded with this one, so
	// that the event's pending mark goes in the same transaction.
	Settles bool
	// Health is what the attempt changed about the subscription; nil for nothing.
	Health *Health
	// Span lasts until the outcome is durable; nil where its trace is not recorded.
	Span trace.Span
}

// Health is a change of a subscription that an attempt caused.
type Health struct {
	AccountID      uuid.UUID
	SubscriptionID uuid.UUID
	// FailingSince is the first failure after the last success; zero for none.
	FailingSince time.Time
	// LastError is why the attempt failed; "" keeps what is known.
	LastError string
	// DisabledReason disables the subscription unless it is "".
	DisabledReason string
	// Gone: the endpoint itself asked for that.
	Gone bool
}

// Claimed is a delivery that this node took from the store, with its event.
type Claimed struct {
	Delivery Delivery
	Event    *event.Event
	// DueAt is since when it was due; zero for one that was held.
	DueAt time.Time
}

// Store is what the engine reads, and how it takes work.
type Store interface {
	// ClaimEvents takes pending events that no node owns, oldest first.
	ClaimEvents(ctx context.Context, node uuid.UUID, limit int) ([]*event.Event, error)
	// ClaimDeliveries takes deliveries that are due, the longest due first.
	ClaimDeliveries(ctx context.Context, node uuid.UUID, now time.Time, limit int) ([]Claimed, error)
	// ClaimHeld takes held deliveries of one subscription, the oldest first.
	ClaimHeld(ctx context.Context, node uuid.UUID, ref SubscriptionRef, limit int) ([]Claimed, error)
	// HeldSubscriptions lists the subscriptions that have held deliveries, in the
	// order of account and id, after a given one; the zero value begins.
	HeldSubscriptions(ctx context.Context, after SubscriptionRef, limit int) ([]SubscriptionRef, error)
	// Backlog counts, by account, the pending events and the deliveries that are
	// not final.
	Backlog(ctx context.Context) (map[uuid.UUID]int64, error)
	// Recorded returns which deliveries of an event are in the store already, by
	// subscription.
	Recorded(ctx context.Context, accountID, eventKey uuid.UUID) (map[uuid.UUID]struct{}, error)
	// Delivery reads one with its attempts and event. Errors: not found.
	Delivery(ctx context.Context, accountID, id uuid.UUID) (*Record, error)
	// ListDeliveries reads a page, newest first.
	ListDeliveries(ctx context.Context, q Query) ([]Record, error)
	// SearchDeliveries reads a page, newest first. It looks at a bounded number of
	// deliveries, so that a page may be short, or empty, and have a next one.
	SearchDeliveries(ctx context.Context, q Query) (Page, error)
	// CountDeliveries counts what a query selects, whatever its page.
	CountDeliveries(ctx context.Context, q Query) (int, error)
	// Retry makes a final or waiting delivery due now, with a fresh time budget.
	// Errors: not found, conflict (a node is at it).
	Retry(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*Record, error)
	// Cancel ends a delivery that is not final. A node that has it is told by
	// Cancelled; what it records of it adds to the delivery and does not change its
	// status. Errors: not found, conflict (it is final).
	Cancel(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*Record, error)
	// PendingEvent reads the next pending event, by key after a given one, that a
	// first delivery of the id can be of, and that does not wait for its time; nil
	// where there is none. The zero value of after begins.
	PendingEvent(ctx context.Context, accountID, deliveryID, after uuid.UUID) (*event.Event, error)
	// CancelFirst cancels the first delivery of a pending event, of which there may
	// be no row yet. It is the claim, of lease 0, of the node that has the event; that
	// ends with the node's outcome, or at the latest with the event's pending mark.
	// Errors: not found (the event is not pending), conflict (the delivery is final).
	CancelFirst(ctx context.Context, d *Delivery) (*Record, error)
	// Cancelled lists deliveries that were cancelled while a node had them.
	Cancelled(ctx context.Context, node uuid.UUID, limit int) ([]Cancellation, error)
	// ForgetCancelled takes off the list what a node knows.
	ForgetCancelled(ctx context.Context, node uuid.UUID, known []Cancellation) error
}

// Cancellation names a delivery that was cancelled while a node had it.
type Cancellation struct {
	AccountID, DeliveryID uuid.UUID
	// Lease is that of the claim which is void.
	Lease int64
}

// Recorder makes outcomes durable.
type Recorder interface {
	// Record queues an outcome and waits while the queue is full. done is called
	// once, after the outcome is durable or, with the error, when this node may
	// no longer record.
	Record(o *Outcome, done func(error))
	// Settle removes the pending mark of an event that no subscription matched.
	Settle(e *event.Event, done func(error))
}
