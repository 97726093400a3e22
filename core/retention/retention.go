// Package retention removes what is older than the operator keeps it, in small
// steps beside the work, and tells how much there is: events with their deliveries
// and attempts, answers to repeated requests, the audit log, and ended replays.
package retention

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Window is the part of an account's rows that one step works on.
type Window struct {
	AccountID uuid.UUID
	// Before is the end: rows of events that were accepted before it.
	Before time.Time
	// After is where the step before ended ([Step.Next]); zero begins.
	After uuid.UUID
	// Limit bounds the rows that the step removes, and how much data is in them:
	// rows with much data count several times.
	Limit int
}

// Step is what a step did, in rows.
type Step struct {
	// Events, Deliveries and Attempts were removed.
	Events, Deliveries, Attempts int
	// Expired deliveries were not final and are dead now.
	Expired int
	// Next is the next step's After; zero when the window is done.
	Next uuid.UUID
}

// Store removes rows, each step in a transaction of its own. Steps of several
// nodes at one time do each other no harm.
type Store interface {
	// AccountsBefore lists accounts that have events accepted before t, in the order
	// of their ids, after a given one; zero begins.
	AccountsBefore(ctx context.Context, t time.Time, after uuid.UUID, limit int) ([]uuid.UUID, error)
	// RemoveDeliveries removes deliveries that are final, with their attempts. Those
	// that are not it makes dead, so that a later pass removes them. It leaves alone
	// what a node has claimed and what belongs to a pending event.
	RemoveDeliveries(ctx context.Context, w Window) (Step, error)
	// RemoveEvents removes events that are not pending and have no deliveries left.
	RemoveEvents(ctx context.Context, w Window) (Step, error)
	// RemoveAnswers removes up to limit answers that are not given again any more,
	// and counts them.
	RemoveAnswers(ctx context.Context, limit int) (int, error)
	// RemoveAudit removes up to limit entries of the audit log from before a time,
	// and counts them.
	RemoveAudit(ctx context.Context, before time.Time, limit int) (int, error)
	// RemoveReplays removes up to limit replays that ended before a time, and counts
	// them.
	RemoveReplays(ctx context.Context, before time.Time, limit int) (int, error)
	// RemoveStatistics removes up to limit rows of minutes before a time, and counts
	// them.
	RemoveStatistics(ctx context.Context, before time.Time, limit int) (int, error)
	// RemoveSpans removes up to limit rows of spans that were written before a time,
	// RemoveSpansBeyond those written first until the rest has so many bytes. They
	// count the rows.
	RemoveSpans(ctx context.Context, before time.Time, limit int) (int, error)
	RemoveSpansBeyond(ctx context.Context, bytes int64, limit int) (int, error)
	// Size tells how much the store holds.
	Size(ctx context.Context) (Size, error)
	// Backlog counts, by account, the pending events and the deliveries that are
	// not final.
	Backlog(ctx context.Context) (map[uuid.UUID]int64, error)
}

// Size is how much a store holds.
type Size struct {
	// Parts are bytes on disk, by what takes them: files of SQLite ("database",
	// "wal"), tables of Postgres with their indexes.
	Parts map[string]int64
	// Free bytes in Parts are empty and will be used again; negative where the
	// database does not tell.
	Free int64
	// Disk is how much is free on the disk; negative where that is not known.
	Disk int64
	// Oldest is when the oldest event was accepted, in milliseconds; zero for none.
	Oldest time.Time
	// Overdue is since when the oldest work is due that no node has; zero for none.
	Overdue time.Time
}
