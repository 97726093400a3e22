package gate

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// job is work with a name.
type job struct {
	pass Pass
	name string
}

func (j *job) GatePass() *Pass { return &j.pass }

func keyOf(account, sub byte) Key { return Key{uuid.UUID{account}, uuid.UUID{account, sub}} }

func jobOf(account, sub byte, name string) *job {
	return &job{pass: Pass{Key: keyOf(account, sub)}, name: name}
}

// stand is gates whose started work the test ends, on a clock that it moves.
type stand struct {
	*Gates[*job]
	at                     time.Time
	started, held, dropped []*job
	refills                int
}

func newStand(l Limits) *stand {
	s := &stand{at: time.Unix(1_700_000_000, 0)}
	s.Gates = New(l, func() time.Time { return s.at }, Actions[*job]{
		Start:  func(js []*job) { s.started = append(s.started, js...) },
		Hold:   func(js []*job) { s.held = append(s.held, js...) },
		Drop:   func(js []*job) { s.dropped = append(s.dropped, js...) },
		Refill: func() { s.refills++ },
	})
	// Its clock stands still, so no timer may fire.
	s.after = func(_ time.Duration, f func()) *time.Timer { return time.AfterFunc(time.Hour, f) }
	return s
}

func names(js []*job) (out []string) {
	for _, j := range js {
		out = append(out, j.name)
	}
	return out
}

// prove makes a subscription a well-known one with its whole window.
func (s *stand) prove(account, sub byte) {
	for range s.limits.PerSubscription {
		j := jobOf(account, sub, "")
		s.Submit(j)
		s.started = s.started[:len(s.started)-1]
		s.Done(j, Succeeded)
	}
}

func TestOneSubscriptionIsBounded(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 10, PerSubscription: 1, Waiting: 100})
	a := jobOf(1, 1, "a")
	s.Submit(a, jobOf(1, 1, "b"), jobOf(1, 2, "c"))
	require.Equal(t, []string{"a", "c"}, names(s.started), "another subscription is not held up")
	s.Done(a, Succeeded)
	require.Equal(t, []string{"a", "c", "b"}, names(s.started), "in the order in which it came")
}

func TestWindowGrowsWithSuccessAndShrinksWithFailure(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 100, PerSubscription: 8, Waiting: 1000})
	for i := range 60 {
		s.Submit(jobOf(1, 1, fmt.Sprint(i)))
	}
	require.Len(t, s.started, firstWindow)
	ended := 0
	end := func(r Result) int {
		s.Done(s.started[ended], r)
		ended++
		return len(s.started) - ended
	}
	var inFlight []int
	for range 8 {
		inFlight = append(inFlight, end(Succeeded))
	}
	require.Equal(t, []int{3, 4, 5, 6, 7, 8, 8, 8}, inFlight)
	require.Equal(t, 7, end(Failed), "half of the window, which is less than what is in flight")
	for range 4 {
		end(Failed)
	}
	require.Equal(t, firstWindow, s.lines[keyOf(1, 1)].window)
}

func TestAccountsTakeTurns(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 1, PerSubscription: 1, Waiting: 100})
	s.Submit(jobOf(1, 1, "a1"), jobOf(1, 1, "a1'"), jobOf(1, 2, "a2"), jobOf(1, 3, "a3"), jobOf(2, 1, "b1"), jobOf(2, 1, "b1'"))
	for i := 0; i < len(s.started); i++ {
		s.Done(s.started[i], Unknown)
	}
	require.Equal(t, []string{"a1", "b1", "a2", "b1'", "a3", "a1'"}, names(s.started))
}

// However many hang or are tried again, first attempts to those that answer have
// places.
func TestClassesLeaveRoom(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 8, PerSubscription: 4, Waiting: 1000})
	s.prove(1, 1)
	for sub := range byte(20) {
		s.Submit(jobOf(2, sub, "unknown"))
	}
	require.Len(t, s.started, 6)
	s.Submit(jobOf(1, 1, "well"))
	require.Equal(t, "well", s.started[6].name)

	s = newStand(Limits{InFlight: 8, PerSubscription: 8, Waiting: 1000})
	s.prove(1, 1)
	for range 8 {
		j := jobOf(1, 1, "again")
		j.pass.Retry = true
		s.Submit(j)
	}
	require.Len(t, s.started, 4, "half of all")
	s.prove(3, 1)
	s.Submit(jobOf(3, 1, "first"))
	require.Equal(t, "first", s.started[4].name)
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 10, PerSubscription: 1, Waiting: 1000, Breaker: BreakerLimits{
		Failures: 3, After: 5 * time.Second, Pause: time.Second, MaxPause: 3 * time.Second,
	}})
	fail := func() {
		s.Submit(jobOf(1, 1, ""))
		s.Done(s.started[len(s.started)-1], Failed)
	}
	for range 5 {
		fail()
	}
	require.Len(t, s.started, 5, "it has not failed for long")
	s.at = s.at.Add(5 * time.Second)
	waiting := jobOf(1, 1, "waits")
	s.Submit(jobOf(1, 1, "opens"), waiting)
	s.Done(s.started[5], Failed)
	require.Equal(t, []string{"waits"}, names(s.held), "its line goes to the store")
	s.Submit(jobOf(1, 1, "refused"))
	require.Equal(t, []string{"waits", "refused"}, names(s.held))
	for _, pause := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second} {
		s.at = s.at.Add(pause - 1)
		held := len(s.held)
		s.Submit(jobOf(1, 1, "early"))
		require.Len(t, s.held, held+1)
		s.at = s.at.Add(1)
		before := len(s.started)
		s.Submit(jobOf(1, 1, "probe"), jobOf(1, 1, "behind"))
		require.Len(t, s.started, before+1, "one at a time")
		s.Done(s.started[before], Failed)
		require.Equal(t, "behind", s.held[len(s.held)-1].name)
	}
	s.at = s.at.Add(3 * time.Second)
	s.Submit(jobOf(1, 1, "probe"))
	s.Done(s.started[len(s.started)-1], Succeeded)
	require.Zero(t, s.lines[keyOf(1, 1)].breaker.failures)
	fail()
	s.Submit(jobOf(1, 1, "again"))
	require.Equal(t, "again", s.started[len(s.started)-1].name, "it is closed")
}

// A line that does not move keeps a few in memory.
func TestStalledLineIsEmptied(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 10, PerSubscription: 4, Waiting: 1600})
	for i := range 60 {
		s.Submit(jobOf(1, 1, fmt.Sprint(i)))
	}
	require.Empty(t, s.held)
	s.at = s.at.Add(stallAfter + 1)
	s.Submit(jobOf(1, 1, "late"))
	require.Len(t, s.held, 60+1-firstWindow-fewWaiting)
	require.Equal(t, "2", s.held[0].name, "the oldest first")
	require.Equal(t, fewWaiting, s.waiting)
}

// A line is as long as what it can deliver in a while, and never so long that
// nothing is left for others.
func TestRoom(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 1000, PerSubscription: 1, Waiting: 1000})
	s.prove(1, 1)
	for i := range 700 {
		s.Submit(jobOf(1, 1, fmt.Sprint(i)))
	}
	require.Equal(t, 500, s.waiting, "half of all for one, while its pace is not known")
	s.prove(2, 1)
	for i := range 700 {
		s.Submit(jobOf(2, 1, fmt.Sprint(i)))
	}
	require.Equal(t, 750, s.waiting, "half of the rest for the next")
	l := s.lines[keyOf(2, 1)]
	for range 30 { // 20 a second
		require.Greater(t, s.room(l, s.at), 200, "it may only be this gateway that is slow")
		s.at = s.at.Add(50 * time.Millisecond)
		s.Done(s.started[len(s.started)-1], Succeeded)
	}
	require.InDelta(t, 20, l.rate, 2)
	for range 30 { // 5 a second
		s.at = s.at.Add(200 * time.Millisecond)
		s.Done(s.started[len(s.started)-1], Succeeded)
	}
	require.InDelta(t, 5, l.rate, 1)
	require.Equal(t, shortLine, s.room(l, s.at), "no longer than what it delivers soon")
}

func TestRefill(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 10, PerSubscription: 2, Waiting: 1000})
	s.prove(1, 1)
	s.Held(keyOf(1, 1))
	require.Equal(t, 1, s.refills)
	r, ok := s.NextRefill()
	require.True(t, ok)
	require.Equal(t, keyOf(1, 1), r.Key)
	require.Equal(t, mostRefill, r.Size)
	_, ok = s.NextRefill()
	require.False(t, ok, "one at a time")
	var works []*job
	for range r.Size {
		works = append(works, jobOf(1, 1, ""))
	}
	s.Held(keyOf(1, 1)) // while it was being read
	s.Refilled(r, works, false)
	require.Empty(t, s.held)
	require.Equal(t, 1, s.refills, "its line is long enough")
	for i := 0; i < len(s.started); i++ {
		s.Done(s.started[i], Succeeded)
	}
	require.Equal(t, 2, s.refills, "what was held in between is not forgotten")
	r, ok = s.NextRefill()
	require.True(t, ok)
	s.Refilled(r, nil, false)
	require.Equal(t, 2, s.refills)
	_, ok = s.NextRefill()
	require.False(t, ok)
}

// Publishers who keep a line long do not starve what was held before.
func TestWhatIsHeldComesThroughALongLine(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 1, PerSubscription: 1, Waiting: 1000})
	s.prove(1, 1)
	for range 2 * refillAt {
		s.Submit(jobOf(1, 1, "new"))
	}
	s.Held(keyOf(1, 1))
	require.Equal(t, 1, s.refills)
	refill := func() {
		r, ok := s.NextRefill()
		require.True(t, ok)
		works := make([]*job, r.Size)
		for i := range works {
			works[i] = jobOf(1, 1, "held")
		}
		s.Refilled(r, works, true)
	}
	refill()
	keepLong := func() {
		s.Submit(jobOf(1, 1, "new"))
		s.Done(s.started[len(s.started)-1], Succeeded)
	}
	keepLong()
	require.Equal(t, 1, s.refills, "not with every attempt")
	s.at = s.at.Add(refillEvery)
	keepLong()
	require.Equal(t, 2, s.refills)
	refill()
	require.Greater(t, s.lines[keyOf(1, 1)].waiting.len(), refillAt)
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		begin := time.Now()
		var g *Gates[*job]
		g = New(Limits{InFlight: 100, PerSubscription: 100, Waiting: 1000, PerSecond: 10}, time.Now, Actions[*job]{
			Start: func(js []*job) {
				for _, j := range js {
					mu.Lock()
					at = append(at, time.Since(begin))
					mu.Unlock()
					go g.Done(j, Succeeded)
				}
			},
		})
		begun := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(at)
		}
		for range 30 {
			g.Submit(jobOf(1, 1, ""))
		}
		synctest.Wait()
		require.Equal(t, 10, begun(), "a second's worth at once")
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		synctest.Wait()
		require.InDelta(t, 20, begun(), 1)
		time.Sleep(time.Second + 10*time.Millisecond) //nolint:forbidigo // of the bubble's clock
		synctest.Wait()
		require.Equal(t, 30, begun())
		g.Close()
	})
}

func TestPublishersWaitWhileLinesAreFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStand(Limits{InFlight: 1, PerSubscription: 1, Waiting: 100})
		s.prove(1, 1)
		for range 40 {
			s.Submit(jobOf(1, 1, ""))
		}
		s.Eased(t.Context(), keyOf(2, 1).AccountID, time.Hour) // another account does not wait
		eased := make(chan time.Duration)
		wait := func(most time.Duration) {
			begin := time.Now()
			s.Eased(context.Background(), keyOf(1, 1).AccountID, most)
			eased <- time.Since(begin)
		}
		go wait(time.Second)
		require.Equal(t, time.Second, <-eased, "not for ever")
		go wait(time.Hour)
		synctest.Wait()
		for i := range 15 {
			s.Done(s.started[i], Succeeded)
		}
		require.Zero(t, <-eased)
		s.Close()
	})
}

func TestNothingStartsAfterClose(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 1, PerSubscription: 1, Waiting: 10})
	a := jobOf(1, 1, "a")
	s.Submit(a, jobOf(1, 1, "b"))
	s.Close()
	s.Submit(jobOf(1, 2, "c"))
	s.Held(keyOf(1, 1))
	s.Done(a, Succeeded)
	require.Equal(t, []string{"a"}, names(s.started))
	require.Equal(t, []string{"c"}, names(s.dropped))
	require.Zero(t, s.refills)
}

func TestIdleSubscriptionsAreForgotten(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 9, PerSubscription: 1, Waiting: 10, Breaker: BreakerLimits{Failures: 9, MaxPause: time.Minute}})
	s.prove(1, 1)
	j := jobOf(1, 2, "")
	s.Submit(j)
	s.Done(j, Failed)
	s.Sweep()
	require.Len(t, s.lines, 2)
	s.at = s.at.Add(idleAfter + 1)
	s.Sweep()
	require.Len(t, s.lines, 1, "one that fails is remembered for longer")
	s.at = s.at.Add(3 * time.Minute)
	s.Sweep()
	require.Empty(t, s.lines)
	require.Empty(t, s.accounts)
}
