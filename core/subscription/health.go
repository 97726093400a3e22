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
	lastError    atomic.Pointer[string]
}

func newHealth(s *Subscription) *health {
	h := &health{}
	if !s.FailingSince.IsZero() {
		h.failingSince.Store(s.FailingSince.UnixMicro())
	}
	if s.LastError != nil {
		h.lastError.Store(&s.LastError.Message)
	}
	return h
}

// NoteSuccess tells that an attempt succeeded; changed is true where the one
// before had failed. Only subscriptions of a snapshot may be told.
func (s *Subscription) NoteSuccess() (changed bool) {
	return s.health.failingSince.Swap(0) != 0
}

// NoteFailure tells that an attempt failed, and why; changed is true where the
// one before had succeeded or failed for another reason. It returns the first
// failure since the last success.
func (s *Subscription) NoteFailure(now time.Time, reason string) (since time.Time, changed bool) {
	before := s.health.lastError.Swap(&reason)
	if s.health.failingSince.CompareAndSwap(0, now.UnixMicro()) {
		return now, true
	}
	changed = before == nil || *before != reason
	us := s.health.failingSince.Load()
	if us == 0 { // a success came between
		return now, changed
	}
	return time.UnixMicro(us).UTC(), changed
}

// NoteDisabled keeps the snapshot from matching the subscription from now on,
// until the store says the same; first is true for the first who does so.
func (s *Subscription) NoteDisabled() (first bool) { return !s.health.disabled.Swap(true) }
