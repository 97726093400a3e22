package gate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStats(t *testing.T) {
	t.Parallel()
	s := newStand(Limits{InFlight: 100, PerSubscription: 1, Waiting: 100, Breaker: BreakerLimits{Failures: 1, Pause: time.Minute, MaxPause: time.Minute}})
	require.Equal(t, Stats{}, s.Stats())
	s.prove(1, 1)
	began := s.at
	retry := jobOf(3, 1, "retry")
	retry.pass.Retry = true
	s.Submit(jobOf(1, 1, "proven"), jobOf(1, 1, "waits"), jobOf(2, 1, "suspect"), retry)
	s.at = s.at.Add(time.Second)
	s.Submit(jobOf(1, 1, "waits too"), jobOf(2, 1, "waits as well"))
	want := Stats{Proven: 1, Suspect: 1, Retries: 1, Waiting: 3, Oldest: began, Closed: 3}
	require.Equal(t, want, s.Stats())

	s.Done(retry, Failed)
	want.Retries, want.Closed, want.Open = 0, 2, 1
	require.Equal(t, want, s.Stats())
	s.at = s.at.Add(time.Minute)
	want.Open, want.HalfOpen = 0, 1
	require.Equal(t, want, s.Stats())
}
