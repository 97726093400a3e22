package subscription

import (
	"sync/atomic"
	"time"
)

// health is what attempts say about a subscription since its snapshot was read:
// the microsecond of the first failure after the last success, or 0.
type health struct {
	failingSince atomic.Int64
	disabled     atomic.Bool
}

func newHealth(since time.Time) *health {
	h := &health{}
	if !since.IsZero() {
		h.failingSince.Store(since.UnixMicro())
	}
	return h
}

// NoteSuccess tells that an attempt succeeded; changed is true where the one
// before had failed. Only subscriptions of a snapshot may be told.
func (s *Subscription) NoteSuccess() (changed bool) {
	return s.health.failingSince.Swap(0) != 0
}

// NoteFailure tells that an attempt failed; changed is true where the one before
// had succeeded. It returns the first failure since the last success.
func (s *Subscription) NoteFailure(now time.Time) (since time.Time, changed bool) {
	if s.health.failingSince.CompareAndSwap(0, now.UnixMicro()) {
		return now, true
	}
	us := s.health.failingSince.Load()
	if us == 0 { // a success came between
		return now, false
	}
	return time.UnixMicro(us).UTC(), false
}

// NoteDisabled keeps the snapshot from matching the subscription from now on,
// until the store says the same.
func (s *Subscription) NoteDisabled() { s.health.disabled.Store(true) }
