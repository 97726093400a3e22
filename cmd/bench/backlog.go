package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
	"github.com/switchhook/switchhook/cmd/internal/stats"
)

const (
	liveEndpoint = 0
	deadEndpoint = 1
	liveRate     = 50.0 // events a second
)

const (
	publishedPerSecond = "published_per_second"
	memoryBefore       = "memory_before_mib"
	memoryWaiting      = "memory_waiting_mib"
	liveAlone          = "live_p99_alone_ms"
	livePublishing     = "live_p99_publishing_ms"
	liveWaiting        = "live_p99_waiting_ms"
	liveDraining       = "live_p99_draining_ms"
)

// backlogLimit leaves 500 events a second to publish and as many to deliver.
func backlogLimit(s size) time.Duration {
	return 3*time.Minute + time.Duration(s.backlog)*4*time.Millisecond
}

// backlogRun is one run: an endpoint gets events at a fixed rate all the time,
// while another hangs and all of its events wait.
type backlogRun struct {
	*stand
	l *load.Load
	// live events are numbered from 0, the waiting ones from firstDead.
	firstDead int
	nextLive  atomic.Int64
	// when and at which live event each phase begins.
	alone, publishing, waiting, draining, done mark
}

type mark struct {
	at   time.Time
	live int
}

func (r *backlogRun) mark() mark { return mark{time.Now(), int(r.nextLive.Load())} }

func backlog(ctx context.Context, b *bench) (res *result, err error) {
	s := setup{provider: provider.Name, endpoints: 2}
	st, err := b.stand(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	run := &backlogRun{stand: st, firstDead: int(liveRate * backlogLimit(b.size).Seconds())}
	st.setup.modes = []receiver.Mode{receiver.Healthy, receiver.Hanging}
	st.setup.target = func(seq int) int {
		if seq < run.firstDead {
			return liveEndpoint
		}
		return deadEndpoint
	}
	l, end, err := st.load(ctx, run.firstDead+b.size.backlog)
	if err != nil {
		return nil, err
	}
	defer end()
	run.l = l
	m, err := b.meter(ctx, st.gateway.PID)
	if err != nil {
		return nil, err
	}
	defer m.cancel()
	if err := run.besideLive(ctx, run.phases); err != nil {
		return nil, err
	}
	a, p, err := st.drain(ctx, l)
	if err != nil {
		return nil, err
	}
	res = run.result(a, p)
	if err := m.finish(ctx, res); err != nil {
		return nil, err
	}
	run.memory(res, m.start)
	return res, nil
}

// besideLive calls f while the live endpoint gets its events.
func (r *backlogRun) besideLive(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop, live := make(chan struct{}), make(chan error, 1)
	go func() {
		live <- r.l.Open(ctx, liveRate, 0, r.firstDead, stop, func(next int) { r.nextLive.Store(int64(next)) })
	}()
	err := f(ctx)
	if err != nil {
		cancel()
	}
	close(stop)
	return errors.Join(err, <-live)
}

func (r *backlogRun) phases(ctx context.Context) error {
	r.alone = r.mark()
	if err := load.Wait(ctx, r.size.phase/2); err != nil {
		return err
	}
	r.publishing = r.mark()
	if err := r.l.Closed(ctx, batchSize, r.firstDead, len(r.l.Sent)); err != nil {
		return err
	}
	r.waiting = r.mark()
	if err := load.Wait(ctx, r.size.phase/2); err != nil {
		return err
	}
	r.draining = r.mark()
	if err := r.Receiver.SetModes(ctx, r.setup.answering()); err != nil {
		return err
	}
	err := r.drained(ctx)
	r.done = r.mark()
	return err
}

// drained waits until about all that waited has arrived, or nothing more does.
func (r *backlogRun) drained(ctx context.Context) error {
	most, since := int64(-1), time.Now()
	for time.Since(since) < drainIdle {
		p, err := r.Receiver.Progress(ctx)
		if err != nil {
			return err
		}
		// A second's live events may be under way.
		missing := r.l.Count() - p.Delivered
		if missing <= int64(liveRate) {
			return nil
		}
		// The live events do not change the difference for long.
		if done := p.Delivered - r.nextLive.Load(); done > most {
			most, since = done, time.Now()
		}
		if err := load.Wait(ctx, drainPoll); err != nil {
			return err
		}
	}
	return nil
}

func (r *backlogRun) result(a load.Arrivals, p receiver.Progress) *result {
	res := newResult(r.l, a, p)
	dead := load.Between(r.firstDead, len(r.l.Sent))
	if n := len(r.l.Latencies(a, dead)); n > 0 {
		res.PerSecond = float64(n) / r.l.Last(a, dead).Sub(r.draining.at).Seconds()
	}
	res.time(r.l.Latencies(a, load.Between(r.waiting.live, r.draining.live)))
	p99 := func(from, to mark) float64 {
		return stats.Milliseconds(stats.Percentile(r.l.Latencies(a, load.Between(from.live, to.live)), 99))
	}
	res.Values[liveAlone] = p99(r.alone, r.publishing)
	res.Values[livePublishing] = p99(r.publishing, r.waiting)
	res.Values[liveWaiting] = p99(r.waiting, r.draining)
	res.Values[liveDraining] = p99(r.draining, r.done)
	res.Values[publishedPerSecond] = float64(r.size.backlog) / r.waiting.at.Sub(r.publishing.at).Seconds()
	return res
}

// memory compares before the backlog and with all of it waiting. start is that of
// the samples, which are a second apart.
func (r *backlogRun) memory(res *result, start time.Time) {
	at := func(when time.Time) float64 {
		i := min(int(when.Sub(start)/memoryEvery), len(res.MemoryMiB)-1)
		return res.MemoryMiB[max(i, 0)]
	}
	if len(res.MemoryMiB) > 0 {
		res.Values[memoryBefore], res.Values[memoryWaiting] = at(r.publishing.at), at(r.draining.at)
	}
}
