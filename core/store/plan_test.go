package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// What is done for every event, delivery or request must be led by an index and
// must not sort: it would grow with the backlog.
func TestStatementsAreLedByIndexes(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, t.TempDir(), 1)
	ctx := t.Context()
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(ctx, self, "test"))
	require.NoError(t, st.CreateAccount(ctx, &account.Account{ID: acc, Name: "a"}))
	_, err := st.Commit(ctx, batch(t, self, acc, 3))
	require.NoError(t, err)
	captured := store.Capture(t, st)
	n := ""
	for name, c := range map[string]struct {
		run  func() error
		want []string
	}{
		"claim events": {
			func() error {
				b := batch(t, self, acc, 3)
				b.Outcomes, b.Events[0].Owned, b.Events[1].Owned = nil, false, false
				if _, err := st.Commit(ctx, b); err != nil {
					return err
				}
				captured()
				_, err := st.ClaimEvents(ctx, self, 10)
				return err
			},
			[]string{"pending_events USING INDEX pending_events_free", "pending_events USING PRIMARY KEY (account_id=? AND event_key=?)", "events USING INDEX sqlite_autoindex_events_1 (account_id=? AND key=?)"},
		},
		"claim deliveries": {
			func() error {
				b := batch(t, self, acc, 3)
				for _, o := range b.Outcomes {
					o.Delivery.Status, o.Delivery.DueAt = sdk.DeliveryRetrying, time.Now().Add(-time.Hour)
				}
				if _, err := st.Commit(ctx, b); err != nil {
					return err
				}
				captured()
				_, err := st.ClaimDeliveries(ctx, self, time.Now(), 10)
				return err
			},
			[]string{"deliveries USING INDEX deliveries_due (due_at<?)", "deliveries USING PRIMARY KEY (account_id=? AND id=?)"},
		},
		"claim held deliveries": {
			func() error { _, err := st.ClaimHeld(ctx, self, held(t, st, self, acc), 10); return err },
			[]string{
				"deliveries USING COVERING INDEX deliveries_held (account_id=? AND subscription_id=?)",
				"deliveries USING INDEX deliveries_held (account_id=? AND subscription_id=?)",
			},
		},
		"held subscriptions": {
			func() error { _, err := st.HeldSubscriptions(ctx, delivery.SubscriptionRef{}, 10); return err },
			[]string{"d USING COVERING INDEX deliveries_held ((account_id,subscription_id)>(?,?))"},
		},
		"backlog": {
			func() error { _, err := st.Backlog(ctx); return err },
			[]string{
				"deliveries USING COVERING INDEX deliveries_due", "deliveries USING COVERING INDEX deliveries_claimed",
				"deliveries USING COVERING INDEX deliveries_held",
			},
		},
		"commit": {
			func() error {
				b := batch(t, self, acc, 3)
				again := batch(t, self, acc, 1)
				again.Events[0].Event.ID = b.Events[0].Event.ID
				if _, err := st.Commit(ctx, b); err != nil {
					return err
				}
				_, err := st.Commit(ctx, again)
				return err
			},
			[]string{"pending_events USING PRIMARY KEY (account_id=? AND event_key=?)", "events USING INDEX events_dedupe (account_id=? AND dedupe_key=?)"},
		},
		"release": {
			func() error {
				other := uuid.New()
				if err := st.RegisterNode(ctx, other, "other"); err != nil {
					return err
				}
				return st.ReleaseNode(ctx, other)
			},
			[]string{"deliveries USING INDEX deliveries_claimed (node_id=?)"},
		},
		"list deliveries": {
			func() error {
				_, err := st.ListDeliveries(ctx, delivery.Query{AccountID: acc, Limit: 5, Before: uuid.Max})
				return err
			},
			[]string{"deliveries USING PRIMARY KEY (account_id=? AND id<?)", "attempts USING PRIMARY KEY (account_id=? AND delivery_id=?)"},
		},
		"list an event's deliveries": {
			func() error {
				_, err := st.ListDeliveries(ctx, delivery.Query{AccountID: acc, EventKey: uuid.New(), Limit: 5})
				return err
			},
			[]string{"deliveries USING PRIMARY KEY (account_id=? AND id>? AND id<?)"},
		},
		"list a subscription's deliveries": {
			func() error {
				_, err := st.ListDeliveries(ctx, delivery.Query{AccountID: acc, SubscriptionID: acc, Limit: 5})
				return err
			},
			[]string{"deliveries USING INDEX deliveries_subscription (account_id=? AND subscription_id=?)"},
		},
		"search deliveries": {
			func() error {
				_, err := st.SearchDeliveries(ctx, delivery.Query{
					AccountID: acc, Since: time.Unix(1, 0), Until: time.Now(), Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead},
					EventTypes: []string{"a", "b"}, Provider: "p", ResponseStatuses: []int{500}, LookAt: 2,
				})
				return err
			},
			[]string{
				"deliveries USING PRIMARY KEY (account_id=? AND id>? AND id<?)",
				"attempts USING PRIMARY KEY (account_id=? AND delivery_id=? AND number=?)",
			},
		},
		"search a subscription's deliveries": {
			func() error {
				_, err := st.SearchDeliveries(ctx, delivery.Query{
					AccountID: acc, SubscriptionID: acc, Statuses: []sdk.DeliveryStatus{sdk.DeliveryDead}, LookAt: 2,
				})
				return err
			},
			[]string{"deliveries USING INDEX deliveries_subscription (account_id=? AND subscription_id=?"},
		},
		"cancel": {
			func() error {
				b := batch(t, self, acc, 1)
				b.Outcomes[0].Delivery.Status = sdk.DeliveryPending
				if _, err := st.Commit(ctx, b); err != nil {
					return err
				}
				captured()
				_, err := st.Cancel(ctx, acc, b.Outcomes[0].Delivery.ID, time.Now())
				return err
			},
			[]string{"deliveries USING PRIMARY KEY (account_id=? AND id=?)"},
		},
		"cancel a first delivery": {
			func() error {
				b := batch(t, self, acc, 1)
				b.Events[0].Owned, b.Outcomes[0].Settles = true, false
				d := b.Outcomes[0].Delivery
				b.Outcomes = nil
				if _, err := st.Commit(ctx, b); err != nil {
					return err
				}
				captured()
				if _, err := st.PendingEvent(ctx, acc, d.ID, uuid.Nil); err != nil {
					return err
				}
				if _, err := st.CancelFirst(ctx, &d); err != nil {
					return err
				}
				_, err := st.Retry(ctx, acc, d.ID, time.Now())
				if sdk.IsCode(err, sdk.CodeConflict) {
					return nil // its node has it
				}
				return err
			},
			[]string{
				"pending_events USING PRIMARY KEY (account_id=? AND event_key>? AND event_key<?)",
				"pending_events USING PRIMARY KEY (account_id=? AND event_key=?)", "deliveries USING PRIMARY KEY (account_id=? AND id=?)",
			},
		},
		"replays": {
			func() error {
				_, err := st.ClaimReplays(ctx, self, []uuid.UUID{acc}, 4)
				if err == nil {
					_, err = st.ReplayWindow(ctx, replay.Window{AccountID: acc, To: time.Now().Add(time.Hour), Limit: 5})
				}
				if err == nil {
					_, err = st.CountEvents(ctx, acc, time.Unix(0, 0), time.Now())
				}
				if err == nil {
					_, _, err = st.Waiting(ctx, delivery.SubscriptionRef{AccountID: acc}, time.Now(), 10)
				}
				if err == nil {
					_, err = st.ReplayOf(ctx, &delivery.Delivery{AccountID: acc, CreatedAt: time.Now()})
				}
				return err
			},
			[]string{
				"replays USING INDEX replays_running", "events USING INDEX sqlite_autoindex_events_1 (account_id=? AND key>? AND key<?)",
				"deliveries USING PRIMARY KEY (account_id=? AND id>? AND id<?)",
				"events USING COVERING INDEX sqlite_autoindex_events_1 (account_id=? AND key>? AND key<?)",
				"deliveries USING COVERING INDEX deliveries_due (due_at<?)", "deliveries USING COVERING INDEX deliveries_held (account_id=?)",
				"replays USING PRIMARY KEY (account_id=? AND id<?)",
			},
		},
		"remove what has ended": {
			func() error {
				_, err := st.RemoveAnswers(ctx, 10)
				if err == nil {
					_, err = st.RemoveAudit(ctx, time.Now(), 10)
				}
				if err == nil {
					_, err = st.RemoveReplays(ctx, time.Now(), 10)
				}
				return err
			},
			[]string{
				"idempotency_keys USING COVERING INDEX idempotency_keys_expires (expires_at<?)", "audit_log USING COVERING INDEX audit_log_at (at<?)",
				"replays USING INDEX replays_ended (updated_at<?)",
			},
		},
		"recorded": {
			func() error { _, err := st.Recorded(ctx, acc, uuid.New()); return err },
			[]string{"deliveries USING PRIMARY KEY (account_id=? AND id>? AND id<?)"},
		},
		"list events": {
			func() error {
				_, err := st.ListEvents(ctx, event.Query{AccountID: acc, Limit: 5, Before: uuid.Max})
				return err
			},
			[]string{"events USING INDEX sqlite_autoindex_events_1 (account_id=? AND key<?)"},
		},
		"list subscriptions": {
			func() error {
				_, err := st.ListSubscriptions(ctx, subscription.Query{AccountID: acc, Limit: 5})
				return err
			},
			[]string{"subscriptions USING INDEX sqlite_autoindex_subscriptions_1 (account_id=? AND id>?)"},
		},
		"get a subscription by its external id": {
			func() error {
				_, err := st.Subscription(ctx, subscription.Owner{AccountID: acc, Provider: "p"}.Select("x"))
				if sdk.IsCode(err, sdk.CodeNotFound) {
					return nil
				}
				return err
			},
			[]string{"subscriptions USING INDEX subscriptions_external_id (account_id=? AND provider=? AND external_id=?)"},
		},
		"list a provider's subscriptions": {
			func() error {
				_, err := st.ListSubscriptions(ctx, subscription.Query{AccountID: acc, Provider: "p", Namespace: &n, Limit: 5})
				return err
			},
			[]string{"subscriptions USING INDEX "},
		},
		"authenticate": {
			func() error {
				_, err := st.KeyByHash(ctx, [32]byte{})
				if sdk.IsCode(err, sdk.CodeNotFound) {
					return nil
				}
				return err
			},
			[]string{"api_keys USING INDEX sqlite_autoindex_api_keys_1 (hash=?)"},
		},
	} {
		captured()
		require.NoError(t, c.run(), name)
		var plan []string
		for _, s := range captured() {
			for _, step := range store.Explain(t, st, s) {
				plan = append(plan, step)
				// What is due has no order of accounts: counting sorts, once in a while.
				if name == "backlog" && strings.Contains(step, "TEMP B-TREE FOR GROUP BY") {
					continue
				}
				// The pending events are few, and a node is released once. Cancellations are
				// there until their node has seen them.
				scan := strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "pending_events") && step != "SCAN cancellations" && step != "SCAN counted" && !strings.Contains(step, "USING INDEX") &&
					!strings.Contains(step, "COVERING INDEX") && !strings.Contains(step, "VALUES CLAUSE") && !strings.Contains(step, "CONSTANT ROW") &&
					!strings.HasPrefix(step, "SCAN h") // the rows of a recursive query
				require.False(t, scan, "%s: %s: %s", name, step, s.SQL)
				sorts := strings.Contains(step, "TEMP B-TREE") && name != "list a provider's subscriptions" &&
					name != "get a subscription by its external id" && name != "held subscriptions" && name != "list an event's deliveries"
				require.False(t, sorts, "%s: %s: %s", name, step, s.SQL)
			}
		}
		for _, want := range c.want {
			require.Contains(t, strings.Join(plan, "\n"), want, name)
		}
	}
}

// held commits three deliveries that are held, and returns their subscription.
func held(t *testing.T, st *store.Store, self, acc uuid.UUID) delivery.SubscriptionRef {
	t.Helper()
	b := batch(t, self, acc, 3)
	for _, o := range b.Outcomes {
		o.Delivery.Status, o.Delivery.Held = sdk.DeliveryPending, true
	}
	_, err := st.Commit(t.Context(), b)
	require.NoError(t, err)
	return delivery.SubscriptionRef{AccountID: acc, SubscriptionID: acc}
}

// What looks at held deliveries and counts what waits is done again and again
// while much waits. Postgres takes a small table for quick to read as a whole, so
// that is forbidden here.
func TestPostgresReadsWhatWaitsFromIndexes(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	st := openPostgres(t, dsn, 1)
	ctx := t.Context()
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(ctx, self, "test"))
	ref := held(t, st, self, acc)
	_, err := rawPostgres(t, dsn).ExecContext(ctx, "ANALYZE deliveries")
	require.NoError(t, err)
	captured := store.Capture(t, st)
	for name, c := range map[string]struct {
		run  func() error
		want []string
	}{
		"claim held deliveries": {
			func() error { _, err := st.ClaimHeld(ctx, self, ref, 10); return err },
			[]string{"Index Scan using deliveries_held on deliveries"},
		},
		"held subscriptions": {
			func() error { _, err := st.HeldSubscriptions(ctx, delivery.SubscriptionRef{}, 10); return err },
			[]string{
				"Index Only Scan using deliveries_held on deliveries d",
				"Index Cond: (ROW(account_id, subscription_id) > ROW(h.account_id, h.subscription_id))",
			},
		},
		"backlog": {
			func() error { _, err := st.Backlog(ctx); return err },
			[]string{
				"Index Only Scan using pending_events_pkey", "Index Only Scan using deliveries_due",
				"Index Only Scan using deliveries_claimed", "Index Only Scan using deliveries_held",
			},
		},
	} {
		captured()
		require.NoError(t, c.run(), name)
		var plan strings.Builder
		for _, s := range captured() {
			plan.WriteString(strings.Join(store.ExplainPostgres(t, st, s), "\n") + "\n")
		}
		require.NotContains(t, plan.String(), "Seq Scan", name)
		for _, want := range c.want {
			require.Contains(t, plan.String(), want, name)
		}
	}
}

// A generated value would be read back with RETURNING, for every row. What is
// delivered at once writes no row beside the delivery's.
func TestInsertsReturnNothing(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, t.TempDir(), 1)
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(t.Context(), self, "test"))
	captured := store.Capture(t, st)
	b := batch(t, self, acc, 2)
	_, err := st.Commit(t.Context(), b)
	require.NoError(t, err)
	statements := captured()
	// alive, events, pending, deliveries, settle: however many rows.
	require.Len(t, statements, 5)
	b = batch(t, self, acc, 2)
	for _, o := range b.Outcomes {
		o.Delivery.Status = sdk.DeliveryDead
	}
	_, err = st.Commit(t.Context(), b)
	require.NoError(t, err)
	failed := captured()
	require.Len(t, failed, 6, "and attempts")
	for _, s := range append(statements, failed...) {
		require.NotContains(t, s.SQL, "RETURNING")
	}
}
