package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/retention"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// old commits a batch whose rows retention sees as old, and returns its window.
func old(t *testing.T, st *store.Store, status sdk.DeliveryStatus) retention.Window {
	t.Helper()
	self, acc := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(t.Context(), self, "test"))
	require.NoError(t, st.CreateAccount(t.Context(), &account.Account{ID: acc, Name: acc.String()}))
	b := batch(t, self, acc, 3)
	for _, o := range b.Outcomes {
		o.Delivery.Status = status
	}
	_, err := st.Commit(t.Context(), b)
	require.NoError(t, err)
	return retention.Window{AccountID: acc, Before: time.Now().Add(time.Hour), Limit: 100}
}

// removals are the steps of retention, with what must lead their statements, by
// database.
var removals = map[string]struct {
	run              func(context.Context, *testing.T, *store.Store) error
	sqlite, postgres []string
}{
	"accounts": {
		func(ctx context.Context, t *testing.T, st *store.Store) error {
			w := old(t, st, sdk.DeliveryDelivered)
			got, err := st.AccountsBefore(ctx, w.Before, uuid.Nil, 10)
			require.Equal(t, []uuid.UUID{w.AccountID}, got)
			return err
		},
		[]string{"accounts USING COVERING INDEX sqlite_autoindex_accounts_1 (id>?)", "events USING COVERING INDEX sqlite_autoindex_events_1 (account_id=?)"},
		[]string{"using accounts_pkey", "using events_pkey", "Index Cond: (account_id = accounts.id)"},
	},
	"final deliveries": {
		func(ctx context.Context, t *testing.T, st *store.Store) error {
			step, err := st.RemoveDeliveries(ctx, old(t, st, sdk.DeliveryDelivered))
			require.Equal(t, retention.Step{Deliveries: 3, Attempts: 3}, step)
			return err
		},
		[]string{
			"deliveries USING PRIMARY KEY (account_id=? AND id>? AND id<?)", "pending_events USING PRIMARY KEY (account_id=? AND event_key=?)",
			"attempts USING PRIMARY KEY (account_id=? AND delivery_id=?)", "deliveries USING PRIMARY KEY (account_id=? AND id=?)",
		},
		[]string{"using deliveries_pkey on deliveries", "AND (id > ", "AND (id < ", "using pending_events_pkey", "using attempts_pkey"},
	},
	"deliveries that expire": {
		func(ctx context.Context, t *testing.T, st *store.Store) error {
			step, err := st.RemoveDeliveries(ctx, old(t, st, sdk.DeliveryRetrying))
			require.Equal(t, retention.Step{Expired: 3}, step)
			return err
		},
		[]string{"deliveries USING PRIMARY KEY (account_id=? AND id=?)"},
		[]string{"using deliveries_pkey on deliveries"},
	},
	"events": {
		func(ctx context.Context, t *testing.T, st *store.Store) error {
			w := old(t, st, sdk.DeliveryDelivered)
			_, err := st.RemoveDeliveries(ctx, w)
			require.NoError(t, err)
			step, err := st.RemoveEvents(ctx, w)
			require.Equal(t, retention.Step{Events: 3}, step)
			return err
		},
		[]string{
			"events USING INDEX sqlite_autoindex_events_1 (account_id=? AND key>? AND key<?)", "events USING INDEX sqlite_autoindex_events_1 (account_id=? AND key=?)",
			"deliveries USING PRIMARY KEY (account_id=? AND id>? AND id<?)", "pending_events USING PRIMARY KEY (account_id=? AND event_key=?)",
		},
		[]string{"using events_pkey on events", "AND (key > ", "AND (key < ", "using deliveries_pkey on deliveries", "AND (id >= ", "AND (id <= ", "using pending_events_pkey"},
	},
	"the oldest event": {
		func(ctx context.Context, t *testing.T, st *store.Store) error {
			old(t, st, sdk.DeliveryDelivered)
			_, err := st.Size(ctx)
			return err
		},
		[]string{"events USING COVERING INDEX sqlite_autoindex_events_1 (account_id=?)"},
		[]string{"using events_pkey on events", "Index Cond: (account_id = accounts.id)"},
	},
}

// What is removed must be found without reading what stays.
func TestRemovalsAreLedByPrimaryKeys(t *testing.T) {
	t.Parallel()
	for name, c := range removals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := openSQLite(t, t.TempDir(), 1)
			captured := store.Capture(t, st)
			require.NoError(t, c.run(t.Context(), t, st))
			plan := explained(t, captured(), func(s store.Statement) []string { return store.Explain(t, st, s) })
			for _, want := range c.sqlite {
				require.Contains(t, plan, want)
			}
			for _, table := range []string{"events", "deliveries", "attempts", "pending_events"} {
				require.NotContains(t, plan, "SCAN "+table)
			}
		})
	}
}

func TestPostgresRemovalsAreLedByPrimaryKeys(t *testing.T) {
	t.Parallel()
	for name, c := range removals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := openPostgres(t, storetest.Postgres(t), 1)
			captured := store.Capture(t, st)
			require.NoError(t, c.run(t.Context(), t, st))
			plan := explained(t, captured(), func(s store.Statement) []string { return store.ExplainPostgres(t, st, s) })
			for _, want := range c.postgres {
				require.Contains(t, plan, want)
			}
			for _, table := range []string{"events", "deliveries", "attempts", "pending_events"} {
				require.NotContains(t, plan, "Seq Scan on "+table)
			}
		})
	}
}

// explained is the plans of statements on the tables that grow, without those
// that bring rows in. A part of a statement is kept too, which alone is none.
func explained(t *testing.T, statements []store.Statement, explain func(store.Statement) []string) string {
	t.Helper()
	var out strings.Builder
	for _, s := range statements {
		part := strings.Contains(s.SQL, "accounts.id") && !strings.Contains(strings.ReplaceAll(s.SQL, "`", `"`), `FROM "accounts"`)
		if part || strings.HasPrefix(s.SQL, "INSERT") || !strings.Contains(s.SQL, "account") {
			continue
		}
		out.WriteString(s.SQL + "\n" + strings.Join(explain(s), "\n") + "\n")
	}
	require.NotEmpty(t, out.String())
	return out.String()
}

func BenchmarkRemove(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) *store.Store{
		"sqlite":   func(b *testing.B) *store.Store { return openSQLite(b, b.TempDir(), 1) },
		"postgres": func(b *testing.B) *store.Store { return openPostgres(b, storetest.Postgres(b), 1) },
	} {
		for _, step := range []int{100, 500, 2000} {
			b.Run(fmt.Sprintf("%s/%d", name, step), func(b *testing.B) {
				st := open(b)
				self, acc := uuid.New(), uuid.New()
				require.NoError(b, st.RegisterNode(b.Context(), self, "bench"))
				require.NoError(b, st.CreateAccount(b.Context(), &account.Account{ID: acc, Name: "bench"}))
				const events = 2000
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					for range events / 100 {
						_, err := st.Commit(b.Context(), batch(b, self, acc, 100))
						require.NoError(b, err)
					}
					b.StartTimer()
					for _, remove := range []func(context.Context, retention.Window) (retention.Step, error){st.RemoveDeliveries, st.RemoveEvents} {
						w := retention.Window{AccountID: acc, Before: time.Now().Add(time.Hour), Limit: step}
						for again := true; again; again = w.After != uuid.Nil {
							done, err := remove(b.Context(), w)
							require.NoError(b, err)
							w.After = done.Next
						}
					}
				}
				b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
