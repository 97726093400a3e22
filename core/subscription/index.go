package subscription

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
)

const (
	// indexWeight bounds the subscriptions in memory, over all accounts.
	indexWeight = 1_000_000
	indexPage   = 1000
	stripes     = 256
	// recheck is how long a snapshot is used before the store is asked whether
	// another node changed something.
	recheck = time.Second
)

// Index keeps a snapshot of each active account's subscriptions in memory.
//
// A snapshot is used while its stripe's epoch is what it was before the snapshot
// was read, so one read during a change is never kept. Accounts share stripes to
// keep the epochs few; a neighbour's change costs a reload. Changes that other
// nodes made are seen by the store's count of them, after [recheck] at most.
type Index struct {
	store  Store
	made   time.Time
	epochs [stripes]atomic.Uint64
	cache  *otter.Cache[uuid.UUID, *Snapshot]
}

// NewIndex returns an empty index on a store.
func NewIndex(store Store) *Index {
	return &Index{
		store: store,
		made:  time.Now(),
		cache: otter.Must(&otter.Options[uuid.UUID, *Snapshot]{
			MaximumWeight: indexWeight,
			Weigher:       func(_ uuid.UUID, s *Snapshot) uint32 { return uint32(1 + len(s.byID)) }, //nolint:gosec // fits
		}),
	}
}

func (x *Index) epoch(accountID uuid.UUID) *atomic.Uint64 { return &x.epochs[accountID[15]] }

// Invalidate makes the next Snapshot of the account read the store again.
func (x *Index) Invalidate(accountID uuid.UUID) { x.epoch(accountID).Add(1) }

// Snapshot returns an account's subscriptions, at least as new as the last
// Invalidate before the call, and as the changes of other nodes a second ago.
func (x *Index) Snapshot(ctx context.Context, accountID uuid.UUID) (*Snapshot, error) {
	epoch := x.epoch(accountID).Load()
	now := int64(time.Since(x.made))
	before, ok := x.cache.GetIfPresent(accountID)
	if ok && before.epoch == epoch && now-before.checked.Load() < int64(recheck) {
		return before, nil
	}
	// Counted before the subscriptions are read: a change in between is read again.
	changes, err := x.store.Changes(ctx, accountID)
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	if ok && before.epoch == epoch && before.changes == changes {
		before.checked.Store(now)
		return before, nil
	}
	s, err := x.read(ctx, accountID, before)
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	s.epoch, s.changes = epoch, changes
	s.checked.Store(now)
	x.cache.Set(accountID, s)
	return s, nil
}

func (x *Index) read(ctx context.Context, accountID uuid.UUID, before *Snapshot) (*Snapshot, error) {
	b := newSnapshot()
	q := Query{AccountID: accountID, Limit: indexPage}
	for {
		page, err := x.store.ListSubscriptions(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page {
			b.add(&page[i], before)
		}
		if len(page) < indexPage {
			return b, nil
		}
		q.After = page[len(page)-1].ID
	}
}
