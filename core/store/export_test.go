package store

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

// Setting reads a setting of the database as the store's connections have it.
func Setting(t *testing.T, s *Store, name string) string {
	t.Helper()
	var value string
	require.NoError(t, s.write.WithContext(t.Context()).Raw("SELECT current_setting(?)", name).Scan(&value).Error)
	return value
}

// Pragma reads a setting of SQLite as the writer or the readers have it.
func Pragma(t *testing.T, s *Store, writer bool, name string) string {
	t.Helper()
	db := s.read
	if writer {
		db = s.write
	}
	var value string
	require.NoError(t, db.WithContext(t.Context()).Raw("PRAGMA "+name).Scan(&value).Error)
	return value
}

// Statement is one that a store made.
type Statement struct {
	SQL  string
	Vars []any
}

// Capture keeps the statements of a store. The function returns those since it
// was called before.
func Capture(t *testing.T, s *Store) func() []Statement {
	t.Helper()
	var mu sync.Mutex
	var all []Statement
	add := func(sql string, vars []any) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, Statement{sql, slices.Clone(vars)})
	}
	keep := func(tx *gorm.DB) {
		if !tx.DryRun {
			add(tx.Statement.SQL.String(), tx.Statement.Vars)
		}
	}
	s.dialect = capturing{s.dialect, add}
	for _, db := range []*gorm.DB{s.read, s.write} {
		require.NoError(t, db.Callback().Query().After("gorm:query").Register("test:capture", keep))
		require.NoError(t, db.Callback().Update().After("gorm:update").Register("test:capture", keep))
		require.NoError(t, db.Callback().Delete().After("gorm:delete").Register("test:capture", keep))
		require.NoError(t, db.Callback().Create().After("gorm:create").Register("test:capture", keep))
		require.NoError(t, db.Callback().Row().After("gorm:row").Register("test:capture", keep))
	}
	return func() []Statement {
		mu.Lock()
		defer mu.Unlock()
		out := all
		all = nil
		return out
	}
}

// capturing keeps the commands of a dialect's transactions.
type capturing struct {
	dialect
	add func(sql string, vars []any)
}

func (c capturing) transact(ctx context.Context, db *gorm.DB, fn func(hotTx) error) error {
	return c.dialect.transact(ctx, db, func(tx hotTx) error { return fn(capturingTx{tx, c.add}) })
}

type capturingTx struct {
	hotTx
	add func(sql string, vars []any)
}

func (t capturingTx) send(ctx context.Context, commands []command, last bool) ([]int64, error) {
	for _, c := range commands {
		t.add(c.sql, c.args)
	}
	return t.hotTx.send(ctx, commands, last)
}

// Explain returns SQLite's plan of a statement, one step an entry.
func Explain(t *testing.T, s *Store, st Statement) []string {
	t.Helper()
	db, err := s.write.DB()
	require.NoError(t, err)
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+st.SQL, st.Vars...)
	require.NoError(t, err, st.SQL)
	defer func() { require.NoError(t, rows.Close()) }()
	var out []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		out = append(out, detail)
	}
	require.NoError(t, rows.Err())
	return out
}

// ExplainPostgres returns Postgres' plan of a statement where reading whole
// tables is the last choice, one line an entry. It runs the statement, for some
// parts of a plan are made then, and undoes it.
func ExplainPostgres(t *testing.T, s *Store, st Statement) []string {
	t.Helper()
	tx := s.write.WithContext(t.Context()).Begin()
	require.NoError(t, tx.Error)
	defer func() { require.NoError(t, tx.Rollback().Error) }()
	for _, off := range []string{"enable_seqscan", "enable_bitmapscan"} {
		require.NoError(t, tx.Exec("SET LOCAL "+off+" = off").Error)
	}
	rows, err := tx.Statement.ConnPool.QueryContext(t.Context(), "EXPLAIN (ANALYZE, COSTS off, TIMING off) "+st.SQL, st.Vars...)
	require.NoError(t, err, st.SQL)
	defer func() { require.NoError(t, rows.Close()) }()
	var out []string
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		out = append(out, line)
	}
	require.NoError(t, rows.Err())
	return out
}
