package stats

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for _, test := range []struct {
		values []int
		p      float64
		want   int
	}{
		{nil, 50, 0},
		{[]int{7}, 99, 7},
		{[]int{3, 1, 2}, 50, 2},
		{[]int{4, 1, 3, 2}, 50, 2},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 99.5, 100},
		{hundred, 0, 1},
		{hundred, 100, 100},
	} {
		require.Equal(t, test.want, Percentile(test.values, test.p), "p%g of %v", test.p, test.values)
	}
	require.Equal(t, 100, hundred[0], "the values stay as they are")
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 200).Draw(t, "values")
		p := rapid.IntRange(1, 100).Draw(t, "p")
		got := Percentile(values, float64(p))
		atMost, below := 0, 0
		for _, v := range values {
			if v <= got {
				atMost++
			}
			if v < got {
				below++
			}
		}
		require.True(t, slices.Contains(values, got))
		require.GreaterOrEqual(t, atMost*100, p*len(values))
		require.Less(t, below*100, p*len(values))
	})
}

func TestOver(t *testing.T) {
	t.Parallel()
	require.Equal(t, Spread{}, Over(nil))
	require.Equal(t, Spread{Median: 2, Min: 2, Max: 2}, Over([]float64{2}))
	require.Equal(t, Spread{Median: 2, Min: 1, Max: 9}, Over([]float64{9, 1, 2}))
	require.Equal(t, Spread{Median: 2.5, Min: 1, Max: 9}, Over([]float64{9, 1, 3, 2}))
}

func TestMilliseconds(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 1.5, Milliseconds(1500*time.Microsecond), 1e-9)
}
