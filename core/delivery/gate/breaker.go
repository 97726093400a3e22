package gate

import (
	"math"
	"time"
)

// BreakerLimits say when attempts to a subscription stop, and for how long.
type BreakerLimits struct {
	// Failures in a row that open it; 0: it never opens.
	Failures int
	// After is how long these failures must have gone on, so that a moment's
	// trouble, or a burst of events that each fail once, does not open it.
	After time.Duration
	// Pause is how long it stays open the first time; each probe that fails doubles
	// it, up to MaxPause.
	Pause, MaxPause time.Duration
}

// breaker is closed while a subscription is well, open while nothing is tried, and
// half open while one probe is.
//
// It is not sony/gobreaker: that one has one pause, a clock of its own, and
// makes a closure for each request.
type breaker struct {
	limits   BreakerLimits
	failures int // in a row
	since    time.Time
	until    time.Time // zero: closed
	opened   int       // times in a row
}

// open tells that nothing may be tried now.
func (b *breaker) open(now time.Time) bool { return now.Before(b.until) }

// halfOpen tells that one attempt may be tried.
func (b *breaker) halfOpen(now time.Time) bool { return !b.until.IsZero() && !now.Before(b.until) }

func (b *breaker) succeeded() {
	b.failures, b.opened, b.until = 0, 0, time.Time{}
}

func (b *breaker) failed(now time.Time) {
	if b.failures == 0 {
		b.since = now
	}
	b.failures++
	switch {
	case b.limits.Failures == 0 || b.open(now): // attempts that were under way when it opened
	case b.halfOpen(now), b.failures >= b.limits.Failures && now.Sub(b.since) >= b.limits.After:
		pause := float64(b.limits.Pause) * math.Pow(2, float64(min(b.opened, 30)))
		b.until = now.Add(min(time.Duration(min(pause, float64(math.MaxInt64/2))), b.limits.MaxPause))
		b.opened++
	}
}

// forgettable: what it knows is no longer of use.
func (b *breaker) forgettable(now time.Time) bool {
	return b.failures == 0 || now.Sub(b.until) > 2*b.limits.MaxPause && now.Sub(b.since) > 2*b.limits.MaxPause
}
