package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

const metrics = `# HELP spans_total Spans.
# TYPE spans_total counter
spans_total{outcome="exported",otel_scope_name="x"} 1.5e+03
spans_total{otel_scope_name="x",outcome="failed"} 2
spans_total{otel_scope_name="y",outcome="failed"} 3
spans_total{of_outcome="other"} 4
# TYPE spans_total_more counter
spans_total_more{outcome="exported"} 5
`

func TestCounts(t *testing.T) {
	t.Parallel()
	text := metrics
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/metrics", r.URL.Path)
		_, _ = io.WriteString(w, text)
	}))
	defer server.Close()
	g := &Gateway{base: server.URL, client: server.Client()}
	got, err := g.Counts(t.Context(), "spans_total", "outcome")
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"exported": 1500, "failed": 5}, got)
	got, err = g.Counts(t.Context(), "missing", "outcome")
	require.NoError(t, err)
	require.Empty(t, got)
	text = `spans_total{outcome="exported"} many` + "\n"
	_, err = g.Counts(t.Context(), "spans_total", "outcome")
	require.ErrorContains(t, err, "the gateway's metrics are not understood: ")
}
