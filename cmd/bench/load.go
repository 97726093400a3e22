package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxOpen bounds the requests under way of a fixed rate; what is due beyond
	// starts late, and its latency says so.
	maxOpen = 512
	// refusedPause keeps a connection that was refused from trying at once again.
	refusedPause = 50 * time.Millisecond
)

// load is the events of one run, numbered from 0, and what became of publishing
// them.
type load struct {
	run string
	// sent is when each event was sent, or was due where the rate is fixed, in Unix
	// nanoseconds; 0 is not at all.
	sent     []int64
	accepted []bool
	// publish publishes the events from up to, not with, to.
	publish func(ctx context.Context, from, to int) error

	acceptedCount atomic.Int64
	mu            sync.Mutex
	refused       int
	firstRefusal  string
}

func newLoad(run string, events int, publish func(ctx context.Context, from, to int) error) *load {
	return &load{run: run, sent: make([]int64, events), accepted: make([]bool, events), publish: publish}
}

// closed publishes the events from up to to as fast as connections take them,
// batch in a request.
func (l *load) closed(ctx context.Context, batch, from, to int) error {
	var next atomic.Int64
	next.Store(int64(from))
	var workers sync.WaitGroup
	for range connections {
		workers.Go(func() {
			for ctx.Err() == nil {
				first := int(next.Add(int64(batch))) - batch
				if first >= to {
					return
				}
				if !l.send(ctx, first, min(first+batch, to), time.Now()) && wait(ctx, refusedPause) != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// open publishes the events from up to to at a fixed rate a second, each when it
// is due, whatever becomes of those before, until all are out or stop is closed.
// It tells reached which event is next.
func (l *load) open(ctx context.Context, rate float64, from, to int, stop <-chan struct{}, reached func(int)) error {
	var requests sync.WaitGroup
	defer requests.Wait()
	room := make(chan struct{}, maxOpen)
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
func (l *load) send(ctx context.Context, from, to int, at time.Time) bool {
	for seq := from; seq < to; seq++ {
		l.sent[seq] = at.UnixNano()
	}
	if err := l.publish(ctx, from, to); err != nil {
		if ctx.Err() == nil {
			l.refuse(to-from, err)
		}
		return false
	}
	for seq := from; seq < to; seq++ {
		l.accepted[seq] = true
	}
	l.acceptedCount.Add(int64(to - from))
	return true
}

func (l *load) refuse(events int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused == 0 {
		l.firstRefusal = err.Error()
	}
	l.refused += events
}

// arrivals are when events arrived, as the receiver has them.
type arrivals []int64

// lost counts the deliveries of accepted events that did not arrive.
func (l *load) lost(a arrivals) int {
	n := 0
	for i, at := range a {
		if at == 0 && l.accepted[i%len(l.accepted)] {
			n++
		}
	}
	return n
}

// latencies are those, from sent to arrived, of the events that keep wants.
func (l *load) latencies(a arrivals, keep func(seq int) bool) []time.Duration {
	var out []time.Duration
	for i, at := range a {
		if seq := i % len(l.sent); at != 0 && keep(seq) {
			out = append(out, time.Duration(at-l.sent[seq]))
		}
	}
	return out
}

// last is when the last of the events that keep wants arrived.
func (l *load) last(a arrivals, keep func(seq int) bool) time.Time {
	var most int64
	for i, at := range a {
		if at > most && keep(i%len(l.sent)) {
			most = at
		}
	}
	return time.Unix(0, most)
}

// all keeps every event.
func all(int) bool { return true }

// between keeps the events from up to, not with, to.
func between(from, to int) func(int) bool {
	return func(seq int) bool { return seq >= from && seq < to }
}
