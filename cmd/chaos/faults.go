package main

import (
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
)

// fault is something that was broken, and from when recovery counts: for a part
// that is away for a time of the run's own choice, from its return.
type fault struct {
	name string
	from time.Time
}

type faults []fault

// longest returns the longest recovery and whose it is: the time from a fault
// until the next publish was acknowledged, an event of later has arrived in each
// copy, and all that had been acknowledged before has.
func (f faults) longest(l *load.Load, a load.Arrivals) (longest time.Duration, of string) {
	for _, one := range f {
		if d := one.recovery(l, a); d > longest || of == "" {
			longest, of = d, one.name
		}
	}
	return longest, of
}

func (f fault) recovery(l *load.Load, a load.Arrivals) time.Duration {
	from, last := f.from.UnixNano(), f.from.UnixNano()
	for i, at := range a {
		if acknowledged := l.Accepted[i%len(l.Accepted)]; acknowledged != 0 && acknowledged <= from {
			last = max(last, at)
		}
	}
	last = max(last, earliest(l.Accepted, func(i int) bool { return l.Accepted[i] > from }))
	for copies := a; len(copies) > 0; copies = copies[len(l.Accepted):] {
		last = max(last, earliest(copies[:len(l.Accepted)], func(i int) bool { return l.Accepted[i] > from }))
	}
	return time.Duration(last - from)
}

// earliest is the least time that is set, of those that keep wants; 0 is none.
func earliest(times []int64, keep func(int) bool) (out int64) {
	for i, at := range times {
		if at != 0 && keep(i) && (out == 0 || at < out) {
			out = at
		}
	}
	return out
}
