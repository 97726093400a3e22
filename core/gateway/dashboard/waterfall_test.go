package dashboard

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func TestSpansAreNested(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	of := func(id, parent, name string, at, ms float64) switchhook.Span {
		s := switchhook.Span{SpanID: id, Name: name, StartTime: start.Add(time.Duration(at * float64(time.Millisecond))), DurationMs: ms, Status: switchhook.SpanUnset}
		if parent != "" {
			s.ParentSpanID = &parent
		}
		return s
	}
	w := newWaterfall(switchhook.Trace{StartTime: start, DurationMs: 100, Spans: []switchhook.Span{
		of("p", "publisher", "publish order.created", 0, 10), of("d", "p", "deliver order.created", 20, 80),
		of("m", "p", "match", 5, 1), of("a", "d", "attempt POST", 40, 60), of("r", "d", "adapter render", 30, 0),
	}})
	var got []string
	for _, r := range w.Rows {
		got = append(got, r.Name+" "+r.Class+" "+r.X+" "+r.Width+" "+strconv.Itoa(r.Depth))
	}
	require.Equal(t, []string{
		"publish order.created publish 0.000% 10.000% 0", "match match 5.000% 1.000% 1", "deliver order.created deliver 20.000% 80.000% 1",
		"adapter render render 30.000% 0.400% 2", "attempt POST attempt 40.000% 60.000% 2",
	}, got)
	require.Nil(t, newWaterfall(switchhook.Trace{}))
	bad := "javascript:alert(1)"
	require.Nil(t, webAddress(&bad))
}

// Whatever spans say of their parents, each is shown once and within the picture.
func TestEverySpanIsShownOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "spans")
		start := time.Unix(0, 0)
		trace := switchhook.Trace{StartTime: start, DurationMs: rapid.Float64Range(0, 1000).Draw(t, "total")}
		for i := range n {
			parent := strconv.Itoa(rapid.IntRange(0, n).Draw(t, "parent"))
			trace.Spans = append(trace.Spans, switchhook.Span{
				SpanID: strconv.Itoa(i), ParentSpanID: &parent, DurationMs: rapid.Float64Range(0, 2000).Draw(t, "took"),
				StartTime: start.Add(time.Duration(rapid.IntRange(-1000, 2000).Draw(t, "at")) * time.Millisecond),
			})
		}
		seen := map[string]bool{}
		for _, r := range newWaterfall(trace).Rows {
			require.False(t, seen[r.SpanID])
			seen[r.SpanID] = true
			require.LessOrEqual(t, r.Depth, mostDepth)
			x, width := read(t, r.X), read(t, r.Width)
			require.GreaterOrEqual(t, x, 0.0)
			require.LessOrEqual(t, x+width, 100.01)
		}
		require.Len(t, seen, n)
	})
}

func read(t *rapid.T, attribute string) float64 {
	n, err := strconv.ParseFloat(attribute[:len(attribute)-1], 64)
	require.NoError(t, err)
	return n
}
