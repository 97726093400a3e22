package main

import (
	"context"
	"errors"
	"time"

	"github.com/switchhook/switchhook/cmd/bench/internal/receiver"
	"github.com/switchhook/switchhook/cmd/bench/internal/stats"
)

const (
	slowEndpoints = 200
	slowRate      = 200.0 // events a second, to all endpoints in turn
	healthyShare  = 4     // one endpoint in so many is healthy
)

const (
	aloneP99 = "healthy_alone_p99_ms"
	amongP99 = "healthy_among_p99_ms"
	shareP99 = "among_to_alone"
)

// slowMode is how an endpoint answers: of four two hang, one fails, one is well.
func slowMode(endpoint int) receiver.Mode {
	switch endpoint % healthyShare {
	case 0, 2:
		return receiver.Hanging
	case 1:
		return receiver.Failing
	default:
		return receiver.Healthy
	}
}

// healthyEndpoint is the n-th that is healthy.
func healthyEndpoint(n int) int {
	return n%(slowEndpoints/healthyShare)*healthyShare + healthyShare - 1
}

// slowPlan is which event goes where: first the healthy endpoints alone get
// theirs, then all get some, the healthy ones at the same rate as before.
type slowPlan struct{ alone, events int }

func newSlowPlan(phase time.Duration) slowPlan {
	alone := int(slowRate / healthyShare * phase.Seconds())
	return slowPlan{alone: alone, events: alone + int(slowRate*1.5*phase.Seconds())}
}

func (p slowPlan) target(seq int) int {
	if seq < p.alone {
		return healthyEndpoint(seq)
	}
	return (seq - p.alone) % slowEndpoints
}

// among keeps the events for healthy endpoints while the others are slow.
func (p slowPlan) among(seq int) bool {
	return seq >= p.alone && slowMode(p.target(seq)) == receiver.Healthy
}

// slow compares the latency of healthy endpoints alone with that among endpoints
// which hang until the timeout or fail. These then get well, so that all that was
// accepted must arrive.
func slow(ctx context.Context, b *bench) (r *result, err error) {
	plan := newSlowPlan(b.size.phase)
	s := setup{provider: ownProvider, endpoints: slowEndpoints}
	st, err := b.stand(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	st.setup.target = plan.target
	for e := range slowEndpoints {
		st.setup.modes = append(st.setup.modes, slowMode(e))
	}
	l, end, err := st.load(ctx, plan.events)
	if err != nil {
		return nil, err
	}
	defer end()
	m, err := b.meter(ctx, st.gateway.PID)
	if err != nil {
		return nil, err
	}
	defer m.cancel()
	if err := l.open(ctx, slowRate/healthyShare, 0, plan.alone, nil, func(int) {}); err != nil {
		return nil, err
	}
	if err := l.open(ctx, slowRate, plan.alone, plan.events, nil, func(int) {}); err != nil {
		return nil, err
	}
	if err := b.receiver.SetModes(ctx, s.answering()); err != nil {
		return nil, err
	}
	a, p, err := st.drain(ctx, l)
	if err != nil {
		return nil, err
	}
	r = newResult(l, a, p)
	among := l.latencies(a, plan.among)
	r.time(among)
	alone := stats.Milliseconds(stats.Percentile(l.latencies(a, between(0, plan.alone)), 99))
	r.Values[aloneP99], r.Values[amongP99] = alone, r.P99
	if alone > 0 {
		r.Values[shareP99] = r.P99 / alone
	}
	return r, m.finish(ctx, r)
}
