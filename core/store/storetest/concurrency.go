package storetest

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// together runs n calls at the same time.
func together(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

var concurrencyTests = map[string]func(*testing.T, *store.Store){
	"repeats across commits at the same time": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		const nodes, n = 6, 40
		batches := make([]journal.Batch, nodes)
		for i := range batches {
			batches[i].Node = newNode(t, st)
			for j := range n {
				if i%2 == 1 {
					j = n - 1 - j // in the opposite order
				}
				batches[i].Events = append(batches[i].Events, free(newEvent(t, id, fmt.Sprint(j)))...)
			}
		}
		keys := make([][]uuid.UUID, nodes)
		for _, err := range together(nodes, func(i int) (err error) {
			keys[i], err = st.Commit(t.Context(), batches[i])
			return err
		}) {
			require.NoError(t, err)
		}
		stored := map[string]uuid.UUID{}
		for i, b := range batches {
			for j, e := range b.Events {
				if k, ok := stored[e.Event.ID]; ok {
					require.Equal(t, k, keys[i][j], "every node is told the same key")
				}
				stored[e.Event.ID] = keys[i][j]
			}
		}
		require.Len(t, claimEvents(t, st, batches[0].Node), n)
	},
	"commits of one delivery at the same time": func(t *testing.T, st *store.Store) {
		id, e := newAccount(t, st, "acme"), (*event.Event)(nil)
		e = newEvent(t, id, "1")
		const nodes = 6
		ids := make([]uuid.UUID, nodes)
		for i := range ids {
			ids[i] = newNode(t, st)
		}
		commit(t, st, journal.Batch{Node: ids[0], Events: free(e)})
		for _, err := range together(nodes, func(i int) error {
			status := sdk.DeliveryDead
			if i == 3 {
				status = sdk.DeliveryDelivered
			}
			_, err := st.Commit(t.Context(), journal.Batch{Node: ids[i], Outcomes: []*delivery.Outcome{outcome(e, id, status, attempted(i+1), settles)}})
			return err
		}) {
			require.NoError(t, err)
		}
		got := get(t, st, outcome(e, id, sdk.DeliveryDelivered))
		require.Equal(t, sdk.DeliveryDelivered, got.Status)
		require.Len(t, got.Attempts, nodes)
		require.Empty(t, claimEvents(t, st, ids[0]))
	},
	"health of several subscriptions in opposite orders": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		const nodes, n = 4, 20
		var subs []*subscription.Subscription
		for range n {
			subs = append(subs, newSubscription(t, id))
		}
		insert(t, st, subs...)
		batches := make([]journal.Batch, nodes)
		for i := range batches {
			batches[i].Node = newNode(t, st)
			e := newEvent(t, id, fmt.Sprint(i))
			batches[i].Events = free(e)
			for j := range n {
				if i%2 == 1 {
					j = n - 1 - j
				}
				o := outcome(e, subs[j].ID, sdk.DeliveryRetrying, dueAt(at))
				o.Health = &delivery.Health{AccountID: id, SubscriptionID: subs[j].ID, FailingSince: at}
				batches[i].Outcomes = append(batches[i].Outcomes, o)
			}
		}
		for _, err := range together(nodes, func(i int) error {
			_, err := st.Commit(t.Context(), batches[i])
			return err
		}) {
			require.NoError(t, err)
		}
		got, err := st.ListSubscriptions(t.Context(), subscription.Query{AccountID: id})
		require.NoError(t, err)
		for _, s := range got {
			require.Equal(t, at, s.FailingSince)
		}
	},
	"a change by its owner and one by the engine": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		s := newSubscription(t, id)
		insert(t, st, s)
		e := newEvent(t, id, "1")
		o := outcome(e, s.ID, sdk.DeliveryDead, attempted(1))
		o.Delivery.UpdatedAt = at.Add(time.Minute)
		o.Health = &delivery.Health{AccountID: id, SubscriptionID: s.ID, FailingSince: at, DisabledReason: "gone"}
		recorded := make(chan error, 1)
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
			got, err := tx.Subscription(subscription.ByID(id, s.ID))
			require.NoError(t, err)
			go func() {
				_, err := st.Commit(t.Context(), journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
				recorded <- err
			}()
			got.Name, got.Version = "new", got.Version+1
			return tx.Update(got)
		}))
		require.NoError(t, <-recorded)
		got, err := st.Subscription(t.Context(), subscription.ByID(id, s.ID))
		require.NoError(t, err)
		require.Equal(t, "new", got.Name)
		require.False(t, got.Enabled, "the owner's change does not undo it")
		require.Equal(t, "gone", got.DisabledReason)
		require.EqualValues(t, 3, got.Version)
		require.Equal(t, at, got.FailingSince)
		require.Equal(t, at.Add(time.Minute), got.UpdatedAt)
	},
	"health clears": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		s, other := newSubscription(t, id), newSubscription(t, id)
		s.FailingSince, other.FailingSince = at, at
		insert(t, st, s, other)
		e := newEvent(t, id, "1")
		o := outcome(e, s.ID, sdk.DeliveryDelivered)
		o.Health = &delivery.Health{AccountID: id, SubscriptionID: s.ID}
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		got, err := st.Subscription(t.Context(), subscription.ByID(id, s.ID))
		require.NoError(t, err)
		require.True(t, got.FailingSince.IsZero())
		require.EqualValues(t, 1, got.Version, "health is no change of its owner's")
		got, err = st.Subscription(t.Context(), subscription.ByID(id, other.ID))
		require.NoError(t, err)
		require.Equal(t, at, got.FailingSince)
	},
	"a failure's reason is kept until another comes": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		s := newSubscription(t, id)
		insert(t, st, s)
		for i, c := range []struct{ reported, kept string }{
			{"HTTP 500", "HTTP 500"}, {"", "HTTP 500"}, {"bad\x00\xff", "bad\uFFFD"},
		} {
			e := newEvent(t, id, strconv.Itoa(i))
			o := outcome(e, s.ID, sdk.DeliveryDelivered)
			o.Health = &delivery.Health{AccountID: id, SubscriptionID: s.ID, LastError: c.reported}
			commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
			got, err := st.Subscription(t.Context(), subscription.ByID(id, s.ID))
			require.NoError(t, err)
			require.Equal(t, c.kept, got.LastError.Message)
			require.Equal(t, o.Delivery.UpdatedAt.UTC(), got.LastError.At)
		}
	},
}
