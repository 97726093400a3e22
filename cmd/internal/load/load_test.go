package load

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const connections = 8

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
		l := New("r", 1010, connections, p.publish)
		require.NoError(t, l.Closed(t.Context(), batch, 10, 1010))
		slices.Sort(p.seqs)
		require.Equal(t, numbers(10, 1010), p.seqs)
		require.EqualValues(t, 1000, l.Count())
		require.NotZero(t, l.Sent[1009])
		require.Zero(t, l.Sent[9])
		require.Zero(t, l.Accepted[9])
		require.GreaterOrEqual(t, l.Accepted[1009], l.Sent[1009])
	}
}

func TestRefusedIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New("r", 10, connections, func(_ context.Context, from, _ int) error {
			if from == 4 {
				return errors.New("full")
			}
			return nil
		})
		require.NoError(t, l.Closed(t.Context(), 2, 0, 10))
		require.EqualValues(t, 8, l.Count())
		refused, first := l.Refused()
		require.Equal(t, 2, refused)
		require.Equal(t, "full", first)
		for seq, at := range l.Accepted {
			require.Equal(t, seq == 4 || seq == 5, at == 0, seq)
		}
	})
}

// A fixed rate goes on while requests are slow, and takes the time at which an
// event was due for when it was sent.
func TestOpenKeepsItsSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := New("r", 10, connections, func(context.Context, int, int) error {
			return Wait(t.Context(), 10*time.Second)
		})
		reached := 0
		require.NoError(t, l.Open(t.Context(), 100, 5, 10, nil, func(next int) { reached = next }))
		require.Equal(t, 10, reached)
		require.Equal(t, 10*time.Second+40*time.Millisecond, time.Since(start))
		for i := range 5 {
			require.Equal(t, start.Add(time.Duration(i)*10*time.Millisecond).UnixNano(), l.Sent[5+i])
		}
		require.EqualValues(t, 5, l.Count())
	})
}

func TestOpenStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p published
		l := New("r", 1000, connections, p.publish)
		stop := make(chan struct{})
		time.AfterFunc(95*time.Millisecond, func() { close(stop) })
		require.NoError(t, l.Open(t.Context(), 100, 0, 1000, stop, func(int) {}))
		require.ElementsMatch(t, numbers(0, 10), p.seqs)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, l.Open(ctx, 0.001, 10, 1000, nil, func(int) {}), context.Canceled)
		require.ErrorIs(t, l.Closed(ctx, 1, 10, 1000), context.Canceled)
	})
}

func TestLostAndLatencies(t *testing.T) {
	t.Parallel()
	l := New("r", 3, connections, nil)
	l.Accepted = []int64{110, 0, 310}
	l.Sent = []int64{100, 200, 300}
	a := Arrivals{150, 0, 0, 400, 205, 0} // two copies
	require.Equal(t, 2, l.Lost(a))
	require.Equal(t, []time.Duration{50, 300, 5}, l.Latencies(a, All))
	require.Equal(t, []time.Duration{5}, l.Latencies(a, Between(1, 3)))
	require.Equal(t, time.Unix(0, 400), l.Last(a, All))
	require.Equal(t, time.Unix(0, 205), l.Last(a, Between(1, 3)))
}
