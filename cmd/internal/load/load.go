// Package load publishes the events of a run, at a fixed rate or as fast as it
// goes, and tells what became of them: lost, how late, how many were refused.
package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// MaxOpen bounds the requests under way of a fixed rate; what is due beyond
	// starts late, and its latency says so.
	MaxOpen = 512
	// refusedPause keeps a connection that was refused from trying at once again.
	refusedPause = 50 * time.Millisecond
)

// Load is the events of one run, numbered from 0, and what became of publishing
// them. Its slices are to be read once what publishes has returned.
type Load struct {
	// Run is its name.
	Run string
	// Sent is when each event was sent, or was due where the rate is fixed, in Unix
	// nanoseconds; 0 is not at all.
	Sent []int64
	// Accepted is when each event was acknowledged, in Unix nanoseconds; 0 is never.
	Accepted []int64
	// Publish publishes the events from up to, not with, to.
	Publish func(ctx context.Context, from, to int) error

	connections  int
	count        atomic.Int64
	mu           sync.Mutex
	refused      int
	firstRefusal string
}

// New returns a load of so many events, published over so many connections.
func New(run string, events, connections int, publish func(ctx context.Context, from, to int) error) *Load {
	return &Load{Run: run, Sent: make([]int64, events), Accepted: make([]int64, events), Publish: publish, connections: connections}
}

// Count is how many events have been acknowledged so far.
func (l *Load) Count() int64 { return l.count.Load() }

// Refused is how many events were not acknowledged so far, and why the first was not.
func (l *Load) Refused() (events int, first string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused, l.firstRefusal
}

// Closed publishes the events from up to to as fast as connections take them,
// batch in a request.
func (l *Load) Closed(ctx context.Context, batch, from, to int) error {
	var next atomic.Int64
	next.Store(int64(from))
	var workers sync.WaitGroup
	for range l.connections {
		workers.Go(func() {
			for ctx.Err() == nil {
				first := int(next.Add(int64(batch))) - batch
				if first >= to {
					return
				}
				if !l.send(ctx, first, min(first+batch, to), time.Now()) && Wait(ctx, refusedPause) != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// Open publishes the events from up to to at a fixed rate a second, each when it
// is due, whatever becomes of those before, until all are out or stop is closed.
// It tells reached which event is next.
func (l *Load) Open(ctx context.Context, rate float64, from, to int, stop <-chan struct{}, reached func(int)) error {
	var requests sync.WaitGroup
	defer requests.Wait()
	room := make(chan struct{}, MaxOpen)
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for seq := from; seq < to; seq++ {
		due := start.Add(time.Duration(float64(seq-from) / rate * float64(time.Second)))
		timer.Reset(time.Until(due))
		select {
		case <-timer.C:
		case <-stop:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		requests.Go(func() {
			l.send(ctx, seq, seq+1, due)
			<-room
		})
		reached(seq + 1)
	}
	return nil
}

// send publishes events in one request and tells whether they were accepted.
func (l *Load) send(ctx context.Context, from, to int, at time.Time) bool {
	for seq := from; seq < to; seq++ {
		l.Sent[seq] = at.UnixNano()
	}
	if err := l.Publish(ctx, from, to); err != nil {
		if ctx.Err() == nil {
			l.refuse(to-from, err)
		}
		return false
	}
	now := time.Now().UnixNano()
	for seq := from; seq < to; seq++ {
		l.Accepted[seq] = now
	}
	l.count.Add(int64(to - from))
	return true
}

func (l *Load) refuse(events int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused == 0 {
		l.firstRefusal = err.Error()
	}
	l.refused += events
}

// Arrivals are when events arrived, as the receiver has them.
type Arrivals []int64

// Lost counts the deliveries of accepted events that did not arrive.
func (l *Load) Lost(a Arrivals) int {
	n := 0
	for i, at := range a {
		if at == 0 && l.Accepted[i%len(l.Accepted)] != 0 {
			n++
		}
	}
	return n
}

// Latencies are those, from sent to arrived, of the events that keep wants.
func (l *Load) Latencies(a Arrivals, keep func(seq int) bool) []time.Duration {
	var out []time.Duration
	for i, at := range a {
		if seq := i % len(l.Sent); at != 0 && keep(seq) {
			out = append(out, time.Duration(at-l.Sent[seq]))
		}
	}
	return out
}

// Last is when the last of the events that keep wants arrived.
func (l *Load) Last(a Arrivals, keep func(seq int) bool) time.Time {
	var most int64
	for i, at := range a {
		if at > most && keep(i%len(l.Sent)) {
			most = at
		}
	}
	return time.Unix(0, most)
}

// All keeps every event.
func All(int) bool { return true }

// Between keeps the events from up to, not with, to.
func Between(from, to int) func(int) bool {
	return func(seq int) bool { return seq >= from && seq < to }
}

// Wait waits, or returns early with the error of ctx when that ends.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
