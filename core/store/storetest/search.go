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

var searchTests = map[string]func(*testing.T, *store.Store){
	"by each thing and all at once": searchDeliveries,
	"looks at so many and tells where to go on": func(t *testing.T, st *store.Store) {
		id, outcomes := searched(t, st)
		q := delivery.Query{AccountID: id, Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead}, Limit: 9, LookAt: 2}
		var got []uuid.UUID
		pages := 0
		for ; pages == 0 || q.Before != uuid.Nil; pages++ {
			p, err := st.SearchDeliveries(t.Context(), q)
			require.NoError(t, err)
			for _, r := range p.Records {
				got = append(got, r.ID)
			}
			q.Before = p.Next
		}
		require.Equal(t, 4, pages, "of six, two each, and the end")
		require.Equal(t, []uuid.UUID{outcomes[4].Delivery.ID, outcomes[1].Delivery.ID}, got)
	},
}

// searched commits six deliveries, a second apart.
func searched(t *testing.T, st *store.Store) (accountID uuid.UUID, outcomes []*delivery.Outcome) {
	id, self := newAccount(t, st, "acme"), newNode(t, st)
	var events []*event.Event
	for i := range 6 {
		e := newEvent(t, id, string(rune('a'+i)))
		from := delivery.IDFrom(at.Add(time.Duration(i) * time.Second))
		copy(e.Key[:6], from[:6])
		events = append(events, e)
	}
	answer := func(number, status int, failed string) func(*delivery.Outcome) {
		return func(o *delivery.Outcome) {
			attempted(number)(o)
			o.Attempt.ResponseStatus, o.Attempt.Error = status, failed
		}
	}
	outcomes = []*delivery.Outcome{
		outcome(events[0], id, sdk.DeliveryDelivered, answer(1, 200, "")),
		outcome(events[1], id, sdk.DeliveryDead, answer(1, 500, "failed")),
		outcome(events[2], id, sdk.DeliveryDelivered, answer(2, 204, "")),
		outcome(events[3], id, sdk.DeliveryRetrying, answer(1, 500, "failed"), dueAt(at)),
		outcome(events[4], id, sdk.DeliveryDead, answer(3, 0, "no answer")),
		outcome(events[5], id, sdk.DeliveryPending, held),
	}
	outcomes[5].Delivery.Provider = "bird"
	earlier := outcome(events[2], id, sdk.DeliveryRetrying, answer(1, 500, "failed"), dueAt(at))
	commit(t, st, journal.Batch{Node: self, Events: free(events...), Outcomes: append([]*delivery.Outcome{earlier}, outcomes...)})
	return id, outcomes
}

func searchDeliveries(t *testing.T, st *store.Store) {
	id, outcomes := searched(t, st)
	second := func(n int) time.Time { return at.Add(time.Duration(n) * time.Second).Truncate(time.Millisecond) }
	for name, c := range map[string]struct {
		q    delivery.Query
		want []int
		more bool
	}{
		"all":                   {delivery.Query{}, []int{5, 4, 3, 2, 1, 0}, false},
		"a page":                {delivery.Query{Limit: 2}, []int{5, 4}, true},
		"the last page":         {delivery.Query{Limit: 2, Before: outcomes[2].Delivery.ID}, []int{1, 0}, false},
		"since":                 {delivery.Query{Since: second(4)}, []int{5, 4}, false},
		"until":                 {delivery.Query{Until: second(2)}, []int{1, 0}, false},
		"since and until":       {delivery.Query{Since: second(1), Until: second(3)}, []int{2, 1}, false},
		"provider":              {delivery.Query{Provider: "bird"}, []int{5}, false},
		"statuses":              {delivery.Query{Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead, sdk.DeliveryRetrying}}, []int{4, 3, 1}, false},
		"answer in its own row": {delivery.Query{ResponseStatuses: []int{200}}, []int{0}, false},
		"answer of an attempt":  {delivery.Query{ResponseStatuses: []int{500}}, []int{3, 1}, false},
		"answers":               {delivery.Query{ResponseStatuses: []int{200, 204}}, []int{2, 0}, false},
		"no answer":             {delivery.Query{ResponseStatuses: []int{0}}, []int{4}, false},
		"all at once": {delivery.Query{
			Since: second(1), Until: second(5), Provider: "standard", Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead},
			EventTypes: []string{"order.created"}, ResponseStatuses: []int{500, 0}, SubscriptionID: id, Limit: 1,
		}, []int{4}, true},
		"none":         {delivery.Query{EventTypes: []string{"q"}}, nil, false},
		"another's":    {delivery.Query{SubscriptionID: uuid.Max}, nil, false},
		"until before": {delivery.Query{Until: second(-1)}, nil, false},
	} {
		c.q.AccountID = id
		p, err := st.SearchDeliveries(t.Context(), c.q)
		require.NoError(t, err, name)
		var got, want []uuid.UUID
		for _, r := range p.Records {
			got = append(got, r.ID)
		}
		for _, i := range c.want {
			want = append(want, outcomes[i].Delivery.ID)
		}
		require.Equal(t, want, got, name)
		require.Equal(t, c.more, p.Next != uuid.Nil, name)
	}
}
