package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/retention"
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
	"a first delivery that has no row": cancelFirsts,
	"a first delivery whose event is done, or waits, or is unknown": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		done, waits := newEvent(t, id, "1"), newEvent(t, id, "2")
		waits.DeliverAt = at.Add(time.Hour)
		commit(t, st, journal.Batch{Node: self, Events: append(owned(done), free(waits)...), Settled: []*event.Event{done}})
		for _, e := range []*event.Event{done, waits, newEvent(t, id, "3")} {
			o := outcome(e, id, sdk.DeliveryPending)
			_, err := st.CancelFirst(t.Context(), &o.Delivery)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
			_, err = st.Delivery(t.Context(), id, o.Delivery.ID)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
			e, err := st.PendingEvent(t.Context(), id, o.Delivery.ID, uuid.Nil)
			require.NoError(t, err)
			require.Nil(t, e)
		}
		require.Empty(t, cancelled(t, st, self))
	},
	"a first delivery that was recorded meanwhile": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		delivered, waiting := outcome(e, id, sdk.DeliveryDelivered, attempted(1)), outcome(e, self, sdk.DeliveryPending, held)
		commit(t, st, journal.Batch{Node: self, Events: owned(e), Outcomes: []*delivery.Outcome{delivered, waiting}})
		_, err := st.CancelFirst(t.Context(), &delivered.Delivery)
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		require.Equal(t, delivered.Delivery, get(t, st, delivered).Delivery)
		r, err := st.CancelFirst(t.Context(), &waiting.Delivery)
		require.NoError(t, err)
		require.Equal(t, sdk.DeliveryCancelled, r.Status)
		require.Empty(t, claimHeld(t, st, self, delivery.SubscriptionRef{AccountID: id, SubscriptionID: self}, 9))
	},
	"a claim that its node never had ends with the event's mark": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := agedEvent(t, id, "1", at.Add(-time.Hour))
		commit(t, st, journal.Batch{Node: self, Events: owned(e)})
		o := outcome(e, id, sdk.DeliveryPending)
		_, err := st.CancelFirst(t.Context(), &o.Delivery)
		require.NoError(t, err)
		_, err = st.Retry(t.Context(), id, o.Delivery.ID, at)
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "the node may be at it: %v", err)
		sum, _ := sweep(t, st, id, 9)
		require.Zero(t, sum)
		commit(t, st, journal.Batch{Node: self, Settled: []*event.Event{e}})
		_, err = st.Retry(t.Context(), id, o.Delivery.ID, at)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{o.Delivery.ID}, claimDue(t, st, self, at))

		f := agedEvent(t, id, "2", at.Add(-time.Minute))
		commit(t, st, journal.Batch{Node: self, Events: owned(f)})
		o = outcome(f, id, sdk.DeliveryPending)
		_, err = st.CancelFirst(t.Context(), &o.Delivery)
		require.NoError(t, err)
		commit(t, st, journal.Batch{Node: self, Settled: []*event.Event{f}})
		sum, _ = sweep(t, st, id, 9)
		require.Equal(t, retention.Step{Events: 1, Deliveries: 1}, sum)
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

// cancelFirsts cancels first deliveries that a node has in memory, another has had,
// and nobody has.
func cancelFirsts(t *testing.T, st *store.Store) {
	for name, c := range map[string]struct {
		end func(*delivery.Outcome)
	}{
		"it is delivered":                    {end: func(o *delivery.Outcome) { o.Delivery.Status = sdk.DeliveryDelivered; attempted(1)(o) }},
		"it fails":                           {end: func(o *delivery.Outcome) { o.Delivery.Status = sdk.DeliveryRetrying; attempted(1)(o); dueAt(at)(o) }},
		"it is held":                         {end: held},
		"the node sees that it is cancelled": {end: func(o *delivery.Outcome) { o.Delivery.Status = sdk.DeliveryCancelled }},
	} {
		id, self := newAccount(t, st, name), newNode(t, st)
		e := newEvent(t, id, "1")
		o, rest := outcome(e, id, sdk.DeliveryPending), outcome(e, self, sdk.DeliveryDelivered)
		commit(t, st, journal.Batch{Node: self, Events: owned(e), Outcomes: []*delivery.Outcome{rest}})
		pending, err := st.PendingEvent(t.Context(), id, o.Delivery.ID, uuid.Nil)
		require.NoError(t, err, name)
		require.Equal(t, e.Data, pending.Data, name)
		pending, err = st.PendingEvent(t.Context(), id, o.Delivery.ID, e.Key)
		require.NoError(t, err, name)
		require.Nil(t, pending, name)
		r, err := st.CancelFirst(t.Context(), &o.Delivery)
		require.NoError(t, err, name)
		want := o.Delivery
		want.Status = sdk.DeliveryCancelled
		require.Equal(t, want, r.Delivery, name)
		require.Equal(t, []delivery.Cancellation{{AccountID: id, DeliveryID: o.Delivery.ID}}, cancelled(t, st, self), name)
		_, err = st.CancelFirst(t.Context(), &o.Delivery)
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%s: again: %v", name, err)
		_, err = st.Retry(t.Context(), id, o.Delivery.ID, at)
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%s: the node may be at it: %v", name, err)

		end := *o
		c.end(&end)
		end.Settles = true
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{&end, &end}})
		got := get(t, st, o)
		require.Equal(t, sdk.DeliveryCancelled, got.Status, name)
		require.Equal(t, end.Delivery.AttemptCount, got.AttemptCount, name)
		require.Len(t, got.Attempts, end.Delivery.AttemptCount, name)
		require.Empty(t, claimDue(t, st, self, at.Add(time.Hour)), name)
		_, err = st.Retry(t.Context(), id, o.Delivery.ID, at)
		require.NoError(t, err, name)
		require.Equal(t, []uuid.UUID{o.Delivery.ID}, claimDue(t, st, self, at), name)
	}
	// Who takes the event after its node does not deliver what is cancelled.
	id, self, other := newAccount(t, st, "taken over"), newNode(t, st), newNode(t, st)
	e, unowned := newEvent(t, id, "1"), newEvent(t, id, "2")
	commit(t, st, journal.Batch{Node: self, Events: append(owned(e), free(unowned)...)})
	for _, ev := range []*event.Event{e, unowned} {
		o := outcome(ev, id, sdk.DeliveryPending)
		_, err := st.CancelFirst(t.Context(), &o.Delivery)
		require.NoError(t, err)
	}
	require.Len(t, cancelled(t, st, self), 1, "nobody has the other one")
	require.NoError(t, st.ReleaseNode(t.Context(), self))
	taken, err := st.ClaimEvents(t.Context(), other, 9)
	require.NoError(t, err)
	require.Len(t, taken, 2)
	for _, ev := range taken {
		recorded, err := st.Recorded(t.Context(), id, ev.Key)
		require.NoError(t, err)
		require.Contains(t, recorded, id)
	}
	late := outcome(unowned, id, sdk.DeliveryDelivered, attempted(1))
	commit(t, st, journal.Batch{Node: other, Outcomes: []*delivery.Outcome{late}})
	require.Equal(t, sdk.DeliveryCancelled, get(t, st, late).Status)
	require.Empty(t, claimDue(t, st, other, time.Now().Add(time.Hour)))
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
