package store

import (
	"database/sql/driver"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// openHot opens a store for its statements alone.
func openHot(t *testing.T) *Store {
	t.Helper()
	s, err := OpenSQLite(t.TempDir(), Options{Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestAttributesByHandAreJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 10, 11, 12, 345_678_900, time.FixedZone("", 3600))
	for _, e := range []sdk.Event{
		{Time: at},
		{},
		{Time: at.UTC(), DataContentType: "application/json"},
		{Time: at, DataContentType: "text/plain; a=\"b\""},
		{Time: at, Subject: "s"},
		{Time: at, DataSchema: "d"},
		{Time: at, Extensions: map[string]string{"a": "b"}},
		{Time: at, Extensions: map[string]string{}},
	} {
		got, err := newAttributes(&event.Event{Event: e})
		require.NoError(t, err)
		want, err := json.Marshal(attributes{
			Subject: e.Subject, Time: e.Time, DataContentType: e.DataContentType, DataSchema: e.DataSchema, Extensions: e.Extensions,
		})
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
	_, err := newAttributes(&event.Event{Event: sdk.Event{Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}})
	require.ErrorContains(t, err, "year")
}

func TestDedupeKeysLieInTheOrderOfIDs(t *testing.T) {
	t.Parallel()
	of := func(source, id string) string {
		return string(dedupeKey(&event.Event{Event: sdk.Event{Source: source, ID: id}}))
	}
	require.Less(t, of("b", "01a1fecd-9ba3"), of("a", "01a1fecd-9bb3"))
	require.NotEqual(t, of("a", "1"), of("b", "1"))
	require.NotEqual(t, of("a", "1"), of("a", "1\x00"))
	require.NotEqual(t, of("a", "a long id of the one"), of("a", "a long id of the two"))
	require.Len(t, of("a", ""), len(of("a", "a long id of the two")))
	require.Nil(t, dedupeKey(&event.Event{Generated: true}))
}

// What is taken by hand must be what gorm takes, in the order of its SQL.
func TestValuesAreThoseOfGorm(t *testing.T) {
	t.Parallel()
	id := func() key { return key(uuid.New()) }
	node, one, two := optionalKey(uuid.New()), int64(1001), int64(1002)
	for name, row := range map[string]hotRow{
		"event": &eventRow{
			AccountID: id(), Key: id(), Type: "type", Source: "source", ID: "id", DedupeKey: []byte("dedupe"), Attributes: []byte("{}"),
			Data: blob("data"), Traceparent: "trace", AcceptedAt: 1003,
		},
		"empty event":   &eventRow{Attributes: []byte("{}"), Data: blob{}},
		"bare event":    &eventRow{Attributes: []byte("{}")},
		"owned pending": &pendingRow{AccountID: id(), EventKey: id(), NodeID: node},
		"free pending":  &pendingRow{AccountID: id(), EventKey: id()},
		"delivery": &deliveryRow{
			AccountID: id(), ID: id(), EventKey: id(), SubscriptionID: id(), Provider: "provider", EventType: "type", Verbatim: true,
			Status: 2, AttemptCount: 3, FirstAttemptAt: &one, DueAt: &two, NodeID: node, CreatedAt: 1004, UpdatedAt: 1005,
		},
		"held delivery": &deliveryRow{Held: true},
		"delivery with its attempt": &deliveryRow{First: firstAttempt{
			StartedAt: &one, Duration: &two, ResponseStatus: ptr(204), ResponseHeaders: []byte("[]"), ResponseBody: []byte("body"), TraceID: ptr("trace"),
		}},
		"delivery with a bare attempt": &deliveryRow{First: firstAttempt{StartedAt: &one, Duration: &two, ResponseStatus: ptr(0), TraceID: ptr("")}},
		"attempt": &attemptRow{
			AccountID: id(), DeliveryID: id(), Number: 4, StartedAt: 1006, Duration: 1007, ResponseStatus: 200, ResponseHeaders: []byte("[]"),
			ResponseBody: []byte("body"), Error: "error", TraceID: "trace",
		},
		"bare attempt": &attemptRow{},
	} {
		made := dry(openHot(t).write).Create(row)
		require.NoError(t, made.Error, name)
		want := make([]any, len(made.Statement.Vars))
		for i, v := range made.Statement.Vars {
			var err error
			want[i], err = driver.DefaultParameterConverter.ConvertValue(v)
			require.NoError(t, err, name)
			if b, ok := want[i].([]byte); ok && b == nil {
				want[i] = nil
			}
		}
		require.Equal(t, want, row.values(nil), name)
	}
}

func TestInsertsInPowersOfTwo(t *testing.T) {
	t.Parallel()
	s := openHot(t)
	for n, want := range map[int][]int{0: nil, 1: {1}, 2: {2}, 3: {2, 1}, 64: {64}, 65: {64, 1}, 203: {64, 64, 64, 8, 2, 1}} {
		rows := make([]*pendingRow, n)
		var keys []any
		for i := range rows {
			rows[i] = &pendingRow{AccountID: key(uuid.New()), EventKey: key(uuid.New())}
			keys = append(keys, rows[i].EventKey[:])
		}
		commands, err := inserts(nil, s.hot.pending, rows)
		require.NoError(t, err)
		var sizes []int
		var got []any
		for _, c := range commands {
			require.Zero(t, len(c.args)%4)
			sizes = append(sizes, len(c.args)/4)
			for i := 1; i < len(c.args); i += 4 {
				got = append(got, c.args[i])
			}
			fresh := dry(s.write).Create(ptr(make([]pendingRow, len(c.args)/4)))
			require.Equal(t, fresh.Statement.SQL.String(), c.sql)
		}
		require.Equal(t, want, sizes)
		require.Equal(t, keys, got)
	}
}

func TestKeysFillStatementsUp(t *testing.T) {
	t.Parallel()
	s := openHot(t)
	account := key(uuid.New())
	for n, want := range map[int][]int{0: nil, 1: {1}, 2: {2}, 3: {4}, 33: {64}, 64: {64}, 65: {64, 1}, 100: {64, 64}} {
		keys := make([]key, n)
		for i := range keys {
			keys[i] = key(uuid.New())
		}
		commands, err := byKeys(nil, s.hot.settle, account, keys)
		require.NoError(t, err)
		var sizes []int
		got := map[key]bool{}
		for _, c := range commands {
			require.Equal(t, account[:], c.args[0])
			sizes = append(sizes, len(c.args)-1)
			for _, a := range c.args[1:] {
				b, ok := a.([]byte)
				require.True(t, ok)
				got[key(b)] = true
			}
			fresh := dry(s.write).Where("account_id = ? AND event_key IN ?", account, make([]key, len(c.args)-1)).Delete(&pendingRow{})
			require.Equal(t, fresh.Statement.SQL.String(), c.sql)
		}
		require.Equal(t, want, sizes)
		require.Len(t, got, n)
		for _, k := range keys {
			require.True(t, got[k])
		}
	}
}

// SQLite takes 32766 values a statement (https://sqlite.org/limits.html), Postgres
// 65535 (documentation, "Message Formats", Bind).
func TestStatementsTakeNoMoreValuesThanDatabasesDo(t *testing.T) {
	t.Parallel()
	s := openHot(t)
	for name, row := range map[string]hotRow{
		"events": &eventRow{}, "pending": &pendingRow{}, "deliveries": &deliveryRow{}, "attempts": &attemptRow{},
	} {
		sql := map[string]*hotSQL{
			"events": s.hot.events, "pending": s.hot.pending, "deliveries": s.hot.deliveries, "attempts": s.hot.attempts,
		}[name]
		text, err := sql[chunkSizes-1]()
		require.NoError(t, err, name)
		require.Equal(t, largestChunk*len(row.values(nil)), strings.Count(text.sql, "?"), name)
		require.Equal(t, strings.Count(text.sql, "?"), text.values, name)
		require.Less(t, strings.Count(text.sql, "?"), 32766, name)
	}
}

// What gorm makes costs more than what it is used for.
func TestHotStatementsAreMadeOnce(t *testing.T) {
	t.Parallel()
	s := openHot(t)
	made := 0
	sql := newHotSQL(s.write, func(db *gorm.DB, n int) *gorm.DB { made++; return db.Create(ptr(make([]pendingRow, n))) })
	for range 3 {
		_, err := inserts(nil, sql, []*pendingRow{{}, {}, {}})
		require.NoError(t, err)
	}
	require.Equal(t, 2, made)
}
