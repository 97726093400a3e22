package delivery

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func TestNextAttempt(t *testing.T) {
	t.Parallel()
	three := sdk.DeliveryPolicy{Schedule: []time.Duration{time.Second, 5 * time.Second, time.Minute}}
	with := func(change func(*sdk.DeliveryPolicy)) sdk.DeliveryPolicy {
		p := three
		change(&p)
		return p
	}
	four := with(func(p *sdk.DeliveryPolicy) { p.MaxAttempts = 4 })
	hour := with(func(p *sdk.DeliveryPolicy) { p.Budget = time.Hour })
	jitter := with(func(p *sdk.DeliveryPolicy) { p.Jitter = 0.5 })
	const never = time.Duration(-1)
	for name, c := range map[string]struct {
		policy     sdk.DeliveryPolicy
		attempts   int
		since      time.Duration // since the first attempt
		retryAfter time.Duration
		random     float64
		want       time.Duration
	}{
		"first wait":                {three, 1, 0, 0, 0.5, time.Second},
		"second":                    {three, 2, 0, 0, 0.5, 5 * time.Second},
		"third":                     {three, 3, 0, 0, 0.5, time.Minute},
		"the last repeats":          {three, 9, 0, 0, 0.5, time.Minute},
		"the last attempt but one":  {four, 3, 0, 0, 0.5, time.Minute},
		"the last attempt":          {four, 4, 0, 0, 0.5, never},
		"more than all":             {four, 5, 0, 0, 0.5, never},
		"no schedule":               {sdk.DeliveryPolicy{MaxAttempts: 5}, 1, 0, 0, 0.5, never},
		"within the budget":         {hour, 3, time.Hour - time.Minute, 0, 0.5, time.Minute},
		"past the budget":           {hour, 3, time.Hour - time.Minute + 1, 0, 0.5, never},
		"no budget":                 {three, 3, 1000 * time.Hour, 0, 0.5, time.Minute},
		"shortest":                  {jitter, 3, 0, 0, 0, 30 * time.Second},
		"middle":                    {jitter, 3, 0, 0, 0.5, time.Minute},
		"longest":                   {jitter, 3, 0, 0, 1, 90 * time.Second},
		"all jitter":                {with(func(p *sdk.DeliveryPolicy) { p.Jitter = 1 }), 3, 0, 0, 0, 0},
		"Retry-After lengthens":     {three, 1, 0, time.Hour, 0.5, time.Hour},
		"Retry-After never shorter": {three, 3, 0, time.Second, 0.5, time.Minute},
		"Retry-After is bounded":    {three, 1, 0, 48 * time.Hour, 0.5, 24 * time.Hour},
		"Retry-After past budget":   {hour, 1, 0, 2 * time.Hour, 0.5, never},
		"Retry-After within budget": {hour, 1, 0, time.Hour, 0.5, time.Hour},
	} {
		now := start.Add(c.since)
		at, ok := nextAttempt(c.policy, c.attempts, start, now, c.retryAfter, c.random)
		require.Equal(t, c.want != never, ok, name)
		if ok {
			require.Equal(t, c.want, at.Sub(now), name)
		}
	}
}

func TestNextAttemptStaysInItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var schedule []time.Duration
		for _, s := range rapid.SliceOfN(rapid.Int64Range(0, int64(24*time.Hour)), 1, 10).Draw(t, "schedule") {
			schedule = append(schedule, time.Duration(s))
		}
		p := sdk.DeliveryPolicy{
			Schedule: schedule, MaxAttempts: rapid.IntRange(0, 20).Draw(t, "max"), Jitter: rapid.Float64Range(0, 1).Draw(t, "jitter"),
			Budget: time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "budget")),
		}
		attempts := rapid.IntRange(1, 30).Draw(t, "attempts")
		asked := time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "asked"))
		now := start.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "now")))
		at, ok := nextAttempt(p, attempts, start, now, asked, rapid.Float64Range(0, 1).Draw(t, "random"))
		if !ok {
			require.True(t, p.MaxAttempts > 0 || p.Budget > 0, "only a bound ends it")
			return
		}
		wait := float64(schedule[min(attempts, len(schedule))-1])
		require.False(t, at.Before(now))
		require.GreaterOrEqual(t, at.Sub(now), min(asked, maxRetryAfter))
		require.GreaterOrEqual(t, float64(at.Sub(now)), wait*(1-p.Jitter)-2)
		require.LessOrEqual(t, float64(at.Sub(now)), max(wait*(1+p.Jitter)+2, float64(min(asked, maxRetryAfter))))
		require.True(t, p.MaxAttempts == 0 || attempts < p.MaxAttempts)
		require.True(t, p.Budget == 0 || !at.After(start.Add(p.Budget)))
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"":                                 0,
		"0":                                0,
		"120":                              2 * time.Minute,
		" 120 ":                            2 * time.Minute,
		"86400":                            24 * time.Hour,
		"86401":                            24 * time.Hour,
		"2147483647":                       24 * time.Hour,
		"-1":                               0,
		"1.5":                              0,
		"soon":                             0,
		"Sat, 21 Nov 2026 10:05:00 GMT":    5 * time.Minute,
		"Saturday, 21-Nov-26 10:05:00 GMT": 5 * time.Minute,
		"Sat, 21 Nov 2026 09:59:00 GMT":    0,
		"Sat, 21 Nov 2099 10:00:00 GMT":    24 * time.Hour,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {text}}, start), "%q", text)
	}
	require.Zero(t, retryAfter(nil, start))
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"1", "Sat, 21 Nov 2026 10:05:00 GMT", "99999999999999999999", "-5", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := retryAfter(http.Header{"Retry-After": {text}}, start)
		require.GreaterOrEqual(t, got, time.Duration(0))
		require.LessOrEqual(t, got, maxRetryAfter)
	})
}
