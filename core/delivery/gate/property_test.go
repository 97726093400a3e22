package gate

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever happens, bounds hold, and all that was submitted is started, held or
// dropped once; what is held is asked for again until all has been started.
func TestGatesHoldTheirBoundsAndLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{
			InFlight:        rapid.IntRange(1, 6).Draw(t, "all"),
			PerSubscription: rapid.IntRange(1, 4).Draw(t, "one"),
			Waiting:         rapid.IntRange(1, 40).Draw(t, "waiting"),
			Breaker: BreakerLimits{
				Failures: rapid.IntRange(0, 4).Draw(t, "failures"), Pause: time.Second, MaxPause: 4 * time.Second,
			},
		}
		m := &model{stand: newStand(limits), limits: limits, store: map[Key][]*job{}}
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			m.step(t)
			m.check(t)
		}
		m.finish(t)
	})
}

// model is gates with a store behind them.
type model struct {
	*stand
	limits    Limits
	submitted int
	ended     map[*job]bool
	store     map[Key][]*job // held
	stored    int            // of stand.held, so many are in store
}

func (m *model) step(t *rapid.T) {
	switch rapid.SampledFrom([]string{"submit", "submit", "submit", "end", "end", "time", "refill", "sweep"}).Draw(t, "step") {
	case "submit":
		j := jobOf(byte(rapid.IntRange(1, 2).Draw(t, "account")), byte(rapid.IntRange(1, 3).Draw(t, "sub")), fmt.Sprint(m.submitted))
		j.pass.Retry = rapid.Bool().Draw(t, "retry")
		m.submitted++
		m.Submit(j)
	case "end":
		if running := m.running(); len(running) > 0 {
			m.end(rapid.SampledFrom(running).Draw(t, "which"), rapid.SampledFrom([]Result{Unknown, Succeeded, Failed}).Draw(t, "result"))
		}
	case "time":
		m.at = m.at.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
	case "refill":
		m.refill()
	case "sweep":
		m.Sweep()
	}
	m.keepHeld()
}

// keepHeld stores what was to be held, and says so as the engine does.
func (m *model) keepHeld() {
	for ; m.stored < len(m.held); m.stored++ {
		j := m.held[m.stored]
		m.store[j.pass.Key] = append(m.store[j.pass.Key], j)
		m.Held(j.pass.Key)
	}
}

func (m *model) refill() bool {
	r, ok := m.NextRefill()
	if !ok {
		return false
	}
	n := min(r.Size, len(m.store[r.Key]))
	works := m.store[r.Key][:n:n]
	m.store[r.Key] = m.store[r.Key][n:]
	m.Refilled(r, works, n == r.Size)
	return true
}

func (m *model) end(j *job, r Result) {
	if m.ended == nil {
		m.ended = map[*job]bool{}
	}
	m.ended[j] = true
	m.Done(j, r)
}

func (m *model) running() (out []*job) {
	for _, j := range m.started {
		if !m.ended[j] {
			out = append(out, j)
		}
	}
	return out
}

func (m *model) check(t require.TestingT) {
	one := map[Key]int{}
	running := m.running()
	for _, j := range running {
		one[j.pass.Key]++
		require.LessOrEqual(t, one[j.pass.Key], m.limits.PerSubscription)
	}
	require.LessOrEqual(t, len(running), m.limits.InFlight)
	require.Equal(t, len(running), m.inFlight)
	require.LessOrEqual(t, m.waiting, m.limits.Waiting)
	stored := 0
	for _, js := range m.store {
		stored += len(js)
	}
	require.Equal(t, m.submitted, len(m.started)+m.waiting+stored)
}

// finish lets everything succeed until nothing is left.
func (m *model) finish(t require.TestingT) {
	for round := 0; ; round++ {
		require.Less(t, round, 10_000, "it does not come to an end")
		for _, j := range m.running() {
			m.end(j, Succeeded)
			m.keepHeld()
			m.check(t)
		}
		for m.refill() {
			m.keepHeld()
		}
		if len(m.started) == m.submitted && len(m.running()) == 0 {
			break
		}
		// The engine looks into the store now and then, and timers fire.
		m.at = m.at.Add(5 * time.Second)
		for k, js := range m.store {
			if len(js) > 0 {
				m.Held(k)
			}
		}
		for _, l := range m.lines {
			m.timeIsUp(l)
		}
	}
	seen := map[*job]bool{}
	for _, j := range m.started {
		require.False(t, seen[j], "started twice")
		seen[j] = true
	}
	require.Zero(t, m.waiting)
	require.Empty(t, m.accounts)
	for c := range m.byClass {
		require.Zero(t, m.byClass[c])
		require.Zero(t, m.turns[c].order.len())
		require.Empty(t, m.turns[c].lanes)
	}
	m.Close()
}

func TestGatesUnderLoad(t *testing.T) {
	t.Parallel()
	var g *Gates[*job]
	var mu sync.Mutex
	var all sync.WaitGroup
	started := map[string]int{}
	g = New(Limits{InFlight: 8, PerSubscription: 2, Waiting: 100_000}, time.Now, Actions[*job]{
		Start: func(js []*job) {
			for _, j := range js {
				mu.Lock()
				started[j.name]++
				mu.Unlock()
				go func() {
					defer all.Done()
					g.Done(j, Succeeded)
				}()
			}
		},
		Hold: func([]*job) { t.Error("there was room") },
	})
	const n = 500
	all.Add(n)
	var submitting sync.WaitGroup
	for i := range n {
		submitting.Go(func() { g.Submit(jobOf(1, byte(i%7), fmt.Sprint(i))) })
	}
	submitting.Wait()
	all.Wait()
	require.Len(t, started, n)
	g.Close()
}
