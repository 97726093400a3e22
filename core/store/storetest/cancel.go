package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var cancelTests = map[string]func(*testing.T, *store.Store){
	"what waits in the store": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e, f := newEvent(t, id, "1"), newEvent(t, id, "2")
		due := outcome(e, id, sdk.DeliveryRetrying, attempted(1), dueAt(at))
		waiting := outcome(f, id, sdk.DeliveryPending, held)
		commit(t, st, journal.Batch{Node: self, Events: free(e, f), Outcomes: []*delivery.Outcome{due, waiting}})
		for _, o := range []*delivery.Outcome{due, waiting} {
			want := o.Delivery
			want.Status, want.DueAt, want.Held, want.Lease, want.UpdatedAt = sdk.DeliveryCancelled, time.Time{}, false, 1, at.Add(time.Minute)
			require.Equal(t, want, cancel(t, st, o).Delivery)
			_, err := st.Cancel(t.Context(), id, o.Delivery.ID, at)
			require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		}
		require.Empty(t, claimDue(t, st, self, at.Add(time.Hour)))
		require.Empty(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: id, SubscriptionID: id}, 9))
		require.Empty(t, cancelled(t, st, self), "no node has it")
		// What was recorded before is recorded again, because its answer was lost.
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{due, waiting}})
		require.Equal(t, sdk.DeliveryCancelled, get(t, st, due).Status)
		require.Equal(t, sdk.DeliveryCancelled, get(t, st, waiting).Status)
	},
	"what a node has": func(t *testing.T, st *store.Store) {
		for name, late := range map[string]func(*event.Event) *delivery.Outcome{
			"it is delivered": func(e *event.Event) *delivery.Outcome {
				return outcome(e, e.AccountID, sdk.DeliveryDelivered, attempted(2), leased(1))
			},
			"its first attempt delivers it": func(e *event.Event) *delivery.Outcome {
				return outcome(e, e.AccountID, sdk.DeliveryDelivered, attempted(1), leased(1))
			},
			"it is to be tried again": func(e *event.Event) *delivery.Outcome {
				return outcome(e, e.AccountID, sdk.DeliveryRetrying, attempted(2), leased(1), dueAt(at))
			},
			"it is dead": func(e *event.Event) *delivery.Outcome {
				return outcome(e, e.AccountID, sdk.DeliveryDead, attempted(2), leased(1))
			},
			"it is held": func(e *event.Event) *delivery.Outcome {
				return outcome(e, e.AccountID, sdk.DeliveryRetrying, leased(1), held)
			},
			"the node sees that it is cancelled": func(e *event.Event) *delivery.Outcome {
				return outcome(e, e.AccountID, sdk.DeliveryCancelled, leased(1))
			},
		} {
			id, self := newAccount(t, st, name), newNode(t, st)
			e := newEvent(t, id, "1")
			o := claimedBy(t, st, self, e)
			require.Equal(t, sdk.DeliveryCancelled, cancel(t, st, o).Status, name)
			require.Equal(t, []delivery.Cancellation{{AccountID: id, DeliveryID: o.Delivery.ID, Lease: 1}}, cancelled(t, st, self), name)
			_, err := st.Retry(t.Context(), id, o.Delivery.ID, at)
			require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%s: the node may still be at it: %v", name, err)

			end := late(e)
			commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{end, end}})
			got := get(t, st, o)
			want := end.Delivery
			want.Status, want.DueAt, want.Held, want.Lease = sdk.DeliveryCancelled, time.Time{}, false, 2
			require.Equal(t, want, got.Delivery, name)
			if end.Attempt != nil {
				require.Equal(t, []delivery.Attempt{*end.Attempt}, got.Attempts, name)
			}
			require.Empty(t, claimDue(t, st, self, at.Add(time.Hour)), name)

			// From here it is as any other that is final.
			_, err = st.Retry(t.Context(), id, o.Delivery.ID, at)
			require.NoError(t, err, name)
			require.Equal(t, []uuid.UUID{o.Delivery.ID}, claimDue(t, st, self, at), name)
			commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{end}})
			require.Equal(t, sdk.DeliveryRetrying, get(t, st, o).Status, "%s: news of a claim before", name)
		}
	},
	"what a dead node had": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		o := claimedBy(t, st, self, newEvent(t, id, "1"))
		cancel(t, st, o)
		require.NoError(t, st.ReleaseNode(t.Context(), self))
		require.Empty(t, cancelled(t, st, self))
		require.Empty(t, claimDue(t, st, other, time.Now().Add(time.Hour)))
		_, err := st.Retry(t.Context(), id, o.Delivery.ID, at)
		require.NoError(t, err)
	},
	"what a node knows is forgotten": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		mine, theirs := claimedBy(t, st, self, newEvent(t, id, "1")), claimedBy(t, st, other, newEvent(t, id, "2"))
		cancel(t, st, mine)
		cancel(t, st, theirs)
		known := cancelled(t, st, self)
		require.NoError(t, st.ForgetCancelled(t.Context(), self, append(known, cancelled(t, st, other)...)))
		require.Empty(t, cancelled(t, st, self))
		require.Len(t, cancelled(t, st, other), 1, "a node forgets its own")
	},
	"what is final or another's": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		for _, status := range []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead, sdk.DeliveryCancelled} {
			e := newEvent(t, id, status.String())
			o := outcome(e, id, status)
			commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
			_, err := st.Cancel(t.Context(), id, o.Delivery.ID, at)
			require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
			require.ErrorContains(t, err, status.String())
			_, err = st.Cancel(t.Context(), newID(t), o.Delivery.ID, at)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
			require.Equal(t, o.Delivery, get(t, st, o).Delivery)
		}
	},
}

// claimedBy commits a delivery that is due, and has a node claim it.
func claimedBy(t testing.TB, st *store.Store, node uuid.UUID, e *event.Event) *delivery.Outcome {
	t.Helper()
	o := outcome(e, e.AccountID, sdk.DeliveryRetrying, dueAt(at))
	commit(t, st, journal.Batch{Node: node, Events: owned(e), Outcomes: []*delivery.Outcome{o}})
	require.Equal(t, []uuid.UUID{o.Delivery.ID}, claimDue(t, st, node, at))
	return o
}

func cancel(t testing.TB, st *store.Store, o *delivery.Outcome) *delivery.Record {
	t.Helper()
	r, err := st.Cancel(t.Context(), o.Delivery.AccountID, o.Delivery.ID, at.Add(time.Minute))
	require.NoError(t, err)
	return r
}

func cancelled(t testing.TB, st *store.Store, node uuid.UUID) []delivery.Cancellation {
	t.Helper()
	out, err := st.Cancelled(t.Context(), node, 100)
	require.NoError(t, err)
	return out
}
