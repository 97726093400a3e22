package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/modeltest"
	"github.com/switchhook/switchhook/core/store/storetest"
)

// sqliteBench has an embedded database explored.
func sqliteBench(t testing.TB) *modeltest.Bench {
	t.Helper()
	clock := modeltest.NewClock()
	return sqliteBenchAt(t, clock.Now, clock)
}

func sqliteBenchAt(t testing.TB, now func() time.Time, clock *modeltest.Clock) *modeltest.Bench {
	t.Helper()
	dir := t.TempDir()
	st, err := store.OpenSQLite(dir, store.Options{Box: storetest.Box(t, 1), Now: now})
	require.NoError(t, err)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "switchhook.db")+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	b := bench(t, st, db, clock, "x'%x'")
	b.Alone = true
	return b
}

// postgresBench has a database on a server explored.
func postgresBench(t testing.TB) *modeltest.Bench {
	t.Helper()
	dsn, clock := storetest.Postgres(t), modeltest.NewClock()
	st, err := store.OpenPostgres(dsn, store.Options{Box: storetest.Box(t, 1), Now: clock.Now})
	require.NoError(t, err)
	db, err := sql.Open("pgx", dsn.Reveal())
	require.NoError(t, err)
	return bench(t, st, db, clock, `'\x%x'`)
}

func bench(t testing.TB, st *store.Store, db *sql.DB, clock *modeltest.Clock, literal string) *modeltest.Bench {
	t.Helper()
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		require.NoError(t, st.Close())
	})
	_, err := st.Migrate(t.Context())
	require.NoError(t, err)
	return &modeltest.Bench{
		Open: func(fate func() modeltest.Fate, alone bool) modeltest.Process {
			return store.NewProcess(t, st, fate, alone)
		},
		DB: db, Clock: clock, Literal: func(b []byte) string { return fmt.Sprintf(literal, b) },
	}
}

func TestSQLiteDoesAsTheModelSays(t *testing.T) {
	t.Parallel()
	modeltest.Check(t, sqliteBench(t))
}

func TestPostgresDoesAsTheModelSays(t *testing.T) {
	t.Parallel()
	modeltest.Check(t, postgresBench(t))
}

// What a store could do wrong is found, and in a few explorations; by what the
// gateway promises alone, without the reference, in some more.
func TestTheModelFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and about the model: runs without -short")
	}
	for _, f := range modeltest.Faults() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			b := sqliteBench(t)
			seed, found := modeltest.Find(b, f, true, mostSeeds)
			require.Error(t, found, "the reference tells nothing")
			t.Logf("compared: at seed %d: %s", seed, firstLine(found))
			if f.Mute {
				return
			}
			seed, found = modeltest.Find(b, f, false, mostSeeds)
			require.Error(t, found, "the promises tell nothing")
			t.Logf("promised: at seed %d: %s", seed, firstLine(found))
		})
	}
}

// mostSeeds bounds the explorations for one fault.
const mostSeeds = 300

func firstLine(err error) string { return strings.SplitN(err.Error(), "\n", 2)[0] }

// Real engines, journals and nodes keep what is promised while their store, their
// subscribers and they themselves fail.
func TestEnginesKeepTheirPromises(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, modeltest.Engines(t, engineBench, nil, seed))
		})
	}
}

func TestEnginesShowPlantedFaults(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and about the model: runs without -short")
	}
	for _, f := range modeltest.Faults() {
		if f.Faint {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			var found error
			seed := uint64(1)
			for ; found == nil && seed < mostSeeds; seed++ {
				found = modeltest.Engines(t, engineBench, &f, seed)
			}
			require.Error(t, found)
			t.Logf("before seed %d: %s", seed, firstLine(found))
		})
	}
}

// engineBench is an embedded database by the time of a bubble.
func engineBench(t *testing.T) *modeltest.Bench {
	t.Helper()
	return sqliteBenchAt(t, time.Now, nil)
}
