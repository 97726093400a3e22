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
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var deliveryTests = map[string]func(*testing.T, *store.Store){
	"lists, pages and counts": listDeliveries,
	"of another account": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		o := outcome(e, id, sdk.DeliveryDelivered)
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		for _, who := range [][2]uuid.UUID{{newID(t), o.Delivery.ID}, {id, newID(t)}, {id, uuid.Nil}} {
			_, err := st.Delivery(t.Context(), who[0], who[1])
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
			_, err = st.Retry(t.Context(), who[0], who[1], at)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
	},
	"shows the provider's id of the subscription": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		s := newSubscription(t, id, func(s *subscription.Subscription) { s.ExternalID = "ext" })
		insert(t, st, s)
		e := newEvent(t, id, "1")
		o, orphan := outcome(e, s.ID, sdk.DeliveryDelivered), outcome(e, newID(t), sdk.DeliveryCancelled)
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o, orphan}})
		require.Equal(t, "ext", get(t, st, o).SubscriptionExternalID)
		require.Empty(t, get(t, st, orphan).SubscriptionExternalID)
	},
	"recorded": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		a, b := newEvent(t, id, "1"), newEvent(t, id, "2")
		b.Key = a.Key
		b.Key[15]++ // of the same millisecond: its deliveries are among the first's
		sub, other := newID(t), newID(t)
		commit(t, st, journal.Batch{Node: self, Events: free(a, b), Outcomes: []*delivery.Outcome{
			outcome(a, sub, sdk.DeliveryDelivered), outcome(b, other, sdk.DeliveryRetrying, dueAt(at)),
		}})
		got, err := st.Recorded(t.Context(), id, a.Key)
		require.NoError(t, err)
		require.Equal(t, map[uuid.UUID]struct{}{sub: {}}, got)
		got, err = st.Recorded(t.Context(), newID(t), a.Key)
		require.NoError(t, err)
		require.Empty(t, got)
	},
	"retry": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		for _, status := range []sdk.DeliveryStatus{sdk.DeliveryDead, sdk.DeliveryDelivered, sdk.DeliveryCancelled, sdk.DeliveryRetrying} {
			e := newEvent(t, id, status.String())
			o := outcome(e, id, status, attempted(4))
			if status == sdk.DeliveryRetrying {
				o.Delivery.DueAt = at.Add(time.Hour)
			}
			commit(t, st, journal.Batch{Node: self, Events: owned(e), Outcomes: []*delivery.Outcome{o}})
			now := at.Add(time.Minute)
			got, err := st.Retry(t.Context(), id, o.Delivery.ID, now)
			require.NoError(t, err)
			want := o.Delivery
			want.Lease++
			want.Status, want.DueAt, want.UpdatedAt, want.FirstAttemptAt = sdk.DeliveryRetrying, now, now, time.Time{}
			require.Equal(t, want, got.Delivery)
			require.Equal(t, []uuid.UUID{o.Delivery.ID}, claimDue(t, st, self, now))
			_, err = st.Retry(t.Context(), id, o.Delivery.ID, now)
			require.True(t, sdk.IsCode(err, sdk.CodeConflict), "a node is at it: %v", err)
		}
	},
}

func listDeliveries(t *testing.T, st *store.Store) {
	id, self := newAccount(t, st, "acme"), newNode(t, st)
	subs := []*subscription.Subscription{
		newSubscription(t, id, func(s *subscription.Subscription) { s.Namespace = "n" }),
		newSubscription(t, id, func(s *subscription.Subscription) { s.Provider = "bird" }),
	}
	insert(t, st, subs...)
	var events []*event.Event
	var outcomes []*delivery.Outcome
	for i := range 6 {
		e := newEvent(t, id, string(rune('a'+i)))
		e.Key[5] = byte(i) // of different milliseconds, in this order
		e.Type = []string{"x", "y", "z"}[i%3]
		events = append(events, e)
		s := subs[i%2]
		status := []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead, sdk.DeliveryRetrying}[i/2]
		outcomes = append(outcomes, outcome(e, s.ID, status, func(o *delivery.Outcome) { o.Delivery.Provider = s.Provider }))
	}
	other := newEvent(t, newAccount(t, st, "other"), "x")
	commit(t, st, journal.Batch{
		Node: self, Events: free(append(events, other)...),
		Outcomes: append(outcomes, outcome(other, newID(t), sdk.DeliveryDelivered)),
	})
	for name, c := range map[string]struct {
		q     delivery.Query
		want  []int
		total int
	}{
		"all":            {delivery.Query{}, []int{5, 4, 3, 2, 1, 0}, 6},
		"id":             {delivery.Query{ID: outcomes[3].Delivery.ID}, []int{3}, 1},
		"no such id":     {delivery.Query{ID: uuid.Max}, nil, 0},
		"since":          {delivery.Query{Since: time.Now().Add(-time.Hour)}, []int{5, 4, 3, 2, 1, 0}, 6},
		"since later":    {delivery.Query{Since: time.Now().Add(time.Hour)}, nil, 0},
		"event":          {delivery.Query{EventKey: events[2].Key}, []int{2}, 1},
		"subscription":   {delivery.Query{SubscriptionID: subs[1].ID}, []int{5, 3, 1}, 3},
		"provider":       {delivery.Query{Provider: "bird"}, []int{5, 3, 1}, 3},
		"namespace":      {delivery.Query{Namespace: ptr("n")}, []int{4, 2, 0}, 3},
		"no namespace":   {delivery.Query{Namespace: ptr("")}, []int{5, 3, 1}, 3},
		"status":         {delivery.Query{Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead}}, []int{3, 2}, 2},
		"statuses":       {delivery.Query{Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead, sdk.DeliveryRetrying}}, []int{5, 4, 3, 2}, 4},
		"event types":    {delivery.Query{EventTypes: []string{"x", "z"}}, []int{5, 3, 2, 0}, 4},
		"page":           {delivery.Query{Limit: 2}, []int{5, 4}, 6},
		"cursor":         {delivery.Query{Limit: 2, Before: outcomes[4].Delivery.ID}, []int{3, 2}, 6},
		"offset":         {delivery.Query{Limit: 2, Offset: 3}, []int{2, 1}, 6},
		"offset, no end": {delivery.Query{Offset: 4}, []int{1, 0}, 6},
		"all at once": {delivery.Query{
			SubscriptionID: subs[0].ID, Provider: "standard", Namespace: ptr("n"), Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead},
			EventTypes: []string{"z"}, EventKey: events[2].Key, Limit: 1,
		}, []int{2}, 1},
		"none": {delivery.Query{EventTypes: []string{"q"}}, nil, 0},
	} {
		c.q.AccountID = id
		records, err := st.ListDeliveries(t.Context(), c.q)
		require.NoError(t, err, name)
		var got, want []uuid.UUID
		for _, r := range records {
			got = append(got, r.ID)
			require.Equal(t, r.EventKey, r.Event.Key, name)
		}
		for _, i := range c.want {
			want = append(want, outcomes[i].Delivery.ID)
		}
		require.Equal(t, want, got, name)
		n, err := st.CountDeliveries(t.Context(), c.q)
		require.NoError(t, err, name)
		require.Equal(t, c.total, n, name)
	}
}
