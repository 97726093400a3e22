package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// holding gives a node an event and a claimed delivery.
func holding(t *testing.T, st *store.Store, accountID, owner uuid.UUID, id string) (eventKey, deliveryID uuid.UUID) {
	t.Helper()
	e := newEvent(t, accountID, id)
	o := outcome(e, newID(t), sdk.DeliveryRetrying, dueAt(at))
	commit(t, st, journal.Batch{Node: owner, Events: owned(e), Outcomes: []*delivery.Outcome{o}})
	require.Equal(t, []uuid.UUID{o.Delivery.ID}, claimDue(t, st, owner, at))
	return e.Key, o.Delivery.ID
}

var nodeTests = map[string]func(*testing.T, *store.Store){
	"beats": func(t *testing.T, st *store.Store) {
		self := newNode(t, st)
		require.NoError(t, st.Heartbeat(t.Context(), self))
		for _, unknown := range []uuid.UUID{newID(t), uuid.Nil} {
			require.ErrorIs(t, st.Heartbeat(t.Context(), unknown), node.ErrFenced)
		}
	},
	"a released node's work is free": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		e, d := holding(t, st, id, self, "1")
		holding(t, st, id, other, "2")
		require.NoError(t, st.ReleaseNode(t.Context(), self))
		require.ErrorIs(t, st.Heartbeat(t.Context(), self), node.ErrFenced)
		third := newNode(t, st)
		require.Equal(t, []uuid.UUID{e}, claimEvents(t, st, third))
		require.Equal(t, []uuid.UUID{d}, claimDue(t, st, third, time.Now().Add(time.Minute)))
		require.NoError(t, st.ReleaseNode(t.Context(), self), "again is no error")
		require.NoError(t, st.ReleaseNode(t.Context(), uuid.Nil))
		require.Empty(t, claimEvents(t, st, third))
	},
	"a silent node's work is taken over": func(t *testing.T, st *store.Store) {
		id, self, silent := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		e, d := holding(t, st, id, silent, "1")
		mine, _ := holding(t, st, id, self, "2")
		dead, err := st.TakeOver(t.Context(), self, 0)
		require.NoError(t, err)
		require.Equal(t, 1, dead)
		dead, err = st.TakeOver(t.Context(), self, 0)
		require.NoError(t, err)
		require.Zero(t, dead)
		require.NoError(t, st.Heartbeat(t.Context(), self))
		require.ErrorIs(t, st.Heartbeat(t.Context(), silent), node.ErrFenced)
		require.Equal(t, []uuid.UUID{e}, claimEvents(t, st, self), "not %s, which this node has", mine)
		require.Equal(t, []uuid.UUID{d}, claimDue(t, st, self, time.Now().Add(time.Minute)))
	},
}
