package delivery

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// perAccount gives each account subscriptions of its own.
type perAccount map[uuid.UUID]*subscription.Index

func (p perAccount) Snapshot(ctx context.Context, id uuid.UUID) (*subscription.Snapshot, error) {
	return p[id].Snapshot(ctx, id)
}

func (p perAccount) Invalidate(uuid.UUID) {}

// Filters that take as long as they may do not keep the events of other accounts.
func TestEngineMatchesHeavyAccountsAside(t *testing.T) {
	t.Parallel()
	b := setup(t, Config{})
	b.subscribe(t)
	hostile, hostileSubs := uuid.New(), &fakeSubscriptions{}
	for range 10 {
		hostileSubs.add(subscription.Subscription{
			AccountID: hostile, ID: uuid.New(), Provider: "test", SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/", Enabled: true},
			Options: subscription.Options{Filters: json.RawMessage(`[{"expr":"any(data, any(data, any(data, false)))"}]`)},
		})
	}
	b.engine.Snapshots = perAccount{b.account: subscription.NewIndex(b.subs), hostile: subscription.NewIndex(hostileSubs)}
	data, err := json.Marshal(make([]int, 100))
	require.NoError(t, err)
	attack := func(data []byte) {
		key, err := uuid.NewV7()
		require.NoError(t, err)
		ev := &event.Event{AccountID: hostile, Key: key, Event: sdk.Event{ID: key.String(), Source: "/t", Type: "a", Data: data}}
		b.engine.budget.force(ev.AccountID, ev.Size())
		b.recorder.know(ev)
		b.engine.Take([]*event.Event{ev})
	}
	settled := func() int { return len(b.recorder.settledKeys()) }
	b.run(t)
	attack(data)
	require.Eventually(t, func() bool { return settled() == 1 }, patience, 1e6)
	require.True(t, b.engine.heavy.has(hostile))
	const events = 40
	for range events {
		attack(data)
	}
	b.publish(t)
	require.Eventually(t, func() bool { return len(b.recorder.all()) == 1 }, patience, 1e5)
	require.Less(t, settled(), events/2, "the other account's event came through")
	require.Eventually(t, func() bool { return settled() == 1+events }, patience, 1e6)
	// And it is forgiven.
	attack([]byte(`[]`))
	require.Eventually(t, func() bool { return settled() == 2+events && !b.engine.heavy.has(hostile) }, patience, 1e6)
	require.False(t, b.engine.heavy.has(b.account))
}
