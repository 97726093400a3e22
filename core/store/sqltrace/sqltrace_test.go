package sqltrace_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"modernc.org/sqlite"

	"github.com/switchhook/switchhook/core/store/prepared"
	"github.com/switchhook/switchhook/core/store/sqltrace"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

func open(t testing.TB) *sql.DB {
	t.Helper()
	inner, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "db") + "?_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	db := sql.OpenDB(sqltrace.Connector(prepared.Connector(inner, 8), semconv.DBSystemNameSQLite))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.ExecContext(context.Background(), "CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT)")
	require.NoError(t, err)
	return db
}

// work is a transaction with all that is traced.
func work(ctx context.Context, t testing.TB, db *sql.DB) {
	t.Helper()
	tx, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(ctx, "INSERT INTO t (n, s) VALUES (?, ?)", 1, "hush-4711")
	require.NoError(t, err)
	_, err = tx.ExecContext(ctx, "INSERT INTO t (n, s) VALUES (?, ?)", 1, "hush-4711")
	require.Error(t, err)
	rows, err := tx.QueryContext(ctx, "SELECT n, s FROM t WHERE s <> 'hush-0815'")
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	types, err := rows.ColumnTypes()
	require.NoError(t, err)
	require.Equal(t, "INTEGER", types[0].DatabaseTypeName())
	require.Equal(t, "int64", types[0].ScanType().String(), "the rows are the driver's")
	n := 0
	for rows.Next() {
		n++
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 1, n)
	require.NoError(t, tx.Rollback())
	require.NoError(t, db.PingContext(ctx))
}

func TestWhatARecordedTraceShows(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(kept))
	db := open(t)
	ctx, root := provider.Tracer("").Start(t.Context(), "root")
	work(ctx, t, db)
	root.End()

	var names []string
	for _, s := range kept.Ended() {
		if s.Name() == "root" {
			continue
		}
		names = append(names, s.Name())
		require.Equal(t, root.SpanContext().SpanID(), s.Parent().SpanID(), s.Name())
		require.Equal(t, trace.SpanKindClient, s.SpanKind())
		kind := spans.Of(s.Name(), s.SpanKind())
		require.NotNil(t, kind, s.Name())
		for _, a := range s.Attributes() {
			require.Contains(t, kind.Attributes, a.Key)
			require.NotContains(t, a.Value.String(), "hush")
		}
		require.Empty(t, s.Events(), "an error's text may show values")
	}
	require.Equal(t, []string{"BEGIN transaction", "INSERT t", "INSERT t", "SELECT t", "ROLLBACK transaction"}, names)
	failed := kept.Ended()[2]
	require.Equal(t, codes.Error, failed.Status().Code)
	require.Empty(t, failed.Status().Description)
	require.Contains(t, failed.Attributes(), semconv.ErrorTypeKey.String("1555"), "SQLite's code")
	require.Contains(t, kept.Ended()[3].Attributes(), semconv.DBQueryText("SELECT n, s FROM t WHERE s <> ?"))
}

func TestWhatIsNotRecordedIsNotTraced(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewSpanRecorder()
	never := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(kept), sdktrace.WithSampler(sdktrace.NeverSample()))
	db := open(t)
	ctx, root := never.Tracer("").Start(t.Context(), "root")
	work(ctx, t, db)
	root.End()
	work(t.Context(), t, db)
	require.Empty(t, kept.Started())
}

// The driver's own connection is reached through the layers.
func TestRaw(t *testing.T) {
	t.Parallel()
	c, err := open(t).Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	require.NoError(t, c.Raw(func(c any) error {
		require.NotEqual(t, c, sqltrace.Raw(c))
		require.Equal(t, 1, sqltrace.Raw(1), "what is not wrapped stays")
		return nil
	}))
}
