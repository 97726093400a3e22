package subscription_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func withFilters(text string) subscription.Options {
	return subscription.Options{Filters: json.RawMessage(text)}
}

func TestEventFiltersChooseWhoGetsAnEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open))
	for name, filters := range map[string]string{
		"all": `[]`, "acme": `[{"exact":{"tenant":"acme"}}]`, "large": `[{"expr":"data.total > 100"}]`,
		"large of acme": `[{"exact":{"tenant":"acme"}},{"expr":"data.total > 100"}]`,
	} {
		_, err := b.CreateWith(t.Context(), b.owner("p"), spec(named(name)), withFilters(filters))
		require.NoError(t, err)
	}
	b.create(t, b.owner("p"), spec(named("none")))
	match := func(e sdk.Event) (names []string) {
		s, err := b.index.Snapshot(t.Context(), b.account)
		require.NoError(t, err)
		for _, m := range s.Match(b.known.Providers(), &e) {
			names = append(names, m.Subscription.Name)
		}
		require.Zero(t, s.TakeStopped())
		return names
	}
	acme := map[string]string{"tenant": "acme"}
	for _, c := range []struct {
		event sdk.Event
		want  []string
	}{
		{sdk.Event{Type: "a", Data: []byte(`{"total":101}`), Extensions: acme}, []string{"all", "none", "acme", "large", "large of acme"}},
		{sdk.Event{Type: "a", Data: []byte(`{"total":100}`), Extensions: acme}, []string{"all", "none", "acme"}},
		{sdk.Event{Type: "a", Data: []byte(`{"total":101}`)}, []string{"all", "none", "large"}},
		{sdk.Event{Type: "a"}, []string{"all", "none"}},
	} {
		require.ElementsMatch(t, c.want, match(c.event))
	}
}

func TestAChangedFilterCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open))
	sub, err := b.CreateWith(t.Context(), b.owner("p"), spec(), withFilters(`[{"exact":{"type":"a"}}]`))
	require.NoError(t, err)
	require.Len(t, b.match(t, "a", nil), 1)
	require.Empty(t, b.match(t, "b", nil))
	sel := subscription.ByID(b.account, sub.ID)
	// A change of something else keeps it.
	_, err = b.Update(t.Context(), sel, 0, sdk.SubscriptionPatch{Name: new("other")})
	require.NoError(t, err)
	require.Empty(t, b.match(t, "b", nil))
	raw := json.RawMessage(`[]`)
	_, err = b.UpdateWith(t.Context(), sel, 0, subscription.Patch{Options: subscription.OptionsPatch{Filters: &raw}})
	require.NoError(t, err)
	require.Len(t, b.match(t, "b", nil), 1)
}

// What an account's expressions may cost for an event is bounded, however many
// subscriptions it has; what is beyond the bound does not match, and is counted.
func TestHostileFiltersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open))
	heavy := `[{"not":{"expr":"any(data, any(data, any(data, false)))"}}]`
	const subs = 12
	for range subs {
		_, err := b.CreateWith(t.Context(), b.owner("p"), spec(), withFilters(heavy))
		require.NoError(t, err)
	}
	b.create(t, b.owner("p"), spec(named("plain")))
	_, err := b.CreateWith(t.Context(), b.owner("p"), spec(named("attribute")), withFilters(`[{"exact":{"type":"a"}}]`))
	require.NoError(t, err)
	s, err := b.index.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	data, err := json.Marshal(make([]int, 100))
	require.NoError(t, err)
	got := map[string]int{}
	for _, m := range s.Match(b.known.Providers(), &sdk.Event{Type: "a", Data: data}) {
		got[m.Subscription.Name]++
	}
	// Each takes an evaluation's whole budget of 50000 steps, and then matches by
	// not; the account's budget suffices for less than five of them.
	require.Equal(t, map[string]int{"": 4, "plain": 1, "attribute": 1}, got)
	require.EqualValues(t, subs-4, s.TakeStopped())
	require.Zero(t, s.TakeStopped())
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p", open))
	delivery := func(d subscription.DeliveryOptions) subscription.Options { return subscription.Options{Delivery: d} }
	for name, c := range map[string]struct {
		options subscription.Options
		field   string
		message string
	}{
		"filter":            {withFilters(`[{"exact":{"type":""}}]`), "/filters/0/exact/type", "must not be empty"},
		"expression":        {withFilters(`[{"any":[{"expr":"data.a >"}]}]`), "/filters/0/any/0/expr", ""},
		"in flight":         {delivery(subscription.DeliveryOptions{MaxInFlight: 1001}), "/delivery/max_in_flight", "from 1 to 1000"},
		"negative":          {delivery(subscription.DeliveryOptions{MaxInFlight: -1}), "/delivery/max_in_flight", "from 1"},
		"rate":              {delivery(subscription.DeliveryOptions{MaxPerSecond: 0.001}), "/delivery/max_per_second", "from 0.01 to 10000"},
		"short timeout":     {delivery(subscription.DeliveryOptions{Timeout: time.Millisecond}), "/delivery/timeout_seconds", "from 0.1 to 60"},
		"long timeout":      {delivery(subscription.DeliveryOptions{Timeout: time.Minute + 1}), "/delivery/timeout_seconds", "from 0.1 to 60"},
		"no wait":           {delivery(subscription.DeliveryOptions{Schedule: []time.Duration{}}), "/delivery/retry/schedule_seconds", "max_attempts to 1"},
		"short wait":        {delivery(subscription.DeliveryOptions{Schedule: []time.Duration{time.Second, 0}}), "/delivery/retry/schedule_seconds/1", "from 1 to 86400"},
		"long wait":         {delivery(subscription.DeliveryOptions{Schedule: []time.Duration{25 * time.Hour}}), "/delivery/retry/schedule_seconds/0", ""},
		"too many waits":    {delivery(subscription.DeliveryOptions{Schedule: make([]time.Duration, 51)}), "/delivery/retry/schedule_seconds", "at most 50"},
		"too many attempts": {delivery(subscription.DeliveryOptions{MaxAttempts: 101}), "/delivery/retry/max_attempts", "from 1 to 100"},
	} {
		_, err := b.CreateWith(t.Context(), b.owner("p"), spec(), c.options)
		requireField(t, err, c.field, c.message, name)
	}
	_, err := b.CreateWith(t.Context(), b.owner("p"), spec(), delivery(subscription.DeliveryOptions{
		MaxInFlight: 1000, MaxPerSecond: 0.01, Timeout: time.Minute, Schedule: []time.Duration{time.Second, 24 * time.Hour}, MaxAttempts: 100,
	}))
	require.NoError(t, err)
}

func requireField(t *testing.T, err error, field, message, name string) {
	t.Helper()
	require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
	var found []string
	for _, f := range sdk.AsError(err).Fields {
		if f.Field == field {
			require.Contains(t, f.Message, message, name)
			return
		}
		found = append(found, fmt.Sprintf("%s %s", f.Field, f.Message))
	}
	require.Failf(t, "the field is not named", "%s: %s in %v", name, field, found)
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	provider := sdk.DeliveryPolicy{
		Success: []sdk.StatusRange{{From: 200, To: 205}}, Timeout: 10 * time.Second, Schedule: []time.Duration{time.Minute},
		MaxAttempts: 3, Budget: time.Hour, Jitter: 0.1, DisableAfter: 6 * time.Hour,
	}
	waits := []time.Duration{time.Second, 2 * time.Second}
	for name, c := range map[string]struct {
		own      subscription.DeliveryOptions
		timeout  time.Duration
		schedule []time.Duration
		attempts int
	}{
		"none":         {subscription.DeliveryOptions{}, 10 * time.Second, provider.Schedule, 3},
		"timeout":      {subscription.DeliveryOptions{Timeout: time.Second}, time.Second, provider.Schedule, 3},
		"attempts":     {subscription.DeliveryOptions{MaxAttempts: 1}, 10 * time.Second, provider.Schedule, 1},
		"schedule":     {subscription.DeliveryOptions{Schedule: waits}, 10 * time.Second, waits, 3},
		"the last one": {subscription.DeliveryOptions{Schedule: waits, MaxAttempts: 20}, 10 * time.Second, waits, 20},
	} {
		s := subscription.Subscription{Options: subscription.Options{Delivery: c.own}}
		want := provider
		want.Timeout, want.Schedule, want.MaxAttempts = c.timeout, c.schedule, c.attempts
		require.Equal(t, want, s.Policy(provider), name)
	}
}
