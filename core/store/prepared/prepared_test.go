package prepared_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/switchhook/switchhook/core/store/prepared"
)

// driverConn is what the connections of modernc.org/sqlite can do.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// counter counts what its connections prepare and close.
type counter struct {
	driver.Connector
	mu       sync.Mutex
	prepared map[string]int
	passed   map[string]int
	open     int
}

func (c *counter) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countedConn{inner.(driverConn), c}, nil
}

func (c *counter) count(m map[string]int, query string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m[query]++
}

func (c *counter) opened(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
	return c.open
}

type countedConn struct {
	driverConn
	c *counter
}

func (c countedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.c.count(c.c.prepared, query)
	s, err := c.driverConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.c.opened(1)
	return countedStmt{s.(driverStmt), c.c}, nil
}

func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.c.count(c.c.passed, query)
	return c.driverConn.ExecContext(ctx, query, args)
}

func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.c.count(c.c.passed, query)
	return c.driverConn.QueryContext(ctx, query, args)
}

type driverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type countedStmt struct {
	driverStmt
	c *counter
}

func (s countedStmt) Close() error {
	s.c.opened(-1)
	return s.driverStmt.Close()
}

const limit = 3

// open returns a handle of one connection with a table t of n and s.
func open(t *testing.T) (*sql.DB, *counter) {
	t.Helper()
	inner, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "db") + "?_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	c := &counter{Connector: inner, prepared: map[string]int{}, passed: map[string]int{}}
	db := sql.OpenDB(prepared.Connector(c, limit))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		require.NoError(t, db.Close())
		require.Zero(t, c.opened(0), "statements left open")
	})
	exec(t, db, "CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT)")
	return db, c
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func exec(t *testing.T, db execer, query string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
}

const insert, count = "INSERT INTO t (n, s) VALUES (?, ?)", "SELECT count(*) FROM t"

func counted(t *testing.T, db *sql.DB) int {
	t.Helper()
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), count).Scan(&n))
	return n
}

func TestTheSameTextIsPreparedOnce(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	for i := range 5 {
		exec(t, db, insert, i, fmt.Sprint(i))
		require.Equal(t, i+1, counted(t, db))
	}
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	exec(t, tx, insert, 9, nil)
	require.NoError(t, tx.Rollback())
	require.Equal(t, 5, counted(t, db))
	require.Equal(t, map[string]int{insert: 1, count: 1}, c.prepared)
	var n int
	var s sql.NullString
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT n, s FROM t WHERE n = ?", 4).Scan(&n, &s))
	require.Equal(t, "4", s.String)
	require.ErrorIs(t, db.QueryRowContext(t.Context(), "SELECT n, s FROM t WHERE n = ?", 5).Scan(&n, &s), sql.ErrNoRows)
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT n, s FROM t WHERE n = ?", 3).Scan(&n, &s))
	require.Equal(t, "3", s.String)
}

func TestWhatIsNotOneStatementOfData(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	for _, query := range []string{
		"INSERT INTO t (n) VALUES (1); INSERT INTO t (n) VALUES (2)", "  pragma user_version", "CREATE INDEX i ON t (s)", "-- nothing",
	} {
		exec(t, db, query)
		require.Equal(t, 1, c.passed[query], query)
	}
	require.Equal(t, 2, counted(t, db))
	require.Equal(t, map[string]int{count: 1}, c.prepared)
}

func TestOpenRowsHaveTheirStatement(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	for i := range 4 {
		exec(t, db, insert, i, "")
	}
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	const all = "SELECT n FROM t ORDER BY n"
	read := func(rows *sql.Rows) int {
		require.True(t, rows.Next())
		var n int
		require.NoError(t, rows.Scan(&n))
		return n
	}
	first, err := tx.QueryContext(t.Context(), all)
	require.NoError(t, err)
	defer func() { require.NoError(t, first.Close()) }()
	require.Equal(t, 0, read(first))
	second, err := tx.QueryContext(t.Context(), all)
	require.NoError(t, err)
	defer func() { require.NoError(t, second.Close()) }()
	require.Equal(t, 0, read(second))
	// What is in use leaves the cache, and is closed by its rows.
	for i := range limit {
		exec(t, tx, fmt.Sprintf("UPDATE t SET s = 'x' WHERE n = %d", i))
	}
	require.Equal(t, 1, read(first))
	require.Equal(t, 1, read(second))
	end(t, first, 2)
	end(t, second, 2)
	require.NoError(t, tx.Commit())
	require.Equal(t, 1, c.prepared[all])
	require.Equal(t, 1, c.passed[all])
	require.Equal(t, limit, c.opened(0))
}

// end reads rows, of which n are left.
func end(t *testing.T, rows *sql.Rows, n int) {
	t.Helper()
	for rows.Next() {
		n--
	}
	require.NoError(t, rows.Err())
	require.Zero(t, n)
}

func TestTheOldestGoes(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	for range 2 {
		for i := range limit + 1 {
			exec(t, db, fmt.Sprintf("DELETE FROM t WHERE n = %d", i))
			require.LessOrEqual(t, c.opened(0), limit)
		}
	}
	require.Equal(t, 2, c.prepared["DELETE FROM t WHERE n = 0"])
	exec(t, db, fmt.Sprintf("DELETE FROM t WHERE n = %d", limit))
	require.Equal(t, 2, c.prepared[fmt.Sprintf("DELETE FROM t WHERE n = %d", limit)])
}

func TestAStatementThatFailedIsPreparedAnew(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	exec(t, db, insert, 1, "")
	_, err := db.ExecContext(t.Context(), insert, 1, "")
	var e *sqlite.Error
	require.ErrorAs(t, err, &e)
	exec(t, db, insert, 2, "")
	require.Equal(t, 2, c.prepared[insert])
	_, err = db.ExecContext(t.Context(), "SELECT missing FROM t")
	require.ErrorContains(t, err, "no such column")
	// Rows that fail on the way.
	const fails = "SELECT abs(CASE n WHEN 2 THEN -9223372036854775808 ELSE n END) FROM t ORDER BY n"
	for range 2 {
		func() {
			rows, err := db.QueryContext(t.Context(), fails)
			require.NoError(t, err)
			defer func() { require.NoError(t, rows.Close()) }()
			require.True(t, rows.Next())
			require.False(t, rows.Next())
			require.ErrorContains(t, rows.Err(), "integer overflow")
		}()
	}
	require.Equal(t, 2, c.prepared[fails])
	require.Equal(t, 2, counted(t, db))
}

func TestTheSchemaMayChange(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	exec(t, db, insert, 1, "a")
	const all = "SELECT * FROM t"
	columns := func() []string {
		rows, err := db.QueryContext(t.Context(), all)
		require.NoError(t, err)
		defer func() { require.NoError(t, rows.Close()) }()
		names, err := rows.Columns()
		require.NoError(t, err)
		types, err := rows.ColumnTypes()
		require.NoError(t, err)
		require.Len(t, types, len(names))
		require.Equal(t, "INTEGER", types[0].DatabaseTypeName())
		for rows.Next() {
			values := make([]any, len(names))
			for i := range values {
				values[i] = new(any)
			}
			require.NoError(t, rows.Scan(values...))
		}
		require.NoError(t, rows.Err())
		return names
	}
	require.Equal(t, []string{"n", "s"}, columns())
	exec(t, db, "ALTER TABLE t ADD COLUMN more TEXT")
	require.Equal(t, []string{"n", "s", "more"}, columns())
	exec(t, db, insert, 2, "b")
	require.Equal(t, 1, c.prepared[all])
	exec(t, db, "DROP TABLE t")
	_, err := db.ExecContext(t.Context(), insert, 3, "c")
	require.ErrorContains(t, err, "no such table")
}

func TestAnInterruptedStatement(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	const forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < ?"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		var n int
		done <- db.QueryRowContext(ctx, forever, 0).Scan(&n)
	}()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Zero(t, counted(t, db))
}
