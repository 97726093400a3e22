// Package unifiedtest runs the unified API for tests: real services on a real
// SQLite store behind a real HTTP server, with two providers and no engine, so
// that what is published stays as it was committed.
package unifiedtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/core/gateway/unified"
	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// OperatorKey is the operator's token.
const OperatorKey = "swh_operator-key-for-tests"

// MaxBody is the largest body that the server takes, in bytes.
const MaxBody = 16 << 10

// Server is a running API.
type Server struct {
	// URL of the server, without /v1.
	URL     string
	Store   *store.Store
	Default *account.Account
	// Wakes counts the calls of Config.Wake.
	Wakes atomic.Int64
	// Log is what the server logged.
	Log *Log

	node uuid.UUID
	file string
}

// Start starts a server that ends with the test. tracer may be nil.
func Start(tb testing.TB, tracer trace.Tracer) *Server {
	tb.Helper()
	if tracer == nil {
		tracer = noop.NewTracerProvider().Tracer("")
	}
	dir := tb.TempDir()
	s := &Server{node: newID(tb), file: filepath.Join(dir, "switchhook.db"), Log: &Log{}}
	box, err := secret.NewBox(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(tb, err)
	s.Store, err = store.OpenSQLite(dir, store.Options{Box: box, Now: time.Now})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Store.Close()) })
	_, err = s.Store.Migrate(tb.Context())
	require.NoError(tb, err)
	require.NoError(tb, s.Store.RegisterNode(tb.Context(), s.node, "test"))
	log := slog.New(slog.NewTextHandler(s.Log, nil))
	signer, err := accesstoken.New(bytes.Repeat([]byte{7}, secret.KeySize), time.Now)
	require.NoError(tb, err)
	accounts := account.NewService(s.Store, time.Now, log, account.WithAccessTokens(signer))
	_, err = accounts.Bootstrap(tb.Context(), OperatorKey)
	require.NoError(tb, err)
	s.Default, err = accounts.Find(tb.Context(), account.DefaultName)
	require.NoError(tb, err)
	p := providers{set(tb)}
	eventTypes := eventtype.NewService(s.Store, accounts, time.Now)
	events := event.NewService(s.Store, s, p, tracer, time.Now)
	events.SetValidator(eventTypes)
	handler, err := unified.New(unified.Config{
		EventTypes:    eventTypes,
		Accounts:      accounts,
		Subscriptions: subscription.NewService(s.Store, subscription.NewIndex(s.Store), p, checkURL, time.Now),
		Events:        events,
		Idempotency:   idempotency.NewService(s.Store, log),
		Replays:       replay.NewService(s.Store, subscription.NewIndex(s.Store), p, func() {}, time.Now),
		Deliveries:    s.Store, Providers: p, PluginStatus: pluginStatus, Wake: func() { s.Wakes.Add(1) },
		Audit: s.Store, Statistics: s.Store, Traces: s.Store, MaxBodyBytes: MaxBody, Logger: log, Tracer: tracer, Now: time.Now,
	})
	require.NoError(tb, err)
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Commit implements event.Committer: it writes at once, with nobody to deliver.
func (s *Server) Commit(ctx context.Context, events []*event.Event) ([]uuid.UUID, error) {
	b := journal.Batch{Node: s.node}
	for _, e := range events {
		b.Events = append(b.Events, journal.Entry{Event: e})
	}
	return s.Store.Commit(ctx, b)
}

// Record makes a batch durable, as an engine would.
func (s *Server) Record(tb testing.TB, b journal.Batch) {
	tb.Helper()
	b.Node = s.node
	_, err := s.Store.Commit(tb.Context(), b)
	require.NoError(tb, err)
}

// Rows shows every row of the tables that requests may change.
func (s *Server) Rows(tb testing.TB) string {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+s.file+"?mode=ro")
	require.NoError(tb, err)
	defer func() { require.NoError(tb, db.Close()) }()
	var out strings.Builder
	for _, table := range []string{
		"accounts", "api_keys", "subscription_numbers", "subscriptions", "events", "pending_events", "deliveries", "attempts", "replays",
	} {
		out.WriteString(dump(tb, db, table))
	}
	return out.String()
}

func dump(tb testing.TB, db *sql.DB, table string) string {
	tb.Helper()
	rows, err := db.QueryContext(tb.Context(), "SELECT * FROM "+table)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(tb, err)
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	var out strings.Builder
	for rows.Next() {
		require.NoError(tb, rows.Scan(into...))
		fmt.Fprintln(&out, table, cells)
	}
	require.NoError(tb, rows.Err())
	return out.String()
}

func newID(tb testing.TB) uuid.UUID {
	tb.Helper()
	id, err := uuid.NewV7()
	require.NoError(tb, err)
	return id
}

type providers struct{ set *provider.Set }

// Providers implements unified.Providers.
func (p providers) Providers() *provider.Set { return p.set }

func set(tb testing.TB) *provider.Set {
	tb.Helper()
	var all []*provider.Provider
	for _, m := range []sdk.Manifest{standard(), vendor()} {
		p, err := provider.New(m)
		require.NoError(tb, err)
		all = append(all, p)
	}
	s, err := provider.NewSet(all...)
	require.NoError(tb, err)
	return s
}

// Exec changes rows behind the API's back, as a crash or time would.
func (s *Server) Exec(tb testing.TB, statement string) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+s.file)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, db.Close()) }()
	_, err = db.ExecContext(tb.Context(), statement)
	require.NoError(tb, err)
}

// Table shows every row of a table.
func (s *Server) Table(tb testing.TB, name string) string {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+s.file+"?mode=ro")
	require.NoError(tb, err)
	defer func() { require.NoError(tb, db.Close()) }()
	return dump(tb, db, name)
}
