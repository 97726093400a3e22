package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func full(s *subscription.Subscription) {
	s.Namespace, s.Name = "org/ws", "Näme"
	s.EventTypes = []string{"a.b", "c.*"}
	s.Filters = []sdk.Filter{{Key: "k", Value: "v"}}
	s.Secret = "whsec_x"
	s.Headers = []sdk.Header{{Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}}
	s.Settings = map[string]string{"signing": "jwt"}
	s.Options = subscription.Options{
		Filters: []byte(`[{"exact":{"type":"a.b"}}]`),
		Delivery: subscription.DeliveryOptions{
			MaxInFlight: 2, MaxPerSecond: 0.5, Timeout: 1500 * time.Millisecond, Schedule: []time.Duration{time.Second, time.Minute},
			MaxAttempts: 9, NoTraceParent: true,
		},
		Auth: subscription.Auth{
			Basic:  &subscription.BasicAuth{Username: "u", Password: "p"},
			OAuth2: &subscription.OAuth2{TokenURL: "https://t.example.com", ClientID: "c", ClientSecret: "s", Scopes: []string{"a", "b"}, Audience: "x"},
			MTLS:   &subscription.ClientCertificate{Certificate: "cert", PrivateKey: "key"},
		},
	}
	s.DisabledReason, s.FailingSince, s.Version = "gone", at.Add(-time.Hour), 7
	s.LastError = &sdk.LastError{At: at, Message: "HTTP 500"}
	s.OwnerReason, s.PreviousSecret, s.PreviousSecretUntil = "paused", "whsec_w", at.Add(time.Hour)
}

var subscriptionTests = map[string]func(*testing.T, *store.Store){
	"is read as it was made": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		// The bare one has nil lists and false, which must be written as such.
		bare := newSubscription(t, id, func(s *subscription.Subscription) { s.Enabled = false })
		rich := newSubscription(t, id, full)
		insert(t, st, bare, rich)
		for _, want := range []*subscription.Subscription{bare, rich} {
			got, err := st.Subscription(t.Context(), subscription.ByID(id, want.ID))
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	},
	"an update writes zero values": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		s, neighbour := newSubscription(t, id, full), newSubscription(t, id, full)
		insert(t, st, s, neighbour)
		want := *s
		want.SubscriptionSpec = sdk.SubscriptionSpec{URL: "https://example.com/2"}
		want.Options = subscription.Options{}
		want.DisabledReason, want.FailingSince, want.LastError, want.Version = "", time.Time{}, nil, 8
		want.OwnerReason, want.PreviousSecret, want.PreviousSecretUntil = "", "", time.Time{}
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Update(&want) }))
		got, err := st.Subscription(t.Context(), subscription.ByID(id, s.ID))
		require.NoError(t, err)
		require.Equal(t, &want, got)
		got, err = st.Subscription(t.Context(), subscription.ByID(id, neighbour.ID))
		require.NoError(t, err)
		require.Equal(t, neighbour, got)
	},
	"an update of what is gone": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		s := newSubscription(t, id)
		err := st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Update(s) })
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		_, err = st.Subscription(t.Context(), subscription.ByID(id, s.ID))
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	},
	"is selected by its owner alone": func(t *testing.T, st *store.Store) {
		id, other := newAccount(t, st, "acme"), newAccount(t, st, "other")
		s := newSubscription(t, id, func(s *subscription.Subscription) { s.Namespace, s.ExternalID = "n", "x1" })
		insert(t, st, s)
		own := subscription.Owner{AccountID: id, Provider: "standard", Namespace: "n"}
		for _, sel := range []subscription.Selector{own.Select("x1"), own.Select(""), subscription.ByID(id, s.ID)} {
			got, err := st.Subscription(t.Context(), sel)
			require.NoError(t, err)
			require.Equal(t, s.ID, got.ID)
		}
		for _, sel := range []subscription.Selector{
			own.Select("x2"), own.Select("x1\x00"), own.Select("\xff"), subscription.ByID(other, s.ID), subscription.ByID(id, newID(t)), subscription.ByID(id, uuid.Nil),
			subscription.Owner{AccountID: other, Provider: "standard", Namespace: "n"}.Select("x1"),
			subscription.Owner{AccountID: id, Provider: "bird", Namespace: "n"}.Select("x1"),
			subscription.Owner{AccountID: id, Provider: "standard"}.Select("x1"),
			subscription.Owner{AccountID: id, Provider: "standard"}.Select(""),
		} {
			_, err := st.Subscription(t.Context(), sel)
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%+v: %v", sel, err)
		}
	},
	"lists and counts": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		var all []uuid.UUID
		for i := range 6 {
			s := newSubscription(t, id, func(s *subscription.Subscription) {
				s.Provider = []string{"standard", "bird"}[i%2]
				s.Namespace = []string{"", "n"}[i/3]
				s.EventTypes = []string{[]string{"a", "b"}[i%2]}
			})
			insert(t, st, s)
			all = append(all, s.ID)
		}
		insert(t, st, newSubscription(t, newAccount(t, st, "other")))
		key := subscription.FiltersKey(sdk.SubscriptionSpec{EventTypes: []string{"a"}})
		tests := map[string]struct {
			q    subscription.Query
			want []int
		}{
			"all":          {subscription.Query{}, []int{0, 1, 2, 3, 4, 5}},
			"provider":     {subscription.Query{Provider: "bird"}, []int{1, 3, 5}},
			"namespace":    {subscription.Query{Namespace: ptr("n")}, []int{3, 4, 5}},
			"no namespace": {subscription.Query{Namespace: ptr("")}, []int{0, 1, 2}},
			"same filters": {subscription.Query{SameFilters: key}, []int{0, 2, 4}},
			"both":         {subscription.Query{Provider: "bird", Namespace: ptr("n")}, []int{3, 5}},
			"none":         {subscription.Query{Provider: "callbell"}, nil},
		}
		for name, test := range tests {
			var want []uuid.UUID
			for _, i := range test.want {
				want = append(want, all[i])
			}
			test.q.AccountID = id
			require.Equal(t, want, list(t, st, test.q), name)
			require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
				n, err := tx.Count(test.q)
				require.Equal(t, len(want), n, name)
				return err
			}))
		}
		require.Equal(t, all[:2], list(t, st, subscription.Query{AccountID: id, Limit: 2}))
		require.Equal(t, all[2:4], list(t, st, subscription.Query{AccountID: id, Limit: 2, After: all[1]}))
	},
	"names": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		o := subscription.Owner{AccountID: id, Provider: "standard", Namespace: "n"}
		s := newSubscription(t, id, func(s *subscription.Subscription) { s.Namespace, s.Name = "n", "one" })
		insert(t, st, s)
		elsewhere := o
		elsewhere.Namespace = "m"
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
			for i, c := range []struct {
				o      subscription.Owner
				name   string
				except uuid.UUID
				want   bool
			}{
				{o, "one", uuid.Nil, true},
				{o, "one", newID(t), true},
				{o, "one", s.ID, false},
				{o, "two", uuid.Nil, false},
				{elsewhere, "one", uuid.Nil, false},
			} {
				taken, err := tx.NameTaken(c.o, c.name, c.except)
				require.NoError(t, err)
				require.Equal(t, c.want, taken, "case %d", i)
			}
			return nil
		}))
	},
	"numbers count in each account and provider": func(t *testing.T, st *store.Store) {
		for _, name := range []string{"acme", "other"} {
			id := newAccount(t, st, name)
			for want := range 3 {
				require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
					for _, provider := range []string{"a", "b"} {
						n, err := tx.NextNumber(provider)
						require.NoError(t, err)
						require.EqualValues(t, want+1, n)
					}
					return nil
				}))
			}
		}
	},
	"a deletion cancels what waits": func(t *testing.T, st *store.Store) {
		id, node := newAccount(t, st, "acme"), newNode(t, st)
		gone, stays := newSubscription(t, id), newSubscription(t, id)
		insert(t, st, gone, stays)
		e := newEvent(t, id, "1")
		done, claimed := newEvent(t, id, "2"), newEvent(t, id, "3")
		waits := outcome(e, gone.ID, sdk.DeliveryRetrying, attempted(1), dueAt(at))
		other := outcome(e, stays.ID, sdk.DeliveryRetrying, attempted(1), dueAt(at.Add(time.Hour)))
		final := outcome(done, gone.ID, sdk.DeliveryDelivered, attempted(1))
		inWork := outcome(claimed, gone.ID, sdk.DeliveryRetrying)
		commit(t, st, journal.Batch{Node: node, Events: owned(e, done, claimed), Outcomes: []*delivery.Outcome{waits, other, final, inWork}})
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Delete(gone) }))
		_, err := st.Subscription(t.Context(), subscription.ByID(id, gone.ID))
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		_, err = st.Subscription(t.Context(), subscription.ByID(id, stays.ID))
		require.NoError(t, err)
		for name, c := range map[string]struct {
			o    *delivery.Outcome
			want sdk.DeliveryStatus
		}{
			"waiting": {waits, sdk.DeliveryCancelled}, "other subscription": {other, sdk.DeliveryRetrying},
			"final": {final, sdk.DeliveryDelivered}, "in work": {inWork, sdk.DeliveryRetrying},
		} {
			require.Equal(t, c.want, get(t, st, c.o).Status, name)
		}
		require.Empty(t, claimDue(t, st, node, at), "what was cancelled is not due")
	},
	"changes are counted, whoever makes them": func(t *testing.T, st *store.Store) {
		id, other, self := newAccount(t, st, "acme"), newAccount(t, st, "other"), newNode(t, st)
		changes := func(accountID uuid.UUID) int64 {
			n, err := st.Changes(t.Context(), accountID)
			require.NoError(t, err)
			return n
		}
		s := newSubscription(t, id)
		last := changes(id)
		require.Zero(t, last)
		more := func(what string) {
			t.Helper()
			n := changes(id)
			require.Greater(t, n, last, what)
			last = n
		}
		insert(t, st, s)
		more("insert")
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Update(s) }))
		more("update")
		require.Error(t, st.InAccount(t.Context(), id, func(subscription.Tx) error { return errors.New("failure") }))
		require.Equal(t, last, changes(id), "nothing was written")
		e := newEvent(t, id, "1")
		o := outcome(e, s.ID, sdk.DeliveryRetrying, dueAt(at))
		o.Health = &delivery.Health{AccountID: id, SubscriptionID: s.ID, FailingSince: at}
		commit(t, st, journal.Batch{Node: self, Events: free(e), Outcomes: []*delivery.Outcome{o}})
		require.Equal(t, last, changes(id), "a failure is no change")
		o.Health.DisabledReason = "gone"
		commit(t, st, journal.Batch{Node: self, Outcomes: []*delivery.Outcome{o}})
		more("disabled")
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Delete(s) }))
		more("delete")
		require.Zero(t, changes(other))
		require.Zero(t, changes(newID(t)))
	},
	"text that Postgres refuses is the caller's fault": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		for _, text := range []string{"a\x00b", "\xff"} {
			_, err := st.Subscription(t.Context(), subscription.Owner{AccountID: id, Provider: "p"}.Select(text))
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound) || sdk.IsCode(err, sdk.CodeInvalid), "%v", err)
		}
	},
}

func list(t *testing.T, st *store.Store, q subscription.Query) []uuid.UUID {
	t.Helper()
	subs, err := st.ListSubscriptions(t.Context(), q)
	require.NoError(t, err)
	var ids []uuid.UUID
	for _, s := range subs {
		ids = append(ids, s.ID)
	}
	return ids
}

var transactionTests = map[string]func(*testing.T, *store.Store){
	"an error writes nothing": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		s := newSubscription(t, id)
		failure := fmt.Errorf("failure")
		err := st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
			_, err := tx.NextNumber("standard")
			require.NoError(t, err)
			require.NoError(t, tx.Insert(s))
			got, err := tx.Subscription(subscription.ByID(id, s.ID))
			require.NoError(t, err, "a transaction reads its own writes")
			require.Equal(t, s, got)
			return failure
		})
		require.ErrorIs(t, err, failure)
		require.Empty(t, list(t, st, subscription.Query{AccountID: id}))
		require.NoError(t, st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
			n, err := tx.NextNumber("standard")
			require.EqualValues(t, 1, n)
			return err
		}))
	},
	"an unknown account": func(t *testing.T, st *store.Store) {
		err := st.InAccount(t.Context(), newID(t), func(subscription.Tx) error {
			t.Error("must not run")
			return nil
		})
		require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
	},
	"an external id once": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		same := func(s *subscription.Subscription) { s.ExternalID = "1" }
		insert(t, st, newSubscription(t, id, same))
		err := st.InAccount(t.Context(), id, func(tx subscription.Tx) error { return tx.Insert(newSubscription(t, id, same)) })
		require.True(t, sdk.IsCode(err, sdk.CodeConflict), "%v", err)
		insert(t, st, newSubscription(t, newAccount(t, st, "other"), same))
	},
	"writers of one account wait for each other": func(t *testing.T, st *store.Store) {
		id := newAccount(t, st, "acme")
		// Each reads the count and adds one row where there is none: only one may.
		errs := together(8, func(int) error {
			return st.InAccount(t.Context(), id, func(tx subscription.Tx) error {
				n, err := tx.Count(subscription.Query{AccountID: id})
				if err != nil || n > 0 {
					return err
				}
				return tx.Insert(newSubscription(t, id))
			})
		})
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Len(t, list(t, st, subscription.Query{AccountID: id}), 1)
	},
}
