package unified_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/statistics"
	"github.com/switchhook/switchhook/gen/switchhook"
)

func TestStatistics(t *testing.T) {
	t.Parallel()
	w := start(t)
	minute := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	counts := statistics.Counts{Published: 3, Refused: 1, Delivered: 2, Dead: 1, FailedAttempts: 4, Backlog: 5}
	counts.Latency.Observe(10 * time.Millisecond)
	var rows []statistics.Row
	for i, account := range []uuid.UUID{w.Default.ID, w.Default.ID, statistics.All} {
		rows = append(rows, statistics.Row{AccountID: account, Node: uuid.UUID{byte(i)}, Minute: minute, Counts: counts})
	}
	require.NoError(t, w.Store.AddStatistics(t.Context(), rows))
	read := func(query string) (out switchhook.Statistics) {
		w.get(t, "/v1/statistics?from=2026-11-21T09:00:30Z&to=2026-11-21T10:00:00Z"+query).decode(t, &out)
		return out
	}
	got := read("")
	require.Equal(t, 60, got.Step)
	require.Len(t, got.Items, 60)
	require.Equal(t, minute.Add(-30*time.Minute), got.From)
	item := got.Items[30]
	require.NotNil(t, item.LatencyMs)
	require.InEpsilon(t, 10, item.LatencyMs.P50, 0.4)
	item.LatencyMs = nil
	require.Equal(t, switchhook.StatisticsItem{Time: minute, Published: 6, Refused: 2, Delivered: 4, Dead: 2, FailedAttempts: 8, Backlog: 5}, item)
	require.Equal(t, switchhook.StatisticsItem{Time: minute.Add(time.Minute)}, got.Items[31])
	got = read("&step=3600")
	require.Len(t, got.Items, 1)
	require.EqualValues(t, 6, got.Items[0].Published)
	require.EqualValues(t, 3, read("&step=3600&all=true").Items[0].Published)

	for query, field := range map[string]string{
		"step=90": "step", "step=1": "step", "from=yesterday": "from", "from=2026-11-21T10:00:00Z&to=2026-11-21T09:00:00Z": "to",
		"from=2026-01-01T00:00:00Z&to=2026-11-21T09:00:00Z&step=60": "step", "all=perhaps": "all",
	} {
		a := w.do(t, call{method: http.MethodGet, path: "/v1/statistics?" + query})
		require.Equal(t, http.StatusBadRequest, a.status, query)
		require.Contains(t, string(a.body), field, query)
	}
	key := w.newKey(t, "deliveries:read")
	require.Equal(t, http.StatusForbidden, w.do(t, call{method: http.MethodGet, path: "/v1/statistics?all=true", key: key}).status)
	require.Equal(t, http.StatusOK, w.do(t, call{method: http.MethodGet, path: "/v1/statistics", key: key}).status)
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	other := w.do(t, call{method: http.MethodGet, path: "/v1/statistics?step=3600&from=2026-11-21T09:00:00Z&to=2026-11-21T10:00:00Z", headers: map[string]string{"Switchhook-Account": "acme"}})
	other.decode(t, &got)
	require.Zero(t, got.Items[0].Published, "an account sees its own alone")
}
