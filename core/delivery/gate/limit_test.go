package gate

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func limited(sub byte, own LineLimits) *job {
	j := jobOf(1, sub, "")
	j.pass.Limits = own
	return j
}

func TestOwnLimitsStayWithinThoseOfAll(t *testing.T) {
	t.Parallel()
	all := Limits{InFlight: 100, PerSubscription: 8, Waiting: 1000, PerSecond: 10}
	for name, c := range map[string]struct {
		own       LineLimits
		most      int
		perSecond float64
		burst     int
	}{
		"none":                 {LineLimits{}, 8, 10, 10},
		"fewer in flight":      {LineLimits{InFlight: 3}, 3, 10, 10},
		"more in flight":       {LineLimits{InFlight: 50}, 8, 10, 10},
		"slower":               {LineLimits{PerSecond: 0.5}, 8, 0.5, 1},
		"faster than all may":  {LineLimits{PerSecond: 200}, 8, 10, 10},
		"as fast as all may":   {LineLimits{PerSecond: 10}, 8, 10, 10},
		"both of its own kind": {LineLimits{InFlight: 1, PerSecond: 9}, 1, 9, 1},
	} {
		l := newLine[*job](keyOf(1, 1), all, time.Unix(0, 0))
		l.limit(all, c.own, time.Unix(0, 0))
		require.Equal(t, c.most, l.most, name)
		require.LessOrEqual(t, l.window, c.most, name)
		require.InDelta(t, c.perSecond, float64(l.limiter.Limit()), 1e-9, name)
		require.Equal(t, c.burst, l.limiter.Burst(), name)
	}
	unbounded := Limits{InFlight: 100, PerSubscription: 8, Waiting: 1000}
	l := newLine[*job](keyOf(1, 1), unbounded, time.Unix(0, 0))
	l.limit(unbounded, LineLimits{PerSecond: 400}, time.Unix(0, 0))
	require.Equal(t, 20, l.limiter.Burst(), "a twentieth of a second's worth")
	l.limit(unbounded, LineLimits{}, time.Unix(0, 0))
	require.Nil(t, l.limiter, "and none again")
}

func TestWorkBringsTheLimitsOfItsSubscription(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 100, PerSubscription: 8, Waiting: 1000})
	s.prove(1, 1)
	for range 5 {
		s.Submit(limited(1, LineLimits{InFlight: 2}))
	}
	require.Len(t, s.started, 2)
	s.Submit(limited(1, LineLimits{InFlight: 4}))
	s.Done(s.started[0], Succeeded)
	require.Len(t, s.started, 1+3, "a success opens the window by one")
	require.Equal(t, []Key{keyOf(1, 1)}, s.Waiting())
	s.Limit(keyOf(1, 1), LineLimits{InFlight: 1})
	s.Done(s.started[1], Succeeded)
	require.Len(t, s.started, 4, "there are more in flight than may be now")
	s.Limit(keyOf(1, 1), LineLimits{})
	s.Done(s.started[2], Succeeded)
	require.Len(t, s.started, 6)
	require.Empty(t, s.Waiting())
	s.Limit(keyOf(7, 7), LineLimits{InFlight: 1}) // of a line that is not there
}

// What waits for a rate that has become slower does not fill memory.
func TestASlowerRateHasTheRestHeld(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 100, PerSubscription: 1, Waiting: 1000})
	s.prove(1, 1)
	for range 301 {
		s.Submit(limited(1, LineLimits{}))
	}
	require.Empty(t, s.held)
	s.Limit(keyOf(1, 1), LineLimits{PerSecond: 1})
	require.Len(t, s.held, 300-shortLine)
}

func TestAnOwnRateIsKeptInEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		started := make(chan *job, 1000)
		g := New(Limits{InFlight: 100, PerSubscription: 100, Waiting: 1000}, time.Now, Actions[*job]{
			Start: func(js []*job) {
				for _, j := range js {
					started <- j
				}
			},
		})
		defer g.Close()
		for range 60 {
			g.Submit(limited(1, LineLimits{PerSecond: 20}))
		}
		for range 60 {
			j := <-started
			at = append(at, time.Now())
			g.Done(j, Succeeded)
		}
		for i := range at {
			n := 0
			for _, other := range at[i:] {
				if other.Sub(at[i]) < time.Second {
					n++
				}
			}
			require.LessOrEqual(t, n, 21)
		}
		require.InDelta(t, 3, at[59].Sub(at[0]).Seconds(), 0.2)
	})
}
