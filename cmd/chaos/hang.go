package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/stats"
	"github.com/switchhook/switchhook/cmd/internal/unwell"
)

const (
	// The promise is a p99 within twice that of the healthy endpoints alone. Machines
	// that do other work besides are not to fail for it: only what is slower by
	// farFactor, and slower than farLatency, does.
	promisedFactor = 2
	farFactor      = 10
	farLatency     = time.Second
)

// hang compares the latency of healthy endpoints alone with that among others of
// which most hang until the timeout or fail. These then get well.
func hang(ctx context.Context, r *faultRun) (err error) {
	plan := unwell.NewPlan(r.size.phase)
	st, ctx, err := r.stand(ctx, setup{
		gateways: 1, events: plan.Events, target: plan.Target,
		endpoints: slices.Repeat([]string{provider.Name}, unwell.Endpoints), modes: unwell.Modes(),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	none := func(context.Context) error { return nil }
	err = st.under(ctx, func(ctx context.Context) error {
		if err := st.load.Open(ctx, unwell.Rate/unwell.Share, 0, plan.Alone, nil, func(int) {}); err != nil {
			return err
		}
		st.say("all %d endpoints get events; half hang, a quarter fails", unwell.Endpoints)
		return st.load.Open(ctx, unwell.Rate, plan.Alone, plan.Events, nil, func(int) {})
	}, none)
	if err != nil {
		return err
	}
	st.fault("all endpoints are well again")
	if err := st.Receiver.SetModes(ctx, st.setup.answering()); err != nil {
		return err
	}
	a, err := st.check(ctx)
	if err != nil {
		return err
	}
	p99 := func(keep func(int) bool) time.Duration { return stats.Percentile(st.load.Latencies(a, keep), 99) }
	st.compare(p99(func(seq int) bool { return seq < plan.Alone }), p99(plan.Among))
	return nil
}

// compare judges the latency of healthy endpoints.
func (r *faultRun) compare(alone, among time.Duration) {
	factor := float64(among) / float64(max(alone, 1))
	r.result.Values["healthy_alone_p99_ms"] = stats.Milliseconds(alone)
	r.result.Values["healthy_among_p99_ms"] = stats.Milliseconds(among)
	r.note("the healthy quarter's p99 is %.1f ms alone and %.1f ms among the others: × %.1f; promised is × %d",
		stats.Milliseconds(alone), stats.Milliseconds(among), factor, promisedFactor)
	if factor > farFactor && among > farLatency {
		r.broken("the healthy endpoints' p99 is %.1f times what it is alone", factor)
	}
}
