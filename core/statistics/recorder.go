package statistics

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/wait"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// flushEvery is how often counts are written: a crash loses those since.
	flushEvery = 10 * time.Second
	// flushRows is the most rows of one transaction.
	flushRows = 256
	// flushTimeout bounds the writing of all, and the counting of the backlog.
	flushTimeout = 30 * time.Second
	// maxCells bounds the accounts and minutes in memory, of half a KB each; beyond
	// it counts of further ones are lost.
	maxCells = 1 << 14
)

// cell is an account and a minute since 1970.
type cell struct {
	account uuid.UUID
	minute  int64
}

type cells map[cell]*Counts

// of returns the counts of a cell; nil where there is no room for it.
func (c cells) of(account uuid.UUID, minute int64) *Counts {
	k := cell{account, minute}
	n := c[k]
	if n == nil && len(c) < maxCells {
		n = &Counts{}
		c[k] = n
	}
	return n
}

// Recorder counts on one node. Make it with [NewRecorder], then call Run, and Flush
// when nothing is counted any more.
type Recorder struct {
	store Store
	node  uuid.UUID
	log   *slog.Logger
	now   func() time.Time

	mu   sync.Mutex
	live cells
	lost int

	// flushing guards the rest: what is to be written, and the minute in which the
	// backlog was counted last.
	flushing sync.Mutex
	unsaved  cells
	counted  int64
}

var (
	_ delivery.Statistics = (*Recorder)(nil)
	_ event.Tally         = (*Recorder)(nil)
)

// NewRecorder returns a recorder for a node.
func NewRecorder(s Store, node uuid.UUID, log *slog.Logger, now func() time.Time) *Recorder {
	return &Recorder{store: s, node: node, log: log, now: now, live: cells{}, unsaved: cells{}}
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

func (r *Recorder) count(account uuid.UUID, at time.Time, add func(*Counts)) {
	minute := minuteOf(at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.live.of(account, minute); c != nil {
		add(c)
	} else {
		r.lost++
	}
}

// Published implements event.Tally.
func (r *Recorder) Published(account uuid.UUID, n int) {
	r.count(account, r.now(), func(c *Counts) { c.Published += int64(n) })
}

// Refused implements event.Tally.
func (r *Recorder) Refused(account uuid.UUID, n int) {
	r.count(account, r.now(), func(c *Counts) { c.Refused += int64(n) })
}

// Recorded implements delivery.Statistics.
func (r *Recorder) Recorded(o *delivery.Outcome, latency time.Duration) {
	failed := o.Attempt != nil && o.Attempt.Error != ""
	if o.Attempt == nil && o.Delivery.Status != sdk.DeliveryDead {
		return // it was held, or taken back
	}
	r.count(o.Delivery.AccountID, o.Delivery.UpdatedAt, func(c *Counts) {
		if failed {
			c.FailedAttempts++
		}
		switch o.Delivery.Status {
		case sdk.DeliveryDelivered:
			c.Delivered++
			c.Latency.Observe(latency)
		case sdk.DeliveryDead:
			c.Dead++
		case sdk.DeliveryPending, sdk.DeliveryRetrying, sdk.DeliveryCancelled: // only the attempt counts
		}
	})
}

// Run writes what was counted, until ctx ends.
func (r *Recorder) Run(ctx context.Context) {
	for wait.For(ctx, flushEvery) {
		r.sample(ctx)
		if err := r.Flush(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "statistics could not be written; they are kept and written later", slog.Any("error", err))
		}
	}
}

// sample counts what waits, once a minute.
func (r *Recorder) sample(ctx context.Context) {
	minute := minuteOf(r.now())
	r.flushing.Lock()
	defer r.flushing.Unlock()
	if minute == r.counted {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	accounts, err := r.store.Backlog(ctx)
	if err != nil {
		return // whoever needs it to work tells of it
	}
	r.counted = minute
	var sum int64
	for account, n := range accounts {
		sum += n
		if c := r.unsaved.of(account, minute); c != nil {
			c.Backlog = max(c.Backlog, n)
		}
	}
	if c := r.unsaved.of(All, minute); c != nil && sum > 0 {
		c.Backlog = max(c.Backlog, sum)
	}
}

// Flush writes what was counted so far. What could not be written is kept for the
// next time.
func (r *Recorder) Flush(ctx context.Context) error {
	r.flushing.Lock()
	defer r.flushing.Unlock()
	r.take(ctx)
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	rows := make([]Row, 0, len(r.unsaved))
	for k, c := range r.unsaved {
		rows = append(rows, Row{AccountID: k.account, Node: r.node, Minute: time.Unix(k.minute*60, 0).UTC(), Counts: *c})
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(bytes.Compare(a.AccountID[:], b.AccountID[:]), a.Minute.Compare(b.Minute))
	})
	for part := range slices.Chunk(rows, flushRows) {
		if err := r.store.AddStatistics(ctx, part); err != nil {
			return err
		}
		for i := range part {
			delete(r.unsaved, cell{part[i].AccountID, minuteOf(part[i].Minute)})
		}
	}
	return nil
}

// take moves what was counted to what is to be written, with the sums over all
// accounts.
func (r *Recorder) take(ctx context.Context) {
	r.mu.Lock()
	live, lost := r.live, r.lost
	r.live, r.lost = cells{}, 0
	r.mu.Unlock()
	for k, c := range live {
		for _, account := range [...]uuid.UUID{k.account, All} {
			if to := r.unsaved.of(account, k.minute); to != nil {
				to.Add(c)
			} else {
				lost++
			}
		}
	}
	if lost > 0 {
		r.log.WarnContext(ctx, "statistics are not complete: too many accounts and minutes wait to be written", slog.Int("lost", lost))
	}
}
