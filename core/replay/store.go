package replay

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
)

// ErrLost means that a replay is not this node's to go on with: it was paused,
// cancelled, or taken over.
var ErrLost = errors.New("the replay was paused, cancelled or taken over")

// Store keeps replays.
type Store interface {
	// CreateReplay adds one, unless the account has most unfinished ones already.
	// Errors: limit.
	CreateReplay(ctx context.Context, r *Replay, most int) error
	// Replay reads one. Errors: not found.
	Replay(ctx context.Context, accountID, id uuid.UUID) (*Replay, error)
	ListReplays(ctx context.Context, q Query) ([]Replay, error)
	// ChangeReplay gives a replay in one of the statuses from another one, and takes
	// it from the node that works it. Errors: not found, conflict.
	ChangeReplay(ctx context.Context, accountID, id uuid.UUID, from []Status, to Status, now time.Time) (*Replay, error)
	// CountEvents counts the events that were accepted from one time, included, to
	// another.
	CountEvents(ctx context.Context, accountID uuid.UUID, from, to time.Time) (int64, error)
	// ReplayWindow reads the next events with their deliveries.
	ReplayWindow(ctx context.Context, w Window) ([]Candidate, error)
	// ClaimReplays takes running replays that no node works, and those that this
	// node has and does not work: working are those that it does.
	ClaimReplays(ctx context.Context, node uuid.UUID, working []uuid.UUID, limit int) ([]Replay, error)
	// AdvanceReplay makes the deliveries of a step, due at once, and moves the
	// replay on, in one transaction. It returns the progress. Errors: [ErrLost],
	// node.ErrFenced.
	AdvanceReplay(ctx context.Context, node uuid.UUID, s *Step) (Progress, error)
	// Waiting counts, up to most each, the deliveries of all accounts that are due
	// and not claimed, and those that are held for an account, or one of its
	// subscriptions.
	Waiting(ctx context.Context, ref delivery.SubscriptionRef, now time.Time, most int) (due, held int, err error)
}

// Window is the next part of a range of events.
type Window struct {
	AccountID uuid.UUID
	// SubscriptionID bounds which deliveries are read; zero: all.
	SubscriptionID uuid.UUID
	// After is the key of the last event before; events are older than To.
	After uuid.UUID
	To    time.Time
	Limit int
	// Whole events are needed, not their keys and types alone.
	Whole bool
}

// Candidate is an event that may be replayed.
type Candidate struct {
	Event *event.Event
	// Pending: its first deliveries are under way. Waits: it is not due yet.
	Pending, Waits bool
	Deliveries     []delivery.Delivery
}

// Step is what comes of a window.
type Step struct {
	AccountID, ID uuid.UUID
	// After is the cursor that the replay must have, Cursor the one that it gets.
	After, Cursor uuid.UUID
	// Done and Failed add to the progress.
	Done, Failed int64
	Deliveries   []delivery.Delivery
	// Status that the replay gets; Running goes on. Reason goes with Paused.
	Status Status
	Reason string
	Now    time.Time
}
