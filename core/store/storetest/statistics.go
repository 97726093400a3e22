package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/statistics"
	"github.com/switchhook/switchhook/core/store"
)

func readStatistics(t *testing.T, st *store.Store, account uuid.UUID, from, to time.Time) (out []statistics.Row) {
	t.Helper()
	require.NoError(t, st.Statistics(t.Context(), account, from, to, func(r *statistics.Row) { out = append(out, *r) }))
	return out
}

var statisticsTests = map[string]func(*testing.T, *store.Store){
	"counts of one node and minute add up, those of two nodes stand beside each other": func(t *testing.T, st *store.Store) {
		account, one, two, minute := newID(t), newID(t), newID(t), at.Truncate(time.Minute)
		c := statistics.Counts{Published: 3, Refused: 2, Delivered: 4, Dead: 1, FailedAttempts: 5, Backlog: 7}
		c.Latency.Observe(time.Second)
		rows := []statistics.Row{
			{AccountID: account, Node: one, Minute: minute, Counts: c},
			{AccountID: account, Node: two, Minute: minute, Counts: statistics.Counts{Published: 10}},
			{AccountID: statistics.All, Node: one, Minute: minute, Counts: statistics.Counts{Published: 20}},
			{AccountID: account, Node: one, Minute: minute.Add(time.Minute), Counts: statistics.Counts{Published: 30}},
		}
		require.NoError(t, st.AddStatistics(t.Context(), rows))
		require.NoError(t, st.AddStatistics(t.Context(), rows[:1]))
		require.NoError(t, st.AddStatistics(t.Context(), nil))
		twice := rows[0]
		twice.Add(&c)
		require.Equal(t, int64(6), twice.Published)
		require.Equal(t, int64(7), twice.Backlog)
		require.ElementsMatch(t, []statistics.Row{twice, rows[1]}, readStatistics(t, st, account, minute, minute.Add(time.Minute)))
		require.Equal(t, rows[3:], readStatistics(t, st, account, minute.Add(time.Minute), minute.Add(time.Hour)))
		require.Equal(t, rows[2:3], readStatistics(t, st, statistics.All, minute, minute.Add(time.Hour)))
		require.Empty(t, readStatistics(t, st, newID(t), minute, minute.Add(time.Hour)))
	},
	"old minutes are removed in steps": func(t *testing.T, st *store.Store) {
		account, node, minute := newID(t), newID(t), at.Truncate(time.Minute)
		for i := range 3 {
			row := statistics.Row{AccountID: account, Node: node, Minute: minute.Add(time.Duration(i) * time.Minute), Counts: statistics.Counts{Dead: 1}}
			require.NoError(t, st.AddStatistics(t.Context(), []statistics.Row{row}))
		}
		for _, want := range []int{1, 1, 0} {
			n, err := st.RemoveStatistics(t.Context(), minute.Add(2*time.Minute), 1)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		require.Len(t, readStatistics(t, st, account, time.Unix(0, 0), minute.Add(time.Hour)), 1)
	},
}
