package subscription_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestOwnEventsAreForThoseWhoNameThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("open", open), manifest("closed"))
	names := map[uuid.UUID]string{}
	for _, patterns := range [][]string{nil, {"*"}, {"*.delivery.dead"}, {"switchhook.*"}, {"switchhook.delivery.dead"}, {"switchhook.key.*"}} {
		name := "all"
		if len(patterns) > 0 {
			name = patterns[0]
		}
		names[b.create(t, b.owner("open"), spec(types(patterns...))).ID] = name
	}
	b.create(t, b.owner("closed"), spec())
	var got []string
	for _, m := range b.match(t, "switchhook.delivery.dead", nil) {
		got = append(got, names[m.Subscription.ID])
	}
	require.ElementsMatch(t, []string{"switchhook.*", "switchhook.delivery.dead"}, got)
}

func TestSampleOfAClosedCatalogue(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("p"))
	sample := func(patterns ...string) (*subscription.Sample, []subscription.Match) {
		sub := b.create(t, b.owner("p"), spec(types(patterns...)))
		s, err := b.Sample(t.Context(), subscription.ByID(b.account, sub.ID), "", nil)
		require.NoError(t, err)
		snapshot, err := b.index.Snapshot(t.Context(), b.account)
		require.NoError(t, err)
		return s, snapshot.MatchOne(b.known.Providers(), &s.Event, sub.ID)
	}
	for pattern, want := range map[string]struct{ eventType, native string }{
		"message.*":       {"message.received", "message.v2"},
		"contact.created": {"contact.created", "contact.created"},
	} {
		s, matches := sample(pattern)
		require.Equal(t, want.eventType, s.Event.Type, pattern)
		require.NotEqual(t, `{"test":true}`, string(s.Event.Data), "adapters render the canonical data")
		require.Len(t, matches, 1)
		require.Equal(t, want.native, matches[0].EventType)
		require.False(t, matches[0].Verbatim)
	}
	s, matches := sample()
	require.NotEmpty(t, s.Event.Type)
	require.Len(t, matches, 1)
}

func TestMatchOneOfADisabledSubscription(t *testing.T) {
	t.Parallel()
	b := newBench(t, manifest("open", open))
	sub := b.create(t, b.owner("open"), spec(func(s *sdk.SubscriptionSpec) { s.Enabled = false }))
	snapshot, err := b.index.Snapshot(t.Context(), b.account)
	require.NoError(t, err)
	require.Empty(t, snapshot.MatchOne(b.known.Providers(), &sdk.Event{Type: "a.b"}, sub.ID))
	_, err = b.Sample(t.Context(), subscription.ByID(b.account, sub.ID), "", nil)
	require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
}
