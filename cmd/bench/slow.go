package main

import (
	"context"
	"errors"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/stats"
	"github.com/switchhook/switchhook/cmd/internal/unwell"
)

const (
	aloneP99 = "healthy_alone_p99_ms"
	amongP99 = "healthy_among_p99_ms"
	shareP99 = "among_to_alone"
)

// slow compares the latency of healthy endpoints alone with that among endpoints
// which hang until the timeout or fail. These then get well, so that all that was
// accepted must arrive.
func slow(ctx context.Context, b *bench) (r *result, err error) {
	plan := unwell.NewPlan(b.size.phase)
	s := setup{provider: provider.Name, endpoints: unwell.Endpoints}
	st, err := b.stand(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	st.setup.target, st.setup.modes = plan.Target, unwell.Modes()
	l, end, err := st.load(ctx, plan.Events)
	if err != nil {
		return nil, err
	}
	defer end()
	m, err := b.meter(ctx, st.gateway.PID)
	if err != nil {
		return nil, err
	}
	defer m.cancel()
	if err := l.Open(ctx, unwell.Rate/unwell.Share, 0, plan.Alone, nil, func(int) {}); err != nil {
		return nil, err
	}
	if err := l.Open(ctx, unwell.Rate, plan.Alone, plan.Events, nil, func(int) {}); err != nil {
		return nil, err
	}
	if err := b.Receiver.SetModes(ctx, s.answering()); err != nil {
		return nil, err
	}
	a, p, err := st.drain(ctx, l)
	if err != nil {
		return nil, err
	}
	r = newResult(l, a, p)
	among := l.Latencies(a, plan.Among)
	r.time(among)
	alone := stats.Milliseconds(stats.Percentile(l.Latencies(a, load.Between(0, plan.Alone)), 99))
	r.Values[aloneP99], r.Values[amongP99] = alone, r.P99
	if alone > 0 {
		r.Values[shareP99] = r.P99 / alone
	}
	return r, m.finish(ctx, r)
}
