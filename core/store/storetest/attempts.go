package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/retention"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// answered tells attempts apart.
func answered(status int) func(*delivery.Outcome) {
	return func(o *delivery.Outcome) { o.Attempt.ResponseStatus = status }
}

// statuses are what a delivery's attempts led to, in the order they are read in.
func statuses(t testing.TB, r *delivery.Record) (out []int) {
	t.Helper()
	last := 0
	for _, a := range r.Attempts {
		require.Greater(t, a.Number, last)
		last = a.Number
		out = append(out, a.ResponseStatus)
	}
	return out
}

// An attempt that succeeds at once is kept elsewhere than the others. Whoever
// reads must not see that.
var attemptTests = map[string]func(*testing.T, *store.Store){
	"every field of one that succeeds at once is kept": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		for name, change := range map[string]func(*delivery.Outcome){
			"bare": func(*delivery.Outcome) {},
			"full": func(o *delivery.Outcome) {
				o.Attempt.ResponseHeaders = []sdk.Header{{Name: "Etag", Value: `W/"<1>"`}, {Name: "X", Value: ""}, {Name: "X", Value: "ü"}}
				o.Attempt.ResponseBody = []byte{0, 0xff, '<'}
			},
			"no trace":        func(o *delivery.Outcome) { o.Attempt.TraceID = "" },
			"zero":            func(o *delivery.Outcome) { o.Attempt.Duration, o.Attempt.ResponseStatus = 0, 0 },
			"an error beside": func(o *delivery.Outcome) { o.Attempt.Error = "late" },
		} {
			e := newEvent(t, id, name)
			o := outcome(e, id, sdk.DeliveryDelivered, attempted(1), change)
			commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
			got := get(t, st, o)
			require.Equal(t, o.Delivery, got.Delivery, name)
			require.Equal(t, []delivery.Attempt{*o.Attempt}, got.Attempts, name)
		}
	},
	"the first record stays": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		for name, first := range map[string]sdk.DeliveryStatus{
			"retrying": sdk.DeliveryRetrying, "dead": sdk.DeliveryDead, "cancelled": sdk.DeliveryCancelled, "delivered": sdk.DeliveryDelivered,
		} {
			e := newEvent(t, id, name)
			before, after := outcome(e, id, first, attempted(1), answered(201)), outcome(e, id, sdk.DeliveryDelivered, attempted(1), answered(202))
			commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{before}})
			commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{after}})
			got := get(t, st, after)
			require.Equal(t, after.Delivery, got.Delivery, name)
			require.Equal(t, []int{201}, statuses(t, got), name)
		}
	},
	"late news brings its attempt along": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		for _, first := range []sdk.DeliveryStatus{sdk.DeliveryPending, sdk.DeliveryDead, sdk.DeliveryCancelled, sdk.DeliveryDelivered} {
			e := newEvent(t, id, first.String())
			late := outcome(e, id, sdk.DeliveryDelivered, attempted(1))
			commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{outcome(e, id, first)}})
			commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{late}})
			require.Equal(t, []delivery.Attempt{*late.Attempt}, get(t, st, late).Attempts, first.String())
		}
	},
	"one that succeeded stays when the delivery is made again": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		for _, last := range []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead, sdk.DeliveryRetrying} {
			e := newEvent(t, id, last.String())
			first := outcome(e, id, sdk.DeliveryDelivered, attempted(1), answered(201))
			commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{first}})
			again, err := st.Retry(t.Context(), id, first.Delivery.ID, at)
			require.NoError(t, err)
			require.Equal(t, []int{201}, statuses(t, again))
			claimed, err := st.ClaimDeliveries(t.Context(), self, at, 10)
			require.NoError(t, err)
			require.Len(t, claimed, 1)
			commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{outcome(e, id, last, attempted(2), answered(202))}})
			require.Equal(t, []int{201, 202}, statuses(t, get(t, st, first)), last.String())
		}
	},
	"those of a page": func(t *testing.T, st *store.Store) {
		id, self := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		want := map[sdk.DeliveryStatus][]int{sdk.DeliveryDelivered: {201}, sdk.DeliveryDead: {202, 203}, sdk.DeliveryCancelled: nil}
		dead := newID(t)
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{
			outcome(e, newID(t), sdk.DeliveryDelivered, attempted(1), answered(201)),
			outcome(e, dead, sdk.DeliveryRetrying, attempted(1), answered(202), dueAt(at.Add(time.Hour))),
			outcome(e, dead, sdk.DeliveryDead, attempted(2), answered(203)),
			outcome(e, newID(t), sdk.DeliveryCancelled),
		}})
		page, err := st.ListDeliveries(t.Context(), delivery.Query{AccountID: id})
		require.NoError(t, err)
		got := map[sdk.DeliveryStatus][]int{}
		for _, r := range page {
			got[r.Status] = statuses(t, &r)
		}
		require.Equal(t, want, got)
	},
	"are counted when they go, wherever they are": func(t *testing.T, st *store.Store) {
		self, acme := newNode(t, st), newAccount(t, st, "acme")
		events, _ := aged(t, st, self, acme, 4, sdk.DeliveryDelivered, attempted(1))
		sub := newID(t)
		for _, status := range []sdk.DeliveryStatus{sdk.DeliveryRetrying, sdk.DeliveryDelivered} {
			n := map[sdk.DeliveryStatus]int{sdk.DeliveryRetrying: 1, sdk.DeliveryDelivered: 2}[status]
			commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{outcome(events[0], sub, status, attempted(n))}})
		}
		sum, steps := sweep(t, st, acme, 7)
		require.Equal(t, retention.Step{Events: 4, Deliveries: 5, Attempts: 6}, sum)
		require.Equal(t, 1+1, steps, "a delivery that holds its attempt weighs one row")
	},
}
