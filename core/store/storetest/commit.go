package storetest

import (
	"context"
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

func exists(t *testing.T, st *store.Store, e *event.Event) bool {
	t.Helper()
	_, err := st.Event(t.Context(), e.AccountID, e.Key)
	require.True(t, err == nil || sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	return err == nil
}

var commitTests = map[string]func(*testing.T, *store.Store){
	"nothing": func(t *testing.T, st *store.Store) {
		require.Empty(t, commit(t, st, journal.Batch{Node: newNode(t, st)}))
	},
	"repeats within a batch": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		first, second, other := newEvent(t, id, "1"), newEvent(t, id, "1"), newEvent(t, id, "2")
		elsewhere := newEvent(t, newAccount(t, st, "other"), "1")
		source := newEvent(t, id, "1")
		source.Source = "/other"
		keys := commit(t, st, journal.Batch{Node: self, Events: free(first, second, other, elsewhere, source)})
		require.Equal(t, []uuid.UUID{first.Key, first.Key, other.Key, elsewhere.Key, source.Key}, keys)
		require.False(t, exists(t, st, second))
		require.ElementsMatch(t, []uuid.UUID{first.Key, other.Key, elsewhere.Key, source.Key}, claimEvents(t, st, self))
	},
	"repeats across batches": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		first, other := newEvent(t, id, "1"), newEvent(t, id, "2")
		commit(t, st, journal.Batch{Node: self, Events: free(first)})
		repeat := newEvent(t, id, "1")
		repeat.Data = []byte("other data")
		require.Equal(t, []uuid.UUID{first.Key, other.Key, first.Key},
			commit(t, st, journal.Batch{Node: self, Events: free(repeat, other, newEvent(t, id, "1"))}))
		got, err := st.Event(t.Context(), id, first.Key)
		require.NoError(t, err)
		require.Equal(t, first.Data, got.Data)
		require.Equal(t, []uuid.UUID{first.Key, other.Key}, claimEvents(t, st, self), "a repeat is not delivered again")
	},
	"repeats of several accounts in a batch": func(t *testing.T, st *store.Store) {
		self := newNode(t, st)
		var first, again []*event.Event
		var want []uuid.UUID
		for i := range 5 {
			id := newAccount(t, st, fmt.Sprint(i))
			first, again = append(first, newEvent(t, id, "1")), append(again, newEvent(t, id, "1"))
			want = append(want, first[i].Key)
		}
		require.Equal(t, want, commit(t, st, journal.Batch{Node: self, Events: free(first...)}))
		require.Equal(t, want, commit(t, st, journal.Batch{Node: self, Events: free(again...)}))
	},
	"generated ids are no repeats": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		a, b := newEvent(t, id, "1"), newEvent(t, id, "1")
		a.Generated, b.Generated = true, true
		require.Equal(t, []uuid.UUID{a.Key, b.Key}, commit(t, st, journal.Batch{Node: self, Events: free(a, b)}))
	},
	"a batch of thousands": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		const n = 2300
		var events []*event.Event
		var outcomes []*delivery.Outcome
		var want []uuid.UUID
		for i := range n {
			e := newEvent(t, id, fmt.Sprint(i%(n-100))) // the last hundred repeat the first
			events = append(events, e)
			want = append(want, events[i%(n-100)].Key)
			if i < n-100 {
				outcomes = append(outcomes, outcome(e, id, sdk.DeliveryDelivered, attempted(1), settles))
			}
		}
		require.Equal(t, want, commit(t, st, journal.Batch{Node: self, Events: free(events...), Outcomes: outcomes}))
		count, err := st.CountDeliveries(t.Context(), delivery.Query{AccountID: id})
		require.NoError(t, err)
		require.Equal(t, n-100, count)
		require.Empty(t, claimEvents(t, st, self), "all are settled")
	},
	"owned events are not for others": func(t *testing.T, st *store.Store) {
		id, self, other := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		mine, anyones := newEvent(t, id, "1"), newEvent(t, id, "2")
		commit(t, st, journal.Batch{Node: self, Events: append(owned(mine), free(anyones)...)})
		require.Equal(t, []uuid.UUID{anyones.Key}, claimEvents(t, st, other))
		require.Empty(t, claimEvents(t, st, self), "what a node owns it has in memory")
	},
	"all or nothing": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		before := newEvent(t, id, "0")
		commit(t, st, journal.Batch{Node: self, Events: free(before)})
		e := newEvent(t, id, "1")
		good := outcome(before, id, sdk.DeliveryDelivered, attempted(1), settles)
		// What fails the batch is an event whose key is taken.
		taken := newEvent(t, id, "2")
		taken.Key, taken.Generated = before.Key, true
		_, err := st.Commit(t.Context(), journal.Batch{Node: self, Events: free(e, taken), Outcomes: []*delivery.Outcome{good}})
		require.Error(t, err)
		require.False(t, exists(t, st, e))
		_, err = st.Delivery(t.Context(), id, good.Delivery.ID)
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		require.Equal(t, []uuid.UUID{before.Key}, claimEvents(t, st, self), "the mark is as it was")
	},
	"an ended context writes nothing": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		e := newEvent(t, id, "1")
		_, err := st.Commit(ctx, journal.Batch{Node: self, Events: free(e)})
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, exists(t, st, e))
	},
	"a dead node writes nothing": func(t *testing.T, st *store.Store) {
		id, self, dead := newAccount(t, st, "acme"), newNode(t, st), newNode(t, st)
		before := newEvent(t, id, "0")
		commit(t, st, journal.Batch{Node: dead, Events: owned(before)})
		require.NoError(t, st.ReleaseNode(t.Context(), dead))
		e := newEvent(t, id, "1")
		o := outcome(before, id, sdk.DeliveryDelivered, attempted(1), settles)
		for name, who := range map[string]uuid.UUID{"removed": dead, "unknown": newID(t), "zero": uuid.Nil} {
			_, err := st.Commit(t.Context(), journal.Batch{Node: who, Events: free(e), Outcomes: []*delivery.Outcome{o}})
			require.ErrorIs(t, err, node.ErrFenced, name)
		}
		require.False(t, exists(t, st, e))
		_, err := st.Delivery(t.Context(), id, o.Delivery.ID)
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		require.Equal(t, []uuid.UUID{before.Key}, claimEvents(t, st, self))
	},
	"settles without an outcome": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		a, b := newEvent(t, id, "1"), newEvent(t, id, "2")
		commit(t, st, journal.Batch{Node: self, Events: owned(a, b)})
		commit(t, st, journal.Batch{Node: self, Settled: []*event.Event{a}})
		require.NoError(t, st.ReleaseNode(t.Context(), self))
		require.Equal(t, []uuid.UUID{b.Key}, claimEvents(t, st, newNode(t, st)))
		require.True(t, exists(t, st, a), "the event stays")
	},
	"an outcome settles only when it says so": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		a, b := newEvent(t, id, "1"), newEvent(t, id, "2")
		commit(t, st, journal.Batch{Node: self, Events: free(a, b), Outcomes: []*delivery.Outcome{
			outcome(a, id, sdk.DeliveryDelivered), outcome(b, id, sdk.DeliveryRetrying, dueAt(at), settles),
		}})
		require.Equal(t, []uuid.UUID{a.Key}, claimEvents(t, st, self))
	},
}

var outcomeTests = map[string]func(*testing.T, *store.Store){
	"every field is kept": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		o := outcome(e, newID(t), sdk.DeliveryRetrying, dueAt(at.Add(time.Minute)))
		o.Delivery.Provider, o.Delivery.EventType, o.Delivery.Verbatim = "bird", "conversation.created", true
		o.Delivery.AttemptCount, o.Delivery.FirstAttemptAt = 3, at.Add(-time.Minute)
		o.Delivery.CreatedAt, o.Delivery.UpdatedAt = at.Add(-time.Hour), at
		o.Attempt = &delivery.Attempt{TraceID: "0af7651916cd43dd8448eb211c80319c", Attempt: sdk.Attempt{
			Number: 3, StartedAt: at.Add(time.Second), Duration: 12_345 * time.Microsecond, ResponseStatus: 503,
			ResponseHeaders: []sdk.Header{{Name: "X", Value: "<1>"}, {Name: "X", Value: ""}},
			ResponseBody:    []byte{0, 0xff, '<'}, Error: "HTTP 503",
		}}
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		got := get(t, st, o)
		require.Equal(t, o.Delivery, got.Delivery)
		require.Equal(t, []delivery.Attempt{*o.Attempt}, got.Attempts)
		require.Equal(t, e.Key, got.Event.Key)
		require.Equal(t, e.Data, got.Event.Data)
	},
	"text that a database refuses": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		o := outcome(e, newID(t), sdk.DeliveryDead, attempted(1))
		o.Attempt.Error = "render: a\x00b \xff c"
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		require.Equal(t, "render: ab \uFFFD c", get(t, st, o).Attempts[0].Error)
	},
	"what is final stays": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		all := []sdk.DeliveryStatus{sdk.DeliveryPending, sdk.DeliveryRetrying, sdk.DeliveryDelivered, sdk.DeliveryDead, sdk.DeliveryCancelled}
		for _, first := range all {
			for _, second := range all {
				e := newEvent(t, id, first.String()+second.String())
				before, after := outcome(e, id, first, dueAt(at)), outcome(e, id, second, attempted(2))
				after.Delivery.UpdatedAt = at.Add(time.Second)
				commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{before}})
				commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{after}})
				want := before.Delivery
				if !delivery.Final(first) || second == sdk.DeliveryDelivered {
					want = after.Delivery
				}
				got := get(t, st, before)
				require.Equal(t, want, got.Delivery, "%s, then %s", first, second)
				require.Len(t, got.Attempts, 1, "the attempt was made")
			}
		}
	},
	"an attempt is recorded once": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		first := outcome(e, id, sdk.DeliveryRetrying, attempted(1), dueAt(at))
		again := outcome(e, id, sdk.DeliveryRetrying, attempted(1), dueAt(at))
		again.Attempt.ResponseStatus = 500
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{first}})
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{again}})
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{outcome(e, id, sdk.DeliveryDelivered, attempted(2))}})
		got := get(t, st, first)
		require.Len(t, got.Attempts, 2)
		require.Equal(t, []int{1, 2}, []int{got.Attempts[0].Number, got.Attempts[1].Number})
		require.Equal(t, 200, got.Attempts[0].ResponseStatus, "the first record stays")
	},
	// A subscriber answers, and the delivery is claimed and tried again at once.
	"two outcomes of one delivery in a batch": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		parked := outcome(e, id, sdk.DeliveryRetrying, attempted(1), dueAt(at))
		done := outcome(e, id, sdk.DeliveryDelivered, attempted(2))
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{parked, done}})
		got := get(t, st, done)
		require.Equal(t, done.Delivery, got.Delivery)
		require.Len(t, got.Attempts, 2)
	},
}
