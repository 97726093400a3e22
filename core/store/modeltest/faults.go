package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Fault is a mistake that a store could make.
type Fault struct {
	Name string
	// Plant puts it into a process's store.
	Plant func(p Process, b *Bench) Process
	// Mute: it breaks no promise, so that only the reference shows it.
	Mute bool
	// Faint: what real gateways do does not show it, or seldom.
	Faint bool
}

// Faults are those that an exploration must find.
func Faults() []Fault {
	return []Fault{
		{Name: "a dead node may record", Plant: func(p Process, b *Bench) Process { return undead{p, b} }, Faint: true},
		{Name: "a claim leaves deliveries held", Plant: func(p Process, b *Bench) Process { return stillHeld{p, b} }, Faint: true},
		{Name: "a claim leaves deliveries due", Plant: func(p Process, b *Bench) Process { return stillDue{p, b} }},
		{Name: "a take-over forgets deliveries", Plant: func(p Process, b *Bench) Process { return forgetful{p, b} }},
		{Name: "the first outcome settles", Plant: func(p Process, b *Bench) Process { return hasty{p, b} }},
		{Name: "events are claimed whoever has them", Plant: func(p Process, b *Bench) Process { return greedy{p, b} }},
		{Name: "an attempt is overwritten", Plant: func(p Process, b *Bench) Process { return rewriting{p, b} }, Faint: true},
		{Name: "a repeated event is pending again", Plant: func(p Process, b *Bench) Process { return repeating{p, b} }, Mute: true, Faint: true},
		{Name: "what comes late revives what is cancelled", Plant: func(p Process, b *Bench) Process { return reviving{p, b} }},
		{Name: "nobody has what is cancelled before it has a row", Plant: func(p Process, b *Bench) Process { return letting{p, b} }, Faint: true},
		{Name: "a take-over makes due what is cancelled", Plant: func(p Process, b *Bench) Process { return unending{p, b} }, Mute: true, Faint: true},
		{Name: "what is given back may be another's", Plant: func(p Process, b *Bench) Process { return &generous{Process: p, b: b} }},
	}
}

// execute changes the database behind a store's back.
func (b *Bench) execute(format string, args ...any) error {
	for i, a := range args {
		if id, ok := a.(uuid.UUID); ok {
			args[i] = b.Literal(id[:])
		}
	}
	_, err := b.DB.ExecContext(context.Background(), fmt.Sprintf(format, args...))
	return err
}

func (b *Bench) literals(ids []uuid.UUID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = b.Literal(id[:])
	}
	return strings.Join(out, ", ")
}

// undead is a store that does not look whether a node lives.
type undead struct {
	Process
	b *Bench
}

func (u undead) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	keys, err := u.Process.Commit(ctx, b)
	if !errors.Is(err, node.ErrFenced) {
		return keys, err
	}
	if err := u.RegisterNode(ctx, b.Node, "undead"); err != nil {
		return nil, err
	}
	keys, err = u.Process.Commit(ctx, b)
	return keys, errors.Join(err, u.b.execute("DELETE FROM nodes WHERE id = %s", b.Node))
}

type stillHeld struct {
	Process
	b *Bench
}

func (s stillHeld) ClaimHeld(ctx context.Context, self uuid.UUID, ref delivery.SubscriptionRef, limit int) ([]delivery.Claimed, error) {
	claimed, err := s.Process.ClaimHeld(ctx, self, ref, limit)
	return claimed, errors.Join(err, s.b.eachClaimed(claimed, "held = TRUE"))
}

func (b *Bench) eachClaimed(claimed []delivery.Claimed, change string) error {
	if len(claimed) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(claimed))
	for i, c := range claimed {
		ids[i] = c.Delivery.ID
	}
	return b.execute("UPDATE deliveries SET %s WHERE id IN (%s)", change, b.literals(ids))
}

type stillDue struct {
	Process
	b *Bench
}

func (s stillDue) ClaimDeliveries(ctx context.Context, self uuid.UUID, now time.Time, limit int) ([]delivery.Claimed, error) {
	claimed, err := s.Process.ClaimDeliveries(ctx, self, now, limit)
	return claimed, errors.Join(err, s.b.eachClaimed(claimed, fmt.Sprintf("due_at = %d", now.UnixMicro())))
}

// forgetful frees the events of the dead alone.
type forgetful struct {
	Process
	b *Bench
}

func (f forgetful) TakeOver(ctx context.Context, self uuid.UUID, deadAfter time.Duration) (int, error) {
	before, err := read(f.b.DB)
	if err != nil {
		return 0, err
	}
	n, err := f.Process.TakeOver(ctx, self, deadAfter)
	if err != nil {
		return n, err
	}
	after, err := read(f.b.DB)
	for k, d := range before.rows {
		if err == nil && d.node != after.rows[k].node {
			err = f.b.execute("UPDATE deliveries SET node_id = %s, due_at = NULL WHERE id = %s", d.node, k)
		}
	}
	return n, err
}

// hasty takes the first outcome of an event for its last.
type hasty struct {
	Process
	b *Bench
}

func (h hasty) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	b.Outcomes = slices.Clone(b.Outcomes)
	for i, o := range b.Outcomes {
		early := *o
		early.Settles = true
		b.Outcomes[i] = &early
	}
	return h.Process.Commit(ctx, b)
}

// greedy takes events from those who have them.
type greedy struct {
	Process
	b *Bench
}

func (g greedy) ClaimEvents(ctx context.Context, self uuid.UUID, limit int) ([]*event.Event, error) {
	if err := g.b.execute("UPDATE pending_events SET node_id = NULL WHERE node_id <> %s", self); err != nil {
		return nil, err
	}
	return g.Process.ClaimEvents(ctx, self, limit)
}

// rewriting gives what an attempt led to to the attempt before as well.
type rewriting struct {
	Process
	b *Bench
}

func (r rewriting) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	keys, err := r.Process.Commit(ctx, b)
	for _, o := range b.Outcomes {
		if err == nil && o.Attempt != nil {
			err = errors.Join(
				r.b.execute("UPDATE attempts SET trace_id = '%s' WHERE delivery_id = %s", o.Attempt.TraceID, o.Delivery.ID),
				r.b.execute("UPDATE deliveries SET attempt_trace_id = '%s' WHERE attempt_started_at IS NOT NULL AND id = %s", o.Attempt.TraceID, o.Delivery.ID),
			)
		}
	}
	return keys, err
}

// repeating marks events again whose id was used before.
type repeating struct {
	Process
	b *Bench
}

func (r repeating) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	keys, err := r.Process.Commit(ctx, b)
	for i, k := range keys {
		if err == nil && k != b.Events[i].Event.Key {
			err = r.b.execute("INSERT INTO pending_events (account_id, event_key, node_id) VALUES (%s, %s, NULL) ON CONFLICT DO NOTHING",
				b.Events[i].Event.AccountID, k)
		}
	}
	return keys, err
}

// generous frees whatever anyone has after a commit that failed.
type generous struct {
	Process
	b *Bench

	failed atomic.Bool
}

func (g *generous) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	keys, err := g.Process.Commit(ctx, b)
	if err != nil {
		g.failed.Store(true)
	}
	return keys, err
}

func (g *generous) ClaimEvents(ctx context.Context, self uuid.UUID, limit int) ([]*event.Event, error) {
	if g.failed.Swap(false) {
		if err := g.b.execute("UPDATE pending_events SET node_id = NULL WHERE node_id IS NOT NULL"); err != nil {
			return nil, err
		}
	}
	return g.Process.ClaimEvents(ctx, self, limit)
}

// reviving takes every outcome for the last word.
type reviving struct {
	Process
	b *Bench
}

func (r reviving) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	keys, err := r.Process.Commit(ctx, b)
	for _, o := range b.Outcomes {
		if err == nil {
			err = r.b.execute("UPDATE deliveries SET status = %d WHERE status = %d AND id = %s", o.Delivery.Status, sdk.DeliveryCancelled, o.Delivery.ID)
		}
	}
	return keys, err
}

// unending has what a dead node had attempted, cancelled or not.
type unending struct {
	Process
	b *Bench
}

func (u unending) TakeOver(ctx context.Context, self uuid.UUID, deadAfter time.Duration) (int, error) {
	before, err := read(u.b.DB)
	if err != nil {
		return 0, err
	}
	n, err := u.Process.TakeOver(ctx, self, deadAfter)
	if err != nil {
		return n, err
	}
	after, err := read(u.b.DB)
	for k, d := range before.rows {
		if err == nil && d.status == sdk.DeliveryCancelled && d.node != after.rows[k].node {
			err = u.b.execute("UPDATE deliveries SET due_at = 1 WHERE id = %s", k)
		}
	}
	return n, err
}

// letting frees a first delivery that is cancelled, while its node is at it.
type letting struct {
	Process
	b *Bench
}

func (l letting) CancelFirst(ctx context.Context, d *delivery.Delivery) (*delivery.Record, error) {
	r, err := l.Process.CancelFirst(ctx, d)
	if err == nil {
		err = l.b.execute("UPDATE deliveries SET node_id = NULL WHERE lease = 0 AND id = %s", d.ID)
	}
	return r, err
}
