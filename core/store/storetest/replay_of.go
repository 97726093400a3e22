package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// replayOf finds the replay that made a delivery, among those of its account that
// were there when it was made.
func replayOf(t *testing.T, st *store.Store) {
	id, other, self := newAccount(t, st, "acme"), newAccount(t, st, "other"), newNode(t, st)
	e := newEvent(t, id, "1")
	commit(t, st, journal.Batch{Node: self, Events: owned(e)})
	before, maker := newReplay(t, st, id, 9), newReplay(t, st, id, 9)
	foreign := newReplay(t, st, other, 9)
	require.Len(t, claimReplays(t, st, self), 3)
	sub, made := newID(t), time.Now()
	s := step(maker, outcome(e, sub, sdk.DeliveryPending, dueAt(at), func(o *delivery.Outcome) { o.Delivery.CreatedAt = made }))
	_, err := st.AdvanceReplay(t.Context(), self, s)
	require.NoError(t, err)
	newReplay(t, st, id, 9)
	claimed, err := st.ClaimDeliveries(t.Context(), self, at, 9)
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	d := claimed[0].Delivery
	require.True(t, d.Replayed())

	of := func(d delivery.Delivery) uuid.UUID {
		got, err := st.ReplayOf(t.Context(), &d)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, maker.ID, of(d))
	for name, change := range map[string]func(*delivery.Delivery){
		"a first delivery":                 func(d *delivery.Delivery) { d.ID = delivery.NewID(d.EventKey, d.SubscriptionID) },
		"of another subscription":          func(d *delivery.Delivery) { d.SubscriptionID = newID(t) },
		"of another account's replay":      func(d *delivery.Delivery) { d.ID = delivery.ReplayID(foreign.ID, d.EventKey, d.SubscriptionID) },
		"another account's":                func(d *delivery.Delivery) { d.AccountID = other },
		"from before the replay was asked": func(d *delivery.Delivery) { d.CreatedAt = at },
	} {
		changed := d
		change(&changed)
		require.Equal(t, uuid.Nil, of(changed), name)
	}
	older := d
	older.ID = delivery.ReplayID(before.ID, d.EventKey, d.SubscriptionID)
	require.Equal(t, before.ID, of(older))

	_, err = st.ChangeReplay(t.Context(), id, maker.ID, []replay.Status{replay.Running}, replay.Cancelled, at)
	require.NoError(t, err)
	require.Equal(t, maker.ID, of(d), "it has ended")
	n, err := st.RemoveReplays(t.Context(), at.Add(time.Hour), 9)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, uuid.Nil, of(d), "it was removed")
}
