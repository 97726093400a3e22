package load

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const drainPoll = 50 * time.Millisecond

// Drain waits until every acknowledged event has arrived at a receiver in all its
// copies, or nothing new has for so long as idle, and returns what has arrived.
func (l *Load) Drain(ctx context.Context, r *receiver.Receiver, copies int, idle time.Duration) (Arrivals, receiver.Progress, error) {
	last, since := int64(-1), time.Now()
	for {
		p, err := r.Progress(ctx)
		if err != nil {
			return nil, p, err
		}
		if p.Delivered != last {
			last, since = p.Delivered, time.Now()
		}
		over := time.Since(since) > idle
		if over || p.Delivered >= l.Count()*int64(copies) {
			a, err := r.Arrivals(ctx)
			// An event may arrive whose publish failed, in place of one that is missing.
			if err != nil || over || l.Lost(a) == 0 {
				return a, p, err
			}
		}
		if err := Wait(ctx, drainPoll); err != nil {
			return nil, p, err
		}
	}
}
