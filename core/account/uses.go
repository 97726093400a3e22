package account

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	// useEvery is how often the uses of keys are written.
	useEvery = time.Minute
	// maxUses bounds the keys whose use waits to be written; others are seen when
	// they are used again.
	maxUses = 10_000
	// lastWrite bounds the writing at the end.
	lastWrite = 5 * time.Second
)

// KeyUse is when a key was used.
type KeyUse struct {
	AccountID, KeyID uuid.UUID
	At               time.Time
}

// uses are those that wait to be written. A key in use is read from the store
// once a second, which is when its use is noted: requests pay nothing.
type uses struct {
	mu      sync.Mutex
	waiting map[[2]uuid.UUID]time.Time
}

func newUses() *uses { return &uses{waiting: map[[2]uuid.UUID]time.Time{}} }

func (u *uses) add(k *Key, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	ref := [2]uuid.UUID{k.AccountID, k.ID}
	if _, known := u.waiting[ref]; known || len(u.waiting) < maxUses {
		u.waiting[ref] = at
	}
}

func (u *uses) take() []KeyUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := make([]KeyUse, 0, len(u.waiting))
	for ref, at := range u.waiting {
		out = append(out, KeyUse{AccountID: ref[0], KeyID: ref[1], At: at})
	}
	clear(u.waiting)
	return out
}

// used notes the use of a key that was read because somebody has sent it.
func (s *Service) used(k *Key, err error) (*Key, error) {
	if now := s.now(); err == nil && k.Usable(now) {
		s.uses.add(k, now)
	}
	return k, err
}

// Run writes the last uses of keys until ctx ends, and once more then.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(useEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.WriteUses(ctx)
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			s.WriteUses(ctx)
			return
		}
	}
}

// WriteUses writes the uses of keys that wait. Those that cannot be written are
// lost: the next use is written instead.
func (s *Service) WriteUses(ctx context.Context) {
	uses := s.uses.take()
	if len(uses) == 0 {
		return
	}
	if err := s.store.NoteUse(ctx, uses); err != nil {
		s.log.WarnContext(ctx, "cannot write when keys were last used", slog.Any("error", err))
	}
}
