package storetest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// everyByte is data that is no text in any encoding.
func everyByte(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * 31)
	}
	return b
}

var eventTests = map[string]func(*testing.T, *store.Store){
	"data is kept byte for byte": func(t *testing.T, st *store.Store) {
		id, node := newAccount(t, st, "acme"), newNode(t, st)
		for name, data := range map[string][]byte{
			"none": nil, "empty": {}, "NUL": {0}, "every byte": everyByte(256), "1 MiB": everyByte(1 << 20),
			"JSON with odd spaces": []byte("{ \"b\" :1,\n\t\"a\":1e2, \"b\":2 }\n"), "not UTF-8": {0xff, 0xfe},
		} {
			e := newEvent(t, id, name)
			e.Data = data
			commit(t, st, journal.Batch{Node: node, Events: free(e)})
			got, err := st.Event(t.Context(), id, e.Key)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got.Data), name)
			require.Equal(t, data == nil, got.Data == nil, "%s: an event without data is not one with empty data", name)
		}
	},
	"attributes are kept": func(t *testing.T, st *store.Store) {
		id, node := newAccount(t, st, "acme"), newNode(t, st)
		zone := time.FixedZone("", 2*3600)
		want := &event.Event{
			AccountID: id, Key: newID(t), AcceptedAt: at, TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			Event: sdk.Event{
				ID: "ü/1", Source: "https://example.com/a?b=<c>&d", Type: "order.created", Subject: "sübject <&>",
				Time: time.Date(2026, 1, 2, 3, 4, 5, 123_456_789, zone), DataContentType: "application/json; charset=utf-8",
				DataSchema: "https://example.com/schema", Extensions: map[string]string{"namespace": "a/b", "platform": "<w>&"},
				Data: []byte("{}"),
			},
		}
		generated := &event.Event{AccountID: id, Key: newID(t), AcceptedAt: at, Generated: true, Event: sdk.Event{ID: "g", Source: "/s", Type: "t", Time: at}}
		test := &event.Event{AccountID: id, Key: newID(t), AcceptedAt: at, Generated: true, Only: newID(t), Event: generated.Event}
		commit(t, st, journal.Batch{Node: node, Events: free(want, generated, test)})
		got, err := st.Event(t.Context(), id, want.Key)
		require.NoError(t, err)
		require.True(t, want.Time.Equal(got.Time), "to the nanosecond: %s", got.Time)
		got.Time = want.Time // the same moment in another location
		require.Equal(t, want, got)
		got, err = st.Event(t.Context(), id, generated.Key)
		require.NoError(t, err)
		require.Equal(t, generated, got)
		got, err = st.Event(t.Context(), id, test.Key)
		require.NoError(t, err)
		require.Equal(t, test, got)
	},
	"of another account": func(t *testing.T, st *store.Store) {
		id, node := newAccount(t, st, "acme"), newNode(t, st)
		e := newEvent(t, id, "1")
		commit(t, st, journal.Batch{Node: node, Events: free(e)})
		for _, who := range [][2]uuid.UUID{{newID(t), e.Key}, {id, newID(t)}, {id, uuid.Nil}} {
			_, err := st.Event(t.Context(), who[0], who[1])
			require.True(t, sdk.IsCode(err, sdk.CodeNotFound), "%v", err)
		}
	},
	"lists newest first": func(t *testing.T, st *store.Store) {
		id, other, node := newAccount(t, st, "acme"), newAccount(t, st, "other"), newNode(t, st)
		var all []*event.Event
		for i := range 6 {
			e := newEvent(t, id, fmt.Sprint(i))
			e.Type, e.Source = []string{"a", "b"}[i%2], []string{"/s", "/r"}[i/3]
			all = append(all, e)
		}
		commit(t, st, journal.Batch{Node: node, Events: free(append(all, newEvent(t, other, "x"))...)})
		for name, c := range map[string]struct {
			q    event.Query
			want []int
		}{
			"all":    {event.Query{}, []int{5, 4, 3, 2, 1, 0}},
			"type":   {event.Query{Type: "a"}, []int{4, 2, 0}},
			"source": {event.Query{Source: "/s"}, []int{2, 1, 0}},
			"id":     {event.Query{ID: "3"}, []int{3}},
			"both":   {event.Query{Type: "b", Source: "/r"}, []int{5, 3}},
			"page":   {event.Query{Limit: 2}, []int{5, 4}},
			"next":   {event.Query{Limit: 2, Before: all[4].Key}, []int{3, 2}},
			"none":   {event.Query{Type: "c"}, nil},
		} {
			c.q.AccountID = id
			events, err := st.ListEvents(t.Context(), c.q)
			require.NoError(t, err)
			var got, want []string
			for _, e := range events {
				got = append(got, e.ID)
			}
			for _, i := range c.want {
				want = append(want, all[i].ID)
			}
			require.Equal(t, want, got, name)
		}
	},
}
