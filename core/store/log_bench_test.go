package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
)

// BenchmarkCommitLog measures what a delivery and its event write to the
// database's log, which is what a disk is busy with.
func BenchmarkCommitLog(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) (*store.Store, func() int64){"sqlite": sqliteLog, "postgres": postgresLog} {
		for _, c := range []struct{ events, outcomes int }{{16, 1}, {1, 10}, {256, 1}} {
			b.Run(fmt.Sprintf("%s/%dx%d", name, c.events, c.outcomes), func(b *testing.B) {
				st, written := open(b)
				self, accountID := uuid.New(), uuid.New()
				require.NoError(b, st.RegisterNode(b.Context(), self, "bench"))
				require.NoError(b, st.CreateAccount(b.Context(), &account.Account{ID: accountID, Name: "bench"}))
				var sum int64
				for b.Loop() {
					batch := mixed(b, self, accountID, c.events, c.outcomes)
					before := written()
					_, err := st.Commit(b.Context(), batch)
					require.NoError(b, err)
					sum += written() - before
				}
				b.ReportMetric(float64(sum)/float64(b.N*c.events*c.outcomes), "log-B/delivery")
			})
		}
	}
}

// sqliteLog empties the log every other time, so that its size is what a commit
// writes.
func sqliteLog(b *testing.B) (*store.Store, func() int64) {
	b.Helper()
	dir := b.TempDir()
	st := openSQLite(b, dir, 1)
	file := filepath.Join(dir, "switchhook.db")
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	empty := false
	return st, func() int64 {
		if empty = !empty; empty {
			_, err := db.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
			require.NoError(b, err)
		}
		info, err := os.Stat(file + "-wal")
		require.NoError(b, err)
		return info.Size()
	}
}

// postgresLog reads the position in the log.
func postgresLog(b *testing.B) (*store.Store, func() int64) {
	b.Helper()
	dsn := storetest.Postgres(b)
	db := rawPostgres(b, dsn)
	return openPostgres(b, dsn, 1), func() int64 {
		return column[int64](b, db, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")[0]
	}
}
