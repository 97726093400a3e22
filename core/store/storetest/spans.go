package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/tracestore"
)

func newChunk(t *testing.T, account uuid.UUID, trace byte, started time.Time, errors int) tracestore.Chunk {
	t.Helper()
	return tracestore.Chunk{
		AccountID: account, TraceID: [16]byte{trace}, ID: newID(t), At: started.Add(time.Second), Started: started, Ended: started.Add(time.Minute),
		Name: "publish", Spans: 3, Errors: errors, Services: []string{"switchhook"}, Data: []byte(`[{"i":"1"}]`),
	}
}

func writeSpans(t *testing.T, st *store.Store, chunks ...tracestore.Chunk) {
	t.Helper()
	require.NoError(t, st.WriteSpans(t.Context(), chunks))
}

var spanTests = map[string]func(*testing.T, *store.Store){
	"a trace is read as it was written, by whom it belongs to": func(t *testing.T, st *store.Store) {
		one, two := newID(t), newID(t)
		first, second, other := newChunk(t, one, 1, at, 0), newChunk(t, one, 1, at.Add(time.Hour), 1), newChunk(t, two, 1, at, 0)
		first.EventKey, second.Services, second.Name = newID(t), []string{"switchhook", "switchhook-adapter-bird"}, "deliver"
		nobodys := newChunk(t, uuid.Nil, 1, at, 0)
		writeSpans(t, st, second, first, other, nobodys, newChunk(t, one, 2, at, 0))
		got, err := st.TraceSpans(t.Context(), []uuid.UUID{one}, [16]byte{1}, 10)
		require.NoError(t, err)
		require.Equal(t, []tracestore.Chunk{first, second}, got)
		got, err = st.TraceSpans(t.Context(), []uuid.UUID{two, uuid.Nil}, [16]byte{1}, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []tracestore.Chunk{other, nobodys}, got)
		list, err := st.Traces(t.Context(), tracestore.Query{Accounts: []uuid.UUID{one}, Limit: 10})
		require.NoError(t, err)
		require.Equal(t, tracestore.Summary{
			TraceID: [16]byte{1}, Name: "publish", Started: at, Duration: time.Hour + time.Minute, Spans: 6, Errors: 1,
			Services: []string{"switchhook", "switchhook-adapter-bird"}, EventKey: first.EventKey, AccountID: one, LastWritten: second.At,
		}, list[0])
		require.Len(t, list, 2)
		writeSpans(t, st, newChunk(t, uuid.Nil, 3, at.Add(time.Hour), 0))
		list, err = st.Traces(t.Context(), tracestore.Query{Accounts: []uuid.UUID{two, uuid.Nil}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, []uuid.UUID{uuid.Nil, two}, []uuid.UUID{list[0].AccountID, list[1].AccountID}, "a trace that is partly of an account is of it")
	},
	"lists have filters and pages, the last written first": func(t *testing.T, st *store.Store) {
		account := newID(t)
		for i := range 5 {
			writeSpans(t, st, newChunk(t, account, byte(i+1), at.Add(time.Duration(i/2)*time.Hour), i%2))
		}
		page := func(q tracestore.Query) (ids []byte) {
			q.Accounts, q.Limit = []uuid.UUID{account}, 2
			for {
				got, err := st.Traces(t.Context(), q)
				require.NoError(t, err)
				for i := range got {
					ids = append(ids, got[i].TraceID[0])
				}
				if len(got) < q.Limit {
					return ids
				}
				q.Before = got[len(got)-1].Cursor()
			}
		}
		require.Equal(t, []byte{5, 4, 3, 2, 1}, page(tracestore.Query{}))
		require.Equal(t, []byte{4, 2}, page(tracestore.Query{Errors: true}))
		require.Equal(t, []byte{5, 4, 3}, page(tracestore.Query{Since: at.Add(time.Hour)}))
		require.Equal(t, []byte{2, 1}, page(tracestore.Query{Until: at.Add(time.Hour)}))
	},
	"old and surplus spans are removed in steps, the first ones first": func(t *testing.T, st *store.Store) {
		account := newID(t)
		var chunks []tracestore.Chunk
		for i := range 6 {
			chunks = append(chunks, newChunk(t, account, byte(i+1), at.Add(time.Duration(i)*time.Hour), 0))
		}
		writeSpans(t, st, chunks...)
		for _, want := range []int{1, 1, 0} {
			n, err := st.RemoveSpans(t.Context(), chunks[2].At, 1)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		size := int64(len(chunks[0].Data))
		for _, want := range []int{2, 1, 0} {
			n, err := st.RemoveSpansBeyond(t.Context(), 2*size-1, 2)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		left, err := st.Traces(t.Context(), tracestore.Query{Accounts: []uuid.UUID{account}})
		require.NoError(t, err)
		require.Len(t, left, 1)
		require.Equal(t, [16]byte{6}, left[0].TraceID)
	},
}
