package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// at is a moment with microseconds, which is what the store keeps.
var at = time.Date(2026, 11, 21, 10, 11, 12, 345_678_000, time.UTC)

// Box returns a box under the key that is n at every byte.
func Box(t testing.TB, n byte) *secret.Box {
	t.Helper()
	key := make([]byte, secret.KeySize)
	for i := range key {
		key[i] = n
	}
	box, err := secret.NewBox(key)
	require.NoError(t, err)
	return box
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id
}

func newAccount(t testing.TB, st *store.Store, name string) uuid.UUID {
	t.Helper()
	a := &account.Account{ID: newID(t), Name: name, CreatedAt: at}
	require.NoError(t, st.CreateAccount(t.Context(), a))
	return a.ID
}

func newNode(t testing.TB, st *store.Store) uuid.UUID {
	t.Helper()
	id := newID(t)
	require.NoError(t, st.RegisterNode(t.Context(), id, "test"))
	return id
}

// newEvent makes an event with the publisher's id.
func newEvent(t testing.TB, accountID uuid.UUID, id string) *event.Event {
	t.Helper()
	return &event.Event{
		AccountID: accountID, Key: newID(t), AcceptedAt: at,
		Event: sdk.Event{ID: id, Source: "/test", Type: "order.created", Time: at, Data: []byte(`{"a":1}`)},
	}
}

// owned makes entries that the committing node delivers.
func owned(events ...*event.Event) []journal.Entry {
	out := make([]journal.Entry, len(events))
	for i, e := range events {
		out[i] = journal.Entry{Event: e, Owned: true}
	}
	return out
}

// free makes entries that any node may deliver.
func free(events ...*event.Event) []journal.Entry {
	out := owned(events...)
	for i := range out {
		out[i].Owned = false
	}
	return out
}

// commit commits a batch that must succeed.
func commit(t testing.TB, st *store.Store, b journal.Batch) []uuid.UUID {
	t.Helper()
	keys, err := st.Commit(context.Background(), b)
	require.NoError(t, err)
	require.Len(t, keys, len(b.Events))
	return keys
}

// outcome is a state of the delivery of an event to a subscription.
func outcome(e *event.Event, subscriptionID uuid.UUID, status sdk.DeliveryStatus, change ...func(*delivery.Outcome)) *delivery.Outcome {
	o := &delivery.Outcome{Delivery: delivery.Delivery{
		AccountID: e.AccountID, ID: delivery.NewID(e.Key, subscriptionID), EventKey: e.Key, SubscriptionID: subscriptionID,
		Provider: "standard", EventType: e.Type, Status: status, CreatedAt: at, UpdatedAt: at,
	}}
	for _, c := range change {
		c(o)
	}
	return o
}

func dueAt(t time.Time) func(*delivery.Outcome) {
	return func(o *delivery.Outcome) { o.Delivery.DueAt = t }
}

// leased is of the nth claim.
func leased(n int64) func(*delivery.Outcome) {
	return func(o *delivery.Outcome) { o.Delivery.Lease = n }
}

func settles(o *delivery.Outcome) { o.Settles = true }

func attempted(number int) func(*delivery.Outcome) {
	return func(o *delivery.Outcome) {
		o.Delivery.AttemptCount = number
		o.Delivery.FirstAttemptAt = at
		o.Attempt = &delivery.Attempt{
			Attempt: sdk.Attempt{Number: number, StartedAt: at, Duration: 1500 * time.Microsecond, ResponseStatus: 200},
			TraceID: "0af7651916cd43dd8448eb211c80319c", Sent: delivery.Sent{0, 0, 0, 7, 1, 1},
		}
	}
}

// newSubscription makes one that is not stored.
func newSubscription(t testing.TB, accountID uuid.UUID, change ...func(*subscription.Subscription)) *subscription.Subscription {
	t.Helper()
	id := newID(t)
	s := &subscription.Subscription{
		AccountID: accountID, ID: id, Provider: "standard", ExternalID: id.String(),
		SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/hook", Enabled: true},
		Version:          1, CreatedAt: at, UpdatedAt: at,
	}
	for _, c := range change {
		c(s)
	}
	return s
}

func insert(t testing.TB, st *store.Store, subs ...*subscription.Subscription) {
	t.Helper()
	for _, s := range subs {
		require.NoError(t, st.InAccount(t.Context(), s.AccountID, func(tx subscription.Tx) error { return tx.Insert(s) }))
	}
}

func ptr[T any](v T) *T { return &v }

// get reads a delivery that must be there.
func get(t testing.TB, st *store.Store, o *delivery.Outcome) *delivery.Record {
	t.Helper()
	r, err := st.Delivery(t.Context(), o.Delivery.AccountID, o.Delivery.ID)
	require.NoError(t, err)
	return r
}

// claimEvents claims what is free, for a node.
func claimEvents(t testing.TB, st *store.Store, node uuid.UUID) []uuid.UUID {
	t.Helper()
	events, err := st.ClaimEvents(t.Context(), node, 1000)
	require.NoError(t, err)
	var keys []uuid.UUID
	for _, e := range events {
		keys = append(keys, e.Key)
	}
	return keys
}

// claimDue claims what is due at a time, for a node.
func claimDue(t testing.TB, st *store.Store, node uuid.UUID, now time.Time) []uuid.UUID {
	t.Helper()
	claimed, err := st.ClaimDeliveries(t.Context(), node, now, 1000)
	require.NoError(t, err)
	var ids []uuid.UUID
	for _, c := range claimed {
		ids = append(ids, c.Delivery.ID)
	}
	return ids
}
