package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/bench/internal/receiver"
)

// published collects what a load publishes.
type published struct {
	mu   sync.Mutex
	seqs []int
}

func (p *published) publish(_ context.Context, from, to int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for seq := from; seq < to; seq++ {
		p.seqs = append(p.seqs, seq)
	}
	return nil
}

func numbers(from, to int) (out []int) {
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

func TestClosedPublishesEachOnce(t *testing.T) {
	t.Parallel()
	for _, batch := range []int{1, 7, 100, 5000} {
		var p published
		l := newLoad("r", 1010, p.publish)
		require.NoError(t, l.closed(t.Context(), batch, 10, 1010))
		slices.Sort(p.seqs)
		require.Equal(t, numbers(10, 1010), p.seqs)
		require.EqualValues(t, 1000, l.acceptedCount.Load())
		require.NotZero(t, l.sent[1009])
		require.Zero(t, l.sent[9])
		require.False(t, l.accepted[9])
	}
}

func TestRefusedIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoad("r", 10, func(_ context.Context, from, _ int) error {
			if from == 4 {
				return errors.New("full")
			}
			return nil
		})
		require.NoError(t, l.closed(t.Context(), 2, 0, 10))
		require.EqualValues(t, 8, l.acceptedCount.Load())
		require.Equal(t, 2, l.refused)
		require.Equal(t, "full", l.firstRefusal)
		require.Equal(t, []bool{true, true, true, true, false, false, true, true, true, true}, l.accepted)
	})
}

// A fixed rate goes on while requests are slow, and takes the time at which an
// event was due for when it was sent.
func TestOpenKeepsItsSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := newLoad("r", 10, func(context.Context, int, int) error {
			return wait(t.Context(), 10*time.Second)
		})
		reached := 0
		require.NoError(t, l.open(t.Context(), 100, 5, 10, nil, func(next int) { reached = next }))
		require.Equal(t, 10, reached)
		require.Equal(t, 10*time.Second+40*time.Millisecond, time.Since(start))
		for i := range 5 {
			require.Equal(t, start.Add(time.Duration(i)*10*time.Millisecond).UnixNano(), l.sent[5+i])
		}
		require.EqualValues(t, 5, l.acceptedCount.Load())
	})
}

func TestOpenStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p published
		l := newLoad("r", 1000, p.publish)
		stop := make(chan struct{})
		time.AfterFunc(95*time.Millisecond, func() { close(stop) })
		require.NoError(t, l.open(t.Context(), 100, 0, 1000, stop, func(int) {}))
		require.ElementsMatch(t, numbers(0, 10), p.seqs)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, l.open(ctx, 0.001, 10, 1000, nil, func(int) {}), context.Canceled)
		require.ErrorIs(t, l.closed(ctx, 1, 10, 1000), context.Canceled)
	})
}

func TestLostAndLatencies(t *testing.T) {
	t.Parallel()
	l := newLoad("r", 3, nil)
	l.accepted = []bool{true, false, true}
	l.sent = []int64{100, 200, 300}
	a := arrivals{150, 0, 0, 400, 205, 0} // two copies
	require.Equal(t, 2, l.lost(a))
	require.Equal(t, []time.Duration{50, 300, 5}, l.latencies(a, all))
	require.Equal(t, []time.Duration{5}, l.latencies(a, between(1, 3)))
	require.Equal(t, time.Unix(0, 400), l.last(a, all))
	require.Equal(t, time.Unix(0, 205), l.last(a, between(1, 3)))
}

func TestSlowPlan(t *testing.T) {
	t.Parallel()
	plan := newSlowPlan(10 * time.Second)
	require.Equal(t, slowPlan{alone: 500, events: 3500}, plan)
	modes := map[receiver.Mode]int{}
	for e := range slowEndpoints {
		modes[slowMode(e)]++
	}
	require.Equal(t, map[receiver.Mode]int{receiver.Hanging: 100, receiver.Failing: 50, receiver.Healthy: 50}, modes)
	healthy, among := map[int]bool{}, 0
	for seq := range plan.events {
		if seq < plan.alone {
			require.Equal(t, receiver.Healthy, slowMode(plan.target(seq)))
			require.False(t, plan.among(seq))
			healthy[plan.target(seq)] = true
		} else if plan.among(seq) {
			among++
		}
	}
	require.Len(t, healthy, 50)
	require.Equal(t, 750, among)
}
