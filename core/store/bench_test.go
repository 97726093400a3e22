package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// batch is n events with one outcome each, of 1 KiB.
func batch(b testing.TB, node, accountID uuid.UUID, n int) journal.Batch {
	b.Helper()
	out := journal.Batch{Node: node}
	for range n {
		key, err := uuid.NewV7()
		require.NoError(b, err)
		now := time.Now()
		e := &event.Event{
			AccountID: accountID, Key: key, AcceptedAt: now,
			Event: sdk.Event{ID: key.String(), Source: "/bench", Type: "order.created", Time: now, Data: make([]byte, 1024)},
		}
		out.Events = append(out.Events, journal.Entry{Event: e, Owned: true})
		out.Outcomes = append(out.Outcomes, &delivery.Outcome{
			Delivery: delivery.Delivery{
				AccountID: accountID, ID: delivery.NewID(key, accountID), EventKey: key, SubscriptionID: accountID,
				Provider: "standard", EventType: e.Type, Status: sdk.DeliveryDelivered, AttemptCount: 1, CreatedAt: now, UpdatedAt: now,
			},
			Attempt: &delivery.Attempt{Attempt: sdk.Attempt{Number: 1, StartedAt: now, ResponseStatus: 200}, TraceID: key.String()},
			Settles: true,
		})
	}
	return out
}

func BenchmarkCommit(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) *store.Store{
		"sqlite":   func(b *testing.B) *store.Store { return openSQLite(b, b.TempDir(), 1) },
		"postgres": func(b *testing.B) *store.Store { return openPostgres(b, storetest.Postgres(b), 1) },
	} {
		for _, n := range []int{1, 32, 256} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				st := open(b)
				self, accountID := uuid.New(), uuid.New()
				require.NoError(b, st.RegisterNode(b.Context(), self, "bench"))
				require.NoError(b, st.CreateAccount(b.Context(), &account.Account{ID: accountID, Name: "bench"}))
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					batch := batch(b, self, accountID, n)
					b.StartTimer()
					_, err := st.Commit(b.Context(), batch)
					require.NoError(b, err)
				}
				b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
