package eventtype

import (
	"context"
	"fmt"
	"mime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
)

const (
	// recheck is how long a snapshot is used before the store is asked whether
	// something changed.
	recheck = time.Second
	// maxKept bounds the types in memory, over all accounts.
	maxKept = 20_000
	stripes = 64
)

// snapshot is an account's types by name. It does not change.
type snapshot map[string]known

// known is a type's schema, compiled when it was first seen.
type known struct {
	revision uuid.UUID
	// schema is nil where the type has none.
	schema *Schema
}

// kept is a snapshot with when it was last compared with the store.
type kept struct {
	types   snapshot
	checked time.Time
	epoch   uint64
}

// snapshots keeps those of accounts that publish. What this node changes is seen
// at once, what others do after [recheck].
type snapshots struct {
	store  Store
	now    func() time.Time
	epochs [stripes]atomic.Uint64
	cache  *otter.Cache[uuid.UUID, *kept]
}

func newSnapshots(store Store, now func() time.Time) *snapshots {
	return &snapshots{store: store, now: now, cache: otter.Must(&otter.Options[uuid.UUID, *kept]{
		MaximumWeight: maxKept,
		Weigher:       func(_ uuid.UUID, k *kept) uint32 { return uint32(1 + len(k.types)) }, //nolint:gosec // at most MaxTypes
	})}
}

func (s *snapshots) epoch(accountID uuid.UUID) *atomic.Uint64 {
	return &s.epochs[accountID[15]%stripes]
}

// forget makes the next get read the store.
func (s *snapshots) forget(accountID uuid.UUID) { s.epoch(accountID).Add(1) }

func (s *snapshots) get(ctx context.Context, accountID uuid.UUID) (snapshot, error) {
	epoch, now := s.epoch(accountID).Load(), s.now()
	before, ok := s.cache.GetIfPresent(accountID)
	if ok && before.epoch == epoch && now.Sub(before.checked) < recheck {
		return before.types, nil
	}
	var old snapshot
	if ok {
		old = before.types
	}
	types, err := s.read(ctx, accountID, old)
	if err != nil {
		return nil, fmt.Errorf("read event types: %w", err)
	}
	s.cache.Set(accountID, &kept{types: types, checked: now, epoch: epoch})
	return types, nil
}

// read compiles what is new and keeps what is not.
func (s *snapshots) read(ctx context.Context, accountID uuid.UUID, old snapshot) (snapshot, error) {
	revisions, err := s.store.EventTypeRevisions(ctx, accountID)
	if err != nil {
		return nil, err
	}
	out := make(snapshot, len(revisions))
	var changed []string
	for _, r := range revisions {
		if k, ok := old[r.Name]; ok && k.revision == r.Revision {
			out[r.Name] = k
		} else {
			changed = append(changed, r.Name)
		}
	}
	if len(changed) == 0 {
		return out, nil
	}
	types, err := s.store.EventTypes(ctx, accountID, changed)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		k := known{revision: t.Revision}
		if t.Schema != nil {
			if k.schema, err = Compile(t.Schema); err != nil {
				return nil, fmt.Errorf("the schema of %s: %w", t.Name, err)
			}
		}
		out[t.Name] = k
	}
	return out, nil
}

// isJSON tells whether data of a content type is JSON; that of none is
// (CloudEvents JSON format, section 3.1).
func isJSON(contentType string) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(media, "/json") || strings.HasSuffix(media, "+json"))
}
