package store_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/store/storetest"
)

// schema is tables → columns and indexes, in words that both databases share.
type schema map[string][]string

func TestTheTwoMigrationTreesMakeOneSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openSQLite(t, dir, 1)
	lite, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "switchhook.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, lite.Close()) })
	dsn := storetest.Postgres(t)
	openPostgres(t, dsn, 1)
	got := sqliteSchema(t, lite)
	require.Contains(t, got, "deliveries")
	require.Equal(t, got, postgresSchema(t, rawPostgres(t, dsn)))
}

// Whoever adds a table says what keeps it from growing for ever.
func TestEveryTableHasABoundThatIsWrittenDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openSQLite(t, dir, 1)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "switchhook.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	page, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| table | has a row for | bounded by |\n|---|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		require.NotEmpty(t, strings.TrimSpace(cells[3]), line)
		for name := range strings.SplitSeq(cells[1], ",") {
			told = append(told, strings.Trim(name, " `"))
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(sqliteSchema(t, db))), told)
}

func sqliteSchema(t *testing.T, db *sql.DB) schema {
	t.Helper()
	out := schema{}
	for _, table := range column[string](t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`) {
		// A single primary key column is not marked NOT NULL in SQLite.
		out[table] = column[string](t, db, `SELECT printf('%s %s %s', name, type, CASE WHEN "notnull" OR pk THEN 'not null' ELSE 'null' END) FROM pragma_table_info(?)`, table)
		var indexes []string
		for _, index := range column[string](t, db, `SELECT name FROM pragma_index_list(?)`, table) {
			columns := column[string](t, db, `SELECT name FROM pragma_index_info(?) ORDER BY seqno`, index)
			unique := column[string](t, db, `SELECT CASE WHEN "unique" THEN 'unique' ELSE '' END || CASE WHEN partial THEN ' partial' ELSE '' END FROM pragma_index_list(?) WHERE name = ?`, table, index)
			indexes = append(indexes, fmt.Sprintf("index %s (%s)", unique[0], strings.Join(columns, ", ")))
		}
		out[table] = append(out[table], sorted(indexes)...)
	}
	return out
}

func postgresSchema(t *testing.T, db *sql.DB) schema {
	t.Helper()
	out := schema{}
	for _, table := range column[string](t, db, `SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose_%'`) {
		out[table] = column[string](t, db, `
			SELECT column_name || ' ' || CASE data_type WHEN 'bytea' THEN 'BLOB' WHEN 'bigint' THEN 'INTEGER' ELSE upper(data_type) END
				|| ' ' || CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'not null' END
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`, table)
		indexes := column[string](t, db, `
			SELECT 'index ' || CASE WHEN i.indisunique THEN 'unique' ELSE '' END || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END
				|| ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(col, n)
					JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.col) || ')'
			FROM pg_index i WHERE i.indrelid = $1::regclass`, table)
		out[table] = append(out[table], sorted(indexes)...)
	}
	return out
}

func sorted[T cmp.Ordered](s []T) []T { slices.Sort(s); return s }

func TestMigrateAgainDoesNothing(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func() (*store.Store, error){
		"sqlite": func() (*store.Store, error) {
			return store.OpenSQLite(t.TempDir(), store.Options{Box: storetest.Box(t, 1), Now: time.Now})
		},
		"postgres": func() (*store.Store, error) {
			return store.OpenPostgres(storetest.Postgres(t), store.Options{Box: storetest.Box(t, 1), Now: time.Now})
		},
	} {
		t.Run(name, func(t *testing.T) {
			st, err := open()
			require.NoError(t, err)
			defer func() { require.NoError(t, st.Close()) }()
			before, err := st.Migrations(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, before)
			require.False(t, before[0].Applied)
			done, err := st.Migrate(t.Context())
			require.NoError(t, err)
			require.Len(t, done, len(before))
			require.Equal(t, store.Migration{Version: 1, Name: "00001_initial.sql", Applied: true}, done[0])
			done, err = st.Migrate(t.Context())
			require.NoError(t, err)
			require.Empty(t, done)
			after, err := st.Migrations(t.Context())
			require.NoError(t, err)
			require.True(t, after[0].Applied)
			require.NoError(t, st.Check(t.Context()))
		})
	}
}
