package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/proc"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
	"github.com/switchhook/switchhook/cmd/internal/stats"
)

const (
	liveRate = 50.0 // events a second
	mebibyte = 1 << 20
	// memoryRoom is how much more memory the gateway and its plugins may hold with
	// a backlog, of whatever size, than before it: the events that may be in memory,
	// twice for the collector, and the store's caches.
	memoryRoom  = 128 * mebibyte
	memoryEvery = 500 * time.Millisecond
)

// Endpoints of the case.
const (
	liveEndpoint = iota
	hangingEndpoint
	failingEndpoint
)

// backlogRun is one run: an endpoint gets events at a fixed rate all the time,
// while two others are dead and all of their events wait.
type backlogRun struct {
	*stand
	// live events are numbered from 0, the waiting ones from firstDead.
	firstDead int
	nextLive  atomic.Int64
	// at which live event each phase begins.
	publishing, waiting, draining int
	back                          time.Time
}

func backlog(ctx context.Context, r *faultRun) (err error) {
	run := &backlogRun{firstDead: int(liveRate * r.size.limit.Seconds())}
	st, ctx, err := r.stand(ctx, setup{
		gateways: 1, events: run.firstDead + r.size.backlog,
		endpoints: []string{provider.Name, provider.Name, provider.Name},
		modes:     []receiver.Mode{receiver.Healthy, receiver.Hanging, receiver.Failing},
		target: func(seq int) int {
			if seq < run.firstDead {
				return liveEndpoint
			}
			return hangingEndpoint + seq%failingEndpoint
		},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	run.stand = st
	stop := make(chan struct{})
	err = st.under(ctx, func(ctx context.Context) error {
		return st.load.Open(ctx, liveRate, 0, run.firstDead, stop, func(next int) { run.nextLive.Store(int64(next)) })
	}, func(ctx context.Context) error {
		defer close(stop)
		return run.phases(ctx)
	})
	if err != nil {
		return err
	}
	a, err := st.check(ctx)
	if err != nil {
		return err
	}
	run.tell(a)
	return nil
}

// phases are: the live endpoint alone, the backlog being published, all of it
// waiting, and the dead endpoints back.
func (r *backlogRun) phases(ctx context.Context) error {
	if err := load.Wait(ctx, r.size.phase); err != nil {
		return err
	}
	before, err := proc.Memory(r.members[0].running.PID)
	if err != nil {
		return err
	}
	peak, err := r.peakWhile(ctx, func() error {
		r.publishing = int(r.nextLive.Load())
		r.say("publishing %d events for dead endpoints", r.size.backlog)
		if err := r.load.Closed(ctx, 1, r.firstDead, len(r.load.Sent)); err != nil {
			return err
		}
		r.waiting = int(r.nextLive.Load())
		r.say("all of them wait")
		return load.Wait(ctx, r.size.phase)
	})
	if err != nil {
		return err
	}
	r.remember(before, peak)
	r.draining, r.back = int(r.nextLive.Load()), time.Now()
	r.fault("the dead endpoints are back")
	if err := r.Receiver.SetModes(ctx, r.setup.answering()); err != nil {
		return err
	}
	return load.Wait(ctx, r.size.phase)
}

// peakWhile returns the most memory that the gateway and its plugins hold
// meanwhile, in bytes.
func (r *backlogRun) peakWhile(ctx context.Context, f func() error) (peak int64, err error) {
	sampling, cancel := context.WithCancel(ctx)
	defer cancel()
	samples := make(chan []proc.Sample, 1)
	failed := make(chan error, 1)
	go func() {
		all, err := proc.Watch(sampling, memoryEvery, r.members[0].running.PID)
		samples <- all
		failed <- err
	}()
	err = f()
	cancel()
	for _, s := range <-samples {
		peak = max(peak, s.Bytes)
	}
	return peak, errors.Join(err, <-failed)
}

// remember writes the memory before the backlog and with it, in bytes.
func (r *faultRun) remember(before, peak int64) {
	r.result.Values["memory_before_mib"], r.result.Values["memory_peak_mib"] = float64(before)/mebibyte, float64(peak)/mebibyte
	r.note("memory is %d MiB before the backlog and at most %d MiB with it; promised are at most %d more",
		before/mebibyte, peak/mebibyte, memoryRoom/mebibyte)
	if peak-before > memoryRoom {
		r.broken("memory grows by %d MiB with a backlog of %d events", (peak-before)/mebibyte, r.size.backlog)
	}
}

// tell writes how the live endpoint fared, and how fast the backlog drained.
func (r *backlogRun) tell(a load.Arrivals) {
	p99 := func(name string, from, to int) float64 {
		ms := stats.Milliseconds(stats.Percentile(r.load.Latencies(a, load.Between(from, to)), 99))
		r.result.Values[name] = ms
		return ms
	}
	r.note("the live endpoint's p99 is %.1f ms alone, %.1f ms while the backlog is published, %.1f ms while it waits, %.1f ms while it drains",
		p99("live_alone_p99_ms", 0, r.publishing), p99("live_publishing_p99_ms", r.publishing, r.waiting),
		p99("live_waiting_p99_ms", r.waiting, r.draining), p99("live_draining_p99_ms", r.draining, r.firstDead))
	took := r.load.Last(a, load.Between(r.firstDead, len(r.load.Sent))).Sub(r.back)
	r.result.Values["drained_s"] = took.Seconds()
	r.note("the backlog of %d events drained in %.1f s", r.size.backlog, took.Seconds())
}
