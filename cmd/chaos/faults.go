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
// until the next publish was acknowledged and all that had been acknowledged
// before had arrived.
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
	var next int64
	for _, at := range l.Accepted {
		if at > from && (next == 0 || at < next) {
			next = at
		}
	}
	return time.Duration(max(last, next) - from)
}
