// Package statistics counts, by account and minute, what was published and what
// came of it. Counting is done in memory; every node writes its counts to the
// store now and then, each to rows of its own.
package statistics

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// All is the account of the sums over all accounts.
var All = uuid.Nil

// Counts of some time.
type Counts struct {
	// Published events, without repeated ones.
	Published int64
	// Refused events were invalid, or too many.
	Refused int64
	// Delivered and Dead are deliveries that became so.
	Delivered, Dead int64
	// FailedAttempts did not succeed, whatever became of their deliveries.
	FailedAttempts int64
	// Backlog is the most events and deliveries that were seen to wait.
	Backlog int64
	// Latency is that of what was delivered: from acceptance to success.
	Latency Histogram
}

// Add adds the counts of the same time elsewhere, or of another time.
func (c *Counts) Add(o *Counts) {
	c.Published += o.Published
	c.Refused += o.Refused
	c.Delivered += o.Delivered
	c.Dead += o.Dead
	c.FailedAttempts += o.FailedAttempts
	c.Backlog = max(c.Backlog, o.Backlog)
	c.Latency.Merge(&o.Latency)
}

// Row is what one node counted of an account in a minute.
type Row struct {
	AccountID uuid.UUID
	Node      uuid.UUID
	// Minute is its start.
	Minute time.Time
	Counts
}

// Store keeps rows.
type Store interface {
	// AddStatistics adds to the rows of the same account, node and minute, all or
	// none.
	AddStatistics(ctx context.Context, rows []Row) error
	// Statistics reads an account's rows of minutes that begin in [from, to), in
	// their order, without holding all of them.
	Statistics(ctx context.Context, accountID uuid.UUID, from, to time.Time, each func(*Row)) error
	// Backlog counts, by account, the pending events and the deliveries that are
	// not final.
	Backlog(ctx context.Context) (map[uuid.UUID]int64, error)
}
