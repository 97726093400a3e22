package retention

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/wait"
)

const (
	// rest is how many times as long as a step took nothing is removed after it: the
	// store's writer is at this for at most a tenth of its time.
	rest = 9
	// accountsPage is how many accounts one look at the store returns.
	accountsPage = 256
	// readTimeout bounds the reading of what the gauges show.
	readTimeout = 30 * time.Second
)

// Config is how long things are kept, and how they are removed.
type Config struct {
	// Age of events, from their acceptance, beyond which they are removed; 0 keeps
	// them for ever.
	Age time.Duration
	// AuditAge is that of entries of the audit log.
	AuditAge time.Duration
	// ReplayAge is that of replays, from their end.
	ReplayAge time.Duration
	// SpanAge is that of spans, SpanBytes how many bytes of them are kept; 0 keeps all.
	SpanAge   time.Duration
	SpanBytes int64
	// StatisticsAge is that of statistics.
	StatisticsAge time.Duration
	// Interval is the time between passes, on average: each wait is between half of
	// it and one and a half, so that nodes do not meet.
	Interval time.Duration
	// Step is the most rows that one transaction removes.
	Step int
}

// Deps are what a cleaner works with.
type Deps struct {
	Store Store
	Meter metric.Meter
	Log   *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Random gives numbers from 0 to 1, for the waits.
	Random func() float64
}

// Cleaner removes what is too old. Make it with [New], then call Run.
type Cleaner struct {
	cfg Config
	Deps
	metrics metrics
	last    atomic.Pointer[measured]
}

// New returns a cleaner that is not running. It fails when the meter does.
func New(cfg Config, d Deps) (*Cleaner, error) {
	c := &Cleaner{cfg: cfg, Deps: d}
	if err := c.instrument(); err != nil {
		return nil, fmt.Errorf("retention: metrics: %w", err)
	}
	return c, nil
}

// Run removes and measures until ctx ends.
func (c *Cleaner) Run(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { c.watch(ctx) })
	for wait.For(ctx, c.wait()) {
		c.pass(ctx)
	}
}

// watch measures now and then: a pass may take much longer than its interval.
func (c *Cleaner) watch(ctx context.Context) {
	for {
		c.measure(ctx)
		if !wait.For(ctx, c.wait()) {
			return
		}
	}
}

func (c *Cleaner) wait() time.Duration {
	return time.Duration(float64(c.cfg.Interval) * (0.5 + c.Random()))
}

// pass removes what is too old from every account. What fails is left to the
// next pass.
func (c *Cleaner) pass(ctx context.Context) {
	started := c.Now()
	var sum Step
	err := c.drain(ctx, "idempotency_keys", c.Store.RemoveAnswers)
	for _, k := range []struct {
		table  string
		age    time.Duration
		remove func(ctx context.Context, before time.Time, limit int) (int, error)
	}{
		{"audit_log", c.cfg.AuditAge, c.Store.RemoveAudit},
		{"replays", c.cfg.ReplayAge, c.Store.RemoveReplays},
		{"statistics", c.cfg.StatisticsAge, c.Store.RemoveStatistics},
		{"trace_spans", c.cfg.SpanAge, c.Store.RemoveSpans},
	} {
		if err == nil && k.age > 0 {
			before := started.Add(-k.age)
			err = c.drain(ctx, k.table, func(ctx context.Context, limit int) (int, error) { return k.remove(ctx, before, limit) })
		}
	}
	if err == nil && c.cfg.SpanBytes > 0 {
		err = c.drain(ctx, "trace_spans", func(ctx context.Context, limit int) (int, error) {
			return c.Store.RemoveSpansBeyond(ctx, c.cfg.SpanBytes, limit)
		})
	}
	if err == nil && c.cfg.Age > 0 {
		err = c.accounts(ctx, &sum)
	}
	if sum != (Step{}) {
		c.Log.InfoContext(ctx, "removed what is older than retention.age",
			slog.Int("events", sum.Events), slog.Int("deliveries", sum.Deliveries), slog.Int("attempts", sum.Attempts),
			slog.Int("expired", sum.Expired), slog.Duration("took", c.Now().Sub(started)))
	}
	if err != nil && ctx.Err() == nil {
		c.Log.ErrorContext(ctx, "cannot remove old events", slog.Any("error", err))
	}
}

// drain removes by steps until there is nothing left, with a rest after each. It
// is for what is kept for a time of its own, whatever that of events is.
func (c *Cleaner) drain(ctx context.Context, table string, remove func(ctx context.Context, limit int) (int, error)) error {
	for {
		started := c.Now()
		n, err := remove(ctx, c.cfg.Step)
		if err != nil {
			return err
		}
		c.metrics.removed.Add(int64(n), table)
		if !wait.For(ctx, rest*c.Now().Sub(started)) {
			return ctx.Err()
		}
		if n < c.cfg.Step {
			return nil
		}
	}
}

func (c *Cleaner) accounts(ctx context.Context, sum *Step) error {
	before := c.Now().Add(-c.cfg.Age)
	var after uuid.UUID
	for {
		ids, err := c.Store.AccountsBefore(ctx, before, after, accountsPage)
		if err != nil {
			return err
		}
		for _, id := range ids {
			// Deliveries first: an event must be there as long as they are.
			for _, step := range []func(context.Context, Window) (Step, error){c.Store.RemoveDeliveries, c.Store.RemoveEvents} {
				if err := c.steps(ctx, Window{AccountID: id, Before: before, Limit: c.cfg.Step}, step, sum); err != nil {
					return err
				}
			}
		}
		if len(ids) < accountsPage {
			return nil
		}
		after = ids[len(ids)-1]
	}
}

// steps takes steps through a window to its end, with a rest after each.
func (c *Cleaner) steps(ctx context.Context, w Window, step func(context.Context, Window) (Step, error), sum *Step) error {
	for {
		started := c.Now()
		done, err := step(ctx, w)
		if err != nil {
			return err
		}
		c.metrics.count(done)
		sum.Events += done.Events
		sum.Deliveries += done.Deliveries
		sum.Attempts += done.Attempts
		sum.Expired += done.Expired
		if !wait.For(ctx, rest*c.Now().Sub(started)) {
			return ctx.Err()
		}
		if done.Next == uuid.Nil {
			return nil
		}
		w.After = done.Next
	}
}

// measured is what the gauges show.
type measured struct {
	Size
	backlog int64
}

func (c *Cleaner) measure(ctx context.Context) {
	m, err := c.read(ctx)
	if err == nil {
		c.last.Store(&m)
	} else if ctx.Err() == nil {
		c.Log.ErrorContext(ctx, "cannot read the store's size", slog.Any("error", err))
	}
}

func (c *Cleaner) read(ctx context.Context) (m measured, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if m.Size, err = c.Store.Size(ctx); err != nil {
		return m, err
	}
	accounts, err := c.Store.Backlog(ctx)
	for _, n := range accounts {
		m.backlog += n
	}
	return m, err
}
