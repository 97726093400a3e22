package store_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// openPostgres opens a store on a database, with the newest schema.
func openPostgres(t testing.TB, dsn sdk.Secret, key byte) *store.Store {
	t.Helper()
	st, err := store.OpenPostgres(dsn, store.Options{Box: storetest.Box(t, key), Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	return st
}

func rawPostgres(t testing.TB, dsn sdk.Secret) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn.Reveal())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) *store.Store { return openPostgres(t, storetest.Postgres(t), 1) })
}

func TestPostgresKeepsNothingInClear(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	st := openPostgres(t, dsn, 1)
	db := rawPostgres(t, dsn)
	storetest.NothingInClear(t, st, func() string {
		var all strings.Builder
		for _, table := range column[string](t, db, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`) {
			for _, row := range column[string](t, db, `SELECT t::text FROM "`+table+`" t`) {
				all.WriteString(row)
			}
		}
		return all.String()
	})
}

// column reads a query's one column.
func column[T any](t testing.TB, db *sql.DB, query string, args ...any) []T {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var out []T
	for rows.Next() {
		var v T
		require.NoError(t, rows.Scan(&v))
		out = append(out, v)
	}
	require.NoError(t, rows.Err())
	return out
}

func TestPostgresFindsOutAnotherKey(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	storetest.OtherKey(t, openPostgres(t, dsn, 1), openPostgres(t, dsn, 2))
}

func TestPostgresTakesOverOnlySilentNodes(t *testing.T) {
	t.Parallel()
	st := openPostgres(t, storetest.Postgres(t), 1)
	self, other := uuid.New(), uuid.New()
	require.NoError(t, st.RegisterNode(t.Context(), self, "self"))
	require.NoError(t, st.RegisterNode(t.Context(), other, "other"))
	dead, err := st.TakeOver(t.Context(), self, time.Hour)
	require.NoError(t, err)
	require.Zero(t, dead)
	require.NoError(t, st.Heartbeat(t.Context(), other))
	dead, err = st.TakeOver(t.Context(), self, 0)
	require.NoError(t, err)
	require.Equal(t, 1, dead)
	require.ErrorIs(t, st.Heartbeat(t.Context(), other), node.ErrFenced)
}

func TestPostgresCommitsDurably(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	db := rawPostgres(t, dsn)
	_, err := db.ExecContext(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$`)
	require.NoError(t, err)
	st := openPostgres(t, dsn, 1)
	require.Equal(t, "on", store.Setting(t, st, "synchronous_commit"))
	u, err := url.Parse(dsn.Reveal())
	require.NoError(t, err)
	_, err = store.OpenPostgres(sdk.Secret(u.String()+"&synchronous_commit=off"), store.Options{})
	require.ErrorContains(t, err, "synchronous_commit=off would lose")
}

func TestPostgresErrorsHideThePassword(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	server := "127.0.0.1:1"
	urls := map[string]string{
		"nobody listens":     "postgres://user:" + password + "@" + server + "/db?sslmode=disable",
		"bad port":           "postgres://user:" + password + "@127.0.0.1:port/db",
		"slash in password":  "postgres://user:" + password + "/x@127.0.0.1/db",
		"percent":            "postgres://user:" + password + "%zz@127.0.0.1/db",
		"unknown mode":       "postgres://user:" + password + "@127.0.0.1/db?sslmode=nonsense",
		"password parameter": "postgres://user@" + server + "/db?sslmode=disable&password=" + password,
		"not a URL":          "host=127.0.0.1 password=" + password,
	}
	for name, dsn := range urls {
		_, err := store.OpenPostgres(sdk.Secret(dsn), store.Options{})
		require.ErrorContains(t, err, "database: ", name)
		require.NotContains(t, err.Error(), password, name)
	}
}

func TestPostgresRefusesAWrongPassword(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(storetest.Postgres(t).Reveal())
	require.NoError(t, err)
	u.User = url.UserPassword(u.User.Username(), "not+the/pass word")
	_, err = store.OpenPostgres(sdk.Secret(u.String()), store.Options{})
	require.ErrorContains(t, err, "password authentication failed")
	require.NotContains(t, err.Error(), "not+the")
	require.NotContains(t, err.Error(), "pass%20word")
}

func TestPostgresNodesStartTogether(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	const nodes = 3
	done := make(chan error, nodes)
	for range nodes {
		st, err := store.OpenPostgres(dsn, store.Options{Box: storetest.Box(t, 1), Now: time.Now})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, st.Close()) })
		go func() {
			_, err := st.Migrate(t.Context())
			if err == nil {
				err = st.Check(t.Context())
			}
			done <- err
		}()
	}
	for range nodes {
		require.NoError(t, <-done)
	}
}
