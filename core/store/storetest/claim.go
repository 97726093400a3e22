package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var claimTests = map[string]func(*testing.T, *store.Store){
	"events, oldest first": func(t *testing.T, st *store.Store) {
		self := newNode(t, st)
		a, b := newAccount(t, st, "acme"), newAccount(t, st, "other")
		events := []*event.Event{newEvent(t, a, "1"), newEvent(t, b, "2"), newEvent(t, a, "3")}
		commit(t, st, journal.Batch{Node: self, Events: free(events...)})
		got, err := st.ClaimEvents(t.Context(), self, 2)
		require.NoError(t, err)
		require.Len(t, got, 2)
		for i, e := range got {
			require.Equal(t, events[i].Key, e.Key)
			require.Equal(t, events[i].Data, e.Data)
			require.Equal(t, events[i].AccountID, e.AccountID)
		}
		require.Equal(t, []uuid.UUID{events[2].Key}, claimEvents(t, st, self))
		require.Empty(t, claimEvents(t, st, self))
	},
	"deliveries, the longest due first": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		var all []*delivery.Outcome
		for i := range 4 {
			all = append(all, outcome(e, newID(t), sdk.DeliveryRetrying, attempted(2), dueAt(at.Add(-time.Duration(i)*time.Second))))
		}
		later := outcome(e, newID(t), sdk.DeliveryRetrying, dueAt(at.Add(time.Microsecond)))
		final := outcome(e, newID(t), sdk.DeliveryDelivered)
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: append(all, later, final)})
		got, err := st.ClaimDeliveries(t.Context(), self, at, 3)
		require.NoError(t, err)
		require.Len(t, got, 3)
		for i, c := range got {
			want := all[3-i].Delivery
			want.DueAt, want.Lease = time.Time{}, 1
			require.Equal(t, want, c.Delivery)
			require.Equal(t, e.Key, c.Event.Key)
		}
		require.Equal(t, []uuid.UUID{all[0].Delivery.ID}, claimDue(t, st, self, at))
		require.Equal(t, []uuid.UUID{later.Delivery.ID}, claimDue(t, st, self, at.Add(time.Microsecond)))
	},
	"what was recorded is due again": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		o := outcome(e, id, sdk.DeliveryRetrying, attempted(1), dueAt(at))
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		require.Len(t, claimDue(t, st, self, at), 1)
		again := outcome(e, id, sdk.DeliveryRetrying, attempted(2), leased(1), dueAt(at.Add(time.Second)))
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{again}})
		require.Empty(t, claimDue(t, st, self, at))
		require.Len(t, claimDue(t, st, self, at.Add(time.Second)), 1)
	},
	"what is repeated undoes no claim": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		e, f := newEvent(t, id, "1"), newEvent(t, id, "2")
		due := outcome(e, id, sdk.DeliveryRetrying, attempted(1), dueAt(at), settles)
		waiting := outcome(f, id, sdk.DeliveryPending, held, settles)
		repeated := journal.Batch{Node: self, Outcomes: []*delivery.Outcome{due, waiting}}
		commit(t, st, journal.Batch{Node: self, Events: owned(e, f), Outcomes: repeated.Outcomes})
		require.Len(t, claimDue(t, st, other, at), 1)
		require.Len(t, claimHeld(t, st, other, delivery.SubscriptionRef{AccountID: id, SubscriptionID: id}, 9), 1)
		// The answer was lost, so the node commits the same again.
		commit(t, st, repeated)
		require.Empty(t, claimDue(t, st, self, at.Add(time.Hour)))
		require.Empty(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: id, SubscriptionID: id}, 9))
		later := outcome(e, id, sdk.DeliveryRetrying, attempted(2), leased(1), dueAt(at.Add(time.Hour)))
		commit(t, st, journal.Batch{Node: other, Outcomes: []*delivery.Outcome{later}})
		commit(t, st, repeated)
		require.Equal(t, later.Delivery, get(t, st, later).Delivery)
	},
	"a dead node claims nothing": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		o := outcome(e, id, sdk.DeliveryRetrying, dueAt(at))
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		for name, who := range map[string]uuid.UUID{"unknown": newID(t), "zero": uuid.Nil} {
			events, err := st.ClaimEvents(t.Context(), who, 10)
			require.ErrorIs(t, err, node.ErrFenced, name)
			require.Empty(t, events)
			claimed, err := st.ClaimDeliveries(t.Context(), who, at, 10)
			require.ErrorIs(t, err, node.ErrFenced, name)
			require.Empty(t, claimed)
		}
		require.Len(t, claimEvents(t, st, self), 1)
		require.Len(t, claimDue(t, st, self, at), 1)
	},
	"by several nodes at once, nothing twice": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		const n = 300
		var events []*event.Event
		var outcomes []*delivery.Outcome
		for i := range n {
			e := newEvent(t, id, fmt.Sprint(i))
			events = append(events, e)
			outcomes = append(outcomes, outcome(e, id, sdk.DeliveryRetrying, dueAt(at)))
		}
		commit(t, st, journal.Batch{Node: self, Events: free(events...), Outcomes: outcomes})
		const nodes = 4
		got := make([][]uuid.UUID, nodes)
		ids := []uuid.UUID{newNode(t, st), newNode(t, st), newNode(t, st), newNode(t, st)}
		for _, err := range together(nodes, func(i int) error {
			for idle := 0; idle < 2; {
				claimed, err := st.ClaimEvents(t.Context(), ids[i], 7)
				if err != nil {
					return err
				}
				for _, e := range claimed {
					got[i] = append(got[i], e.Key)
				}
				due, err := st.ClaimDeliveries(t.Context(), ids[i], at, 7)
				if err != nil {
					return err
				}
				for _, c := range due {
					got[i] = append(got[i], c.Delivery.ID)
				}
				if len(claimed)+len(due) == 0 {
					idle++
				}
			}
			return nil
		}) {
			require.NoError(t, err)
		}
		seen := map[uuid.UUID]bool{}
		for _, list := range got {
			for _, id := range list {
				require.False(t, seen[id], "claimed twice")
				seen[id] = true
			}
		}
		require.Len(t, seen, 2*n, "nothing is left")
	},
}
