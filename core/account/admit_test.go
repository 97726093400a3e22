package account_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// emitted notes which limits were reached.
type emitted []string

func (e *emitted) LimitReached(_ context.Context, _ uuid.UUID, limit string) { *e = append(*e, limit) }

// limited is a service with an account that has limits.
func limited(t *testing.T, limits account.Limits) (*bench, *emitted, uuid.UUID) {
	t.Helper()
	b, told := newBench(t), &emitted{}
	b.Service = account.NewService(b.store, func() time.Time { return b.now }, slog.New(slog.DiscardHandler), account.WithEmitter(told))
	id := b.account(t, "acme")
	_, err := b.UpdateSettings(t.Context(), id, 0, account.SettingsPatch{Limits: &limits})
	require.NoError(t, err)
	return b, told, id
}

func TestAdmitKeepsTheRate(t *testing.T) {
	t.Parallel()
	b, told, acme := limited(t, account.Limits{EventsPerSecond: 2, Burst: 4})
	events := func(n int) []sdk.Event { return make([]sdk.Event, n) }
	for _, left := range []int{3, 1, 0} {
		n := map[int]int{3: 1, 1: 2, 0: 1}[left]
		pace, err := b.Admit(t.Context(), acme, events(n))
		require.NoError(t, err)
		require.Equal(t, 4, pace.Limit)
		require.Equal(t, 2*time.Second, pace.Window)
		require.Equal(t, left, pace.Remaining)
	}
	pace, err := b.Admit(t.Context(), acme, events(3))
	requireCode(t, err, sdk.CodeRateLimited)
	require.Equal(t, 1500*time.Millisecond, sdk.AsError(err).RetryAfter)
	require.Equal(t, &account.Pace{Limit: 4, Window: 2 * time.Second, Reset: 2 * time.Second}, pace)
	b.now = b.now.Add(1500 * time.Millisecond)
	_, err = b.Admit(t.Context(), acme, events(3))
	require.NoError(t, err, "who was refused has used up nothing")
	_, err = b.Admit(t.Context(), acme, events(5))
	requireCode(t, err, sdk.CodeTooLarge)
	require.Equal(t, emitted{"events_per_second", "events_per_second"}, *told)
}

func TestAdmitBoundsAnEventsData(t *testing.T) {
	t.Parallel()
	b, told, acme := limited(t, account.Limits{MaxEventBytes: 10})
	pace, err := b.Admit(t.Context(), acme, []sdk.Event{{Data: make([]byte, 10)}})
	require.NoError(t, err)
	require.Nil(t, pace)
	_, err = b.Admit(t.Context(), acme, []sdk.Event{{}, {Data: make([]byte, 11)}})
	requireCode(t, err, sdk.CodeTooLarge)
	require.Equal(t, emitted{"max_event_bytes"}, *told)
	other := b.account(t, "other")
	_, err = b.Admit(t.Context(), other, []sdk.Event{{Data: make([]byte, 11)}})
	require.NoError(t, err, "limits are of one account")
	_, err = b.Admit(t.Context(), uuid.New(), nil)
	requireCode(t, err, sdk.CodeNotFound)
}

// Over any time, no more gets through than the burst and the rate allow.
func TestAdmitLetsThroughNoMoreThanTheRate(t *testing.T) {
	t.Parallel()
	b, _, acme := limited(t, account.Limits{})
	rapid.Check(t, func(r *rapid.T) {
		l := account.Limits{EventsPerSecond: rapid.Float64Range(0.1, 1000).Draw(r, "rate"), Burst: rapid.IntRange(1, 500).Draw(r, "burst")}
		_, err := b.UpdateSettings(t.Context(), acme, 0, account.SettingsPatch{Limits: &l})
		require.NoError(r, err)
		// The same limits may have been drawn before: their bucket is full again.
		b.now = b.now.Add(24 * time.Hour)
		began, through := b.now, 0
		for range rapid.IntRange(1, 50).Draw(r, "requests") {
			b.now = b.now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(r, "wait")))
			n := rapid.IntRange(1, 600).Draw(r, "events")
			pace, err := b.Admit(t.Context(), acme, make([]sdk.Event, n))
			require.LessOrEqual(r, pace.Remaining, l.Burst)
			if err == nil {
				through += n
			}
		}
		require.LessOrEqual(r, float64(through), float64(l.Burst)+b.now.Sub(began).Seconds()*l.EventsPerSecond+1)
	})
}

func BenchmarkAdmitWithoutLimits(b *testing.B) {
	s := account.NewService(still{}, time.Now, slog.New(slog.DiscardHandler))
	events := make([]sdk.Event, 1)
	id := uuid.New()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Admit(b.Context(), id, events); err != nil {
			b.Fatal(err)
		}
	}
}

// still is a store with one account.
type still struct{ account.Store }

func (still) Account(_ context.Context, id uuid.UUID) (*account.Account, error) {
	return &account.Account{ID: id}, nil
}
