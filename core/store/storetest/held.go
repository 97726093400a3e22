package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func held(o *delivery.Outcome) { o.Delivery.Held = true }

// hold commits n events whose deliveries to a subscription are held, and returns
// the ids of the deliveries in their order.
func hold(t testing.TB, st *store.Store, self uuid.UUID, ref delivery.SubscriptionRef, n int) []uuid.UUID {
	t.Helper()
	b := journal.Batch{Node: self}
	var ids []uuid.UUID
	for range n {
		e := newEvent(t, ref.AccountID, newID(t).String())
		o := outcome(e, ref.SubscriptionID, sdk.DeliveryPending, held, settles)
		b.Events, b.Outcomes = append(b.Events, owned(e)...), append(b.Outcomes, o)
		ids = append(ids, o.Delivery.ID)
	}
	commit(t, st, b)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// claimHeld claims what is held for a subscription.
func claimHeld(t testing.TB, st *store.Store, self uuid.UUID, ref delivery.SubscriptionRef, limit int) []uuid.UUID {
	t.Helper()
	claimed, err := st.ClaimHeld(t.Context(), self, ref, limit)
	require.NoError(t, err)
	var ids []uuid.UUID
	for _, c := range claimed {
		require.NotNil(t, c.Event)
		require.Equal(t, c.Event.Key, c.Delivery.EventKey)
		require.False(t, c.Delivery.Held)
		require.Zero(t, c.Delivery.DueAt)
		ids = append(ids, c.Delivery.ID)
	}
	return ids
}

var heldTests = map[string]func(*testing.T, *store.Store){
	"is claimed by its subscription, in order, not when due": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		a, b := delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}, delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}
		first, second := hold(t, st, self, a, 5), hold(t, st, self, b, 2)
		require.Empty(t, claimDue(t, st, self, at.AddDate(10, 0, 0)))
		require.Equal(t, first[:3], claimHeld(t, st, self, a, 3))
		require.Equal(t, first[3:], claimHeld(t, st, self, a, 3))
		require.Empty(t, claimHeld(t, st, self, a, 3))
		require.Empty(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: newID(t), SubscriptionID: b.SubscriptionID}, 3))
		require.Equal(t, second, claimHeld(t, st, self, b, 3))
	},
	"is read as it was recorded": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		o := outcome(e, id, sdk.DeliveryRetrying, attempted(2), held)
		commit(t, st, journal.Batch{Node: self, Events: owned(e), Outcomes: []*delivery.Outcome{o}})
		require.Equal(t, o.Delivery, get(t, st, o).Delivery)
		require.Len(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: id, SubscriptionID: id}, 9), 1)
		require.False(t, get(t, st, o).Held)
		// Held again, then delivered.
		o.Delivery.Lease = 1
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{o}})
		require.True(t, get(t, st, o).Held)
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{outcome(e, id, sdk.DeliveryDelivered, attempted(3), leased(1))}})
		require.False(t, get(t, st, o).Held)
		require.Empty(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: id, SubscriptionID: id}, 9))
	},
	"a dead node claims nothing": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		ref := delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}
		ids := hold(t, st, self, ref, 1)
		_, err := st.ClaimHeld(t.Context(), newID(t), ref, 1)
		require.ErrorIs(t, err, node.ErrFenced)
		require.Equal(t, ids, claimHeld(t, st, self, ref, 1))
	},
	"stays held when its node goes; what was claimed is due": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		ref := delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}
		ids := hold(t, st, self, ref, 3)
		require.Equal(t, ids[:1], claimHeld(t, st, self, ref, 1))
		require.NoError(t, st.ReleaseNode(t.Context(), self))
		require.Equal(t, ids[:1], claimDue(t, st, other, time.Now().Add(time.Minute)))
		require.Equal(t, ids[1:], claimHeld(t, st, other, ref, 9))
	},
	"retry makes it due": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		ref := delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}
		ids := hold(t, st, self, ref, 1)
		r, err := st.Retry(t.Context(), id, ids[0], at)
		require.NoError(t, err)
		require.False(t, r.Held)
		require.Empty(t, claimHeld(t, st, self, ref, 1))
		require.Equal(t, ids, claimDue(t, st, self, at))
	},
	"goes with its subscription": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		sub := newSubscription(t, id)
		insert(t, st, sub)
		ref := delivery.SubscriptionRef{AccountID: id, SubscriptionID: sub.ID}
		ids := hold(t, st, self, ref, 1)
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Delete(sub) }))
		require.Empty(t, claimHeld(t, st, self, ref, 1))
		r, err := st.Delivery(t.Context(), id, ids[0])
		require.NoError(t, err)
		require.Equal(t, sdk.DeliveryCancelled, r.Status)
	},
	"subscriptions, each once, in order, page by page": func(t *testing.T, st *store.Store) {
		self := newNode(t, st)
		var want []delivery.SubscriptionRef
		for _, name := range []string{"a", "b"} {
			id := newAccount(t, st, name)
			for range 3 {
				ref := delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}
				hold(t, st, self, ref, 3)
				want = append(want, ref)
			}
			e := newEvent(t, id, name)
			commit(t, st, journal.Batch{Node: self, Events: owned(e), Outcomes: []*delivery.Outcome{
				outcome(e, newID(t), sdk.DeliveryRetrying, dueAt(at)), outcome(e, newID(t), sdk.DeliveryDelivered),
			}})
		}
		for limit := 1; limit <= len(want)+1; limit++ {
			var got []delivery.SubscriptionRef
			var after delivery.SubscriptionRef
			for {
				page, err := st.HeldSubscriptions(t.Context(), after, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), limit)
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				after = page[len(page)-1]
			}
			require.Equal(t, want, got)
		}
		claimHeld(t, st, self, want[0], 9)
		page, err := st.HeldSubscriptions(t.Context(), delivery.SubscriptionRef{}, 9)
		require.NoError(t, err)
		require.Equal(t, want[1:], page)
	},
	"backlog": func(t *testing.T, st *store.Store) {
		a, b, self := newAccount(t, st, "a"), newAccount(t, st, "b"), newNode(t, st)
		newAccount(t, st, "c")
		expect := func(want map[uuid.UUID]int64) {
			t.Helper()
			got, err := st.Backlog(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		expect(map[uuid.UUID]int64{})
		// Two pending events, one of each account.
		x, y := newEvent(t, a, "1"), newEvent(t, b, "1")
		commit(t, st, journal.Batch{Node: self, Events: append(owned(x), free(y)...)})
		expect(map[uuid.UUID]int64{a: 1, b: 1})
		// One held, one due, one final, which settles.
		sub := newID(t)
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{
			outcome(x, sub, sdk.DeliveryPending, held), outcome(x, newID(t), sdk.DeliveryRetrying, dueAt(at)),
			outcome(x, newID(t), sdk.DeliveryDead, settles), outcome(y, newID(t), sdk.DeliveryRetrying, dueAt(at)),
		}})
		expect(map[uuid.UUID]int64{a: 2, b: 2})
		// Claimed ones count once.
		require.Len(t, claimDue(t, st, self, at), 2)
		require.Len(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: a, SubscriptionID: sub}, 1), 1)
		expect(map[uuid.UUID]int64{a: 2, b: 2})
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{outcome(x, sub, sdk.DeliveryDelivered, leased(1))}})
		expect(map[uuid.UUID]int64{a: 1, b: 2})
	},
	"by several nodes at once, nothing twice": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		ref := delivery.SubscriptionRef{AccountID: id, SubscriptionID: newID(t)}
		ids := hold(t, st, self, ref, 100)
		const nodes = 3
		got := make([][]uuid.UUID, nodes)
		who := []uuid.UUID{newNode(t, st), newNode(t, st), newNode(t, st)}
		for _, err := range together(nodes, func(i int) error {
			for idle := 0; idle < 2; {
				claimed, err := st.ClaimHeld(t.Context(), who[i], ref, 7)
				if err != nil {
					return err
				}
				for _, c := range claimed {
					got[i] = append(got[i], c.Delivery.ID)
				}
				if len(claimed) == 0 {
					idle++
				}
			}
			return nil
		}) {
			require.NoError(t, err)
		}
		require.ElementsMatch(t, ids, slices.Concat(got...))
	},
}
