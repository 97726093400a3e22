package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
	"github.com/switchhook/switchhook/cmd/internal/stats"
)

const (
	bundledProvider = "standard"
	fanoutEndpoints = 10
	rateEvents      = 100 // a second
)

func one(ctx context.Context, b *bench) (*result, error) {
	return b.asFastAsItGoes(ctx, setup{provider: bundledProvider, endpoints: 1}, b.size.deliveries, 1)
}

func fanout(ctx context.Context, b *bench) (*result, error) {
	s := setup{provider: bundledProvider, endpoints: fanoutEndpoints, everyone: true}
	return b.asFastAsItGoes(ctx, s, b.size.deliveries/fanoutEndpoints, 1)
}

func batch(ctx context.Context, b *bench) (*result, error) {
	return b.asFastAsItGoes(ctx, setup{provider: bundledProvider, endpoints: 1}, b.size.deliveries, batchSize)
}

func failing(ctx context.Context, b *bench) (*result, error) {
	s := setup{provider: provider.Name, endpoints: fanoutEndpoints, modes: slices.Repeat([]receiver.Mode{receiver.FailingFirst}, fanoutEndpoints)}
	return b.asFastAsItGoes(ctx, s, b.size.deliveries/2, 1)
}

func (b *bench) asFastAsItGoes(ctx context.Context, s setup, events, batch int) (*result, error) {
	return b.measure(ctx, s, events, func(l *load.Load) error { return l.Closed(ctx, batch, 0, events) },
		func(r *result, l *load.Load, a load.Arrivals, start time.Time) {
			if r.Deliveries > 0 {
				r.PerSecond = float64(r.Deliveries) / l.Last(a, load.All).Sub(start).Seconds()
			}
		})
}

func rate(ctx context.Context, b *bench) (*result, error) {
	events := int(rateEvents * b.size.phase.Seconds())
	return b.measure(ctx, setup{provider: bundledProvider, endpoints: 1}, events,
		func(l *load.Load) error { return l.Open(ctx, rateEvents, 0, events, nil, func(int) {}) },
		func(*result, *load.Load, load.Arrivals, time.Time) {})
}

// measure publishes events to a gateway of its own and waits for all deliveries;
// finish adds what is the case's own.
func (b *bench) measure(ctx context.Context, s setup, events int, publish func(*load.Load) error, finish func(r *result, l *load.Load, a load.Arrivals, start time.Time)) (r *result, err error) {
	st, err := b.stand(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	l, end, err := st.load(ctx, events)
	if err != nil {
		return nil, err
	}
	defer end()
	m, err := b.meter(ctx, st.gateway.PID)
	if err != nil {
		return nil, err
	}
	defer m.cancel()
	start := time.Now()
	if err := publish(l); err != nil {
		return nil, err
	}
	a, p, err := st.drain(ctx, l)
	if err != nil {
		return nil, err
	}
	r = newResult(l, a, p)
	r.time(l.Latencies(a, load.All))
	finish(r, l, a, start)
	if err := m.finish(ctx, r); err != nil || s.after == nil {
		return r, err
	}
	return r, s.after(ctx, st, r)
}

// newResult counts what was accepted, delivered and lost.
func newResult(l *load.Load, a load.Arrivals, p receiver.Progress) *result {
	refused, first := l.Refused()
	return &result{
		Accepted: int(l.Count()), Refused: refused, FirstRefusal: first,
		Deliveries: int(p.Delivered), Lost: l.Lost(a), Duplicates: p.Duplicates, Values: map[string]float64{},
	}
}

// time sets the latencies that the table shows.
func (r *result) time(latencies []time.Duration) {
	r.P50 = stats.Milliseconds(stats.Percentile(latencies, 50))
	r.P99 = stats.Milliseconds(stats.Percentile(latencies, 99))
}
