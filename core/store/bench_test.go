//go:build unix

package store_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
)

// BenchmarkCommit measures what it costs to make things durable: by events and
// outcomes of each.
func BenchmarkCommit(b *testing.B) {
	for _, db := range []struct {
		name string
		open func(b *testing.B) *store.Store
	}{
		{"sqlite", func(b *testing.B) *store.Store { return openSQLite(b, b.TempDir(), 1) }},
		{"postgres", func(b *testing.B) *store.Store { return openPostgres(b, storetest.Postgres(b), 1) }},
	} {
		for _, c := range []struct{ events, outcomes int }{{16, 1}, {1, 10}, {100, 0}, {256, 1}} {
			b.Run(fmt.Sprintf("%s/%dx%d", db.name, c.events, c.outcomes), func(b *testing.B) {
				st := db.open(b)
				self, accountID := uuid.New(), uuid.New()
				require.NoError(b, st.RegisterNode(b.Context(), self, "bench"))
				require.NoError(b, st.CreateAccount(b.Context(), &account.Account{ID: accountID, Name: "bench"}))
				b.ReportAllocs()
				var spent time.Duration
				for b.Loop() {
					b.StopTimer()
					batch := mixed(b, self, accountID, c.events, c.outcomes)
					before := cpuTime(b)
					b.StartTimer()
					_, err := st.Commit(b.Context(), batch)
					require.NoError(b, err)
					b.StopTimer()
					spent += cpuTime(b) - before
					b.StartTimer()
				}
				b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// cpuTime is what this process has spent, which says more than the clock where
// others share the machine.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
