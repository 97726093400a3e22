package delivery

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// line is gates whose started work the test ends.
type line struct {
	*gates
	started []*work
}

func newLine(all, one, waiting int) *line {
	l := &line{}
	l.gates = newGates(all, one, waiting, func(w *work) { l.started = append(l.started, w) })
	return l
}

func workOf(sub byte, name string) *work {
	return &work{Delivery: Delivery{SubscriptionID: uuid.UUID{sub}, EventType: name}}
}

func (l *line) names() (out []string) {
	for _, w := range l.started {
		out = append(out, w.EventType)
	}
	return out
}

func TestGatesBoundOneSubscription(t *testing.T) {
	t.Parallel()
	l := newLine(10, 1, 2)
	a := workOf(1, "a")
	require.Equal(t, gateTaken, l.submit(a))
	require.Equal(t, gateTaken, l.submit(workOf(1, "b")))
	require.Equal(t, gateTaken, l.submit(workOf(1, "c")))
	require.Equal(t, gateFull, l.submit(workOf(1, "d")))
	require.Equal(t, gateTaken, l.submit(workOf(2, "e")), "another subscription is not held up")
	require.Equal(t, []string{"a", "e"}, l.names())
	l.done(a)
	require.Equal(t, []string{"a", "e", "b"}, l.names(), "in the order in which it came")
	require.Equal(t, gateTaken, l.submit(workOf(1, "f")), "there is room in the line again")
	require.Equal(t, []string{"a", "e", "b"}, l.names(), "nobody overtakes who waits")
}

func TestGatesTakeTurns(t *testing.T) {
	t.Parallel()
	l := newLine(1, 10, 10)
	for _, w := range []*work{workOf(1, "a1"), workOf(1, "a2"), workOf(1, "a3"), workOf(2, "b1"), workOf(2, "b2"), workOf(3, "c1")} {
		require.Equal(t, gateTaken, l.submit(w))
	}
	for i := 0; i < len(l.started); i++ {
		l.done(l.started[i])
	}
	require.Equal(t, []string{"a1", "a2", "b1", "c1", "a3", "b2"}, l.names())
	require.Empty(t, l.bySub, "nothing is kept of idle subscriptions")
	require.Empty(t, l.turns)
}

func TestGatesStartNothingAfterClose(t *testing.T) {
	t.Parallel()
	l := newLine(1, 1, 5)
	a := workOf(1, "a")
	l.submit(a)
	l.submit(workOf(1, "b"))
	l.close()
	require.Equal(t, gateClosed, l.submit(workOf(2, "c")))
	l.done(a)
	require.Equal(t, []string{"a"}, l.names())
}

func TestGatesHoldTheirBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, one, waiting := rapid.IntRange(1, 4).Draw(t, "all"), rapid.IntRange(1, 3).Draw(t, "one"), rapid.IntRange(1, 3).Draw(t, "waiting")
		l := newLine(all, one, waiting)
		ended, taken := 0, 0
		check := func() {
			inFlight := map[uuid.UUID]int{}
			for _, w := range l.started[ended:] {
				inFlight[w.SubscriptionID]++
				require.LessOrEqual(t, inFlight[w.SubscriptionID], one)
			}
			require.LessOrEqual(t, len(l.started)-ended, all)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "submit") {
				if l.submit(workOf(byte(rapid.IntRange(1, 3).Draw(t, "sub")), "")) == gateTaken {
					taken++
				}
			} else if ended < len(l.started) {
				ended++
				l.done(l.started[ended-1])
			}
			check()
		}
		for ended < len(l.started) {
			ended++
			l.done(l.started[ended-1])
			check()
		}
		require.Len(t, l.started, taken, "all that was taken is started")
		require.Empty(t, l.bySub)
		require.Zero(t, l.all)
	})
}

func TestGatesUnderLoad(t *testing.T) {
	t.Parallel()
	var g *gates
	var mu sync.Mutex
	var all sync.WaitGroup
	started := map[string]int{}
	g = newGates(8, 2, 1000, func(w *work) {
		mu.Lock()
		started[w.EventType]++
		mu.Unlock()
		go func() {
			defer all.Done()
			g.done(w)
		}()
	})
	const n = 500
	all.Add(n)
	var submitting sync.WaitGroup
	for i := range n {
		submitting.Go(func() {
			if g.submit(workOf(byte(i%7), fmt.Sprint(i))) != gateTaken {
				t.Error("there was room")
			}
		})
	}
	submitting.Wait()
	all.Wait()
	require.Len(t, started, n)
	require.Empty(t, g.bySub)
}
