// Package journal is the one writer of the hot path: it gathers published events
// and delivery outcomes that are waiting and commits each gathering in one
// transaction (group commit), so that the cost of making things durable is
// shared.
package journal

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
)

// Batch is what one transaction makes durable.
type Batch struct {
	// Node that commits. The store refuses the batch with node.ErrFenced if it was
	// declared dead.
	Node     uuid.UUID
	Events   []Entry
	Outcomes []*delivery.Outcome
	// Settled are events whose pending mark goes without an outcome.
	Settled []*event.Event
}

// Entry is an event to be committed.
type Entry struct {
	Event *event.Event
	// Owned: this node has room to deliver it. Otherwise any node takes it later.
	Owned bool
}

// Store commits batches.
type Store interface {
	// Commit makes a batch durable, all or nothing. It returns the key under which
	// each event is stored: its own, or that of an earlier one of the same
	// account, source and id. Where it fails, the store sees to it that events which
	// were stored all the same, and are this node's, become anyone's.
	Commit(ctx context.Context, b Batch) (keys []uuid.UUID, err error)
}
