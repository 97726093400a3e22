package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plans are what the cases choose by a seed.
func plans(seed uint64) []any {
	r := newRandom(seed, "a case")
	return []any{
		planKills(r, 20, 10_000), planNodes(r, 8*time.Second), planDatabase(r, 10, 8*time.Second), planPlugins(r, 10), planReplay(r, 4, 100_000), planDisk(r, 8*time.Second),
	}
}

func TestPlansAreTheSeeds(t *testing.T) {
	t.Parallel()
	require.Equal(t, plans(7), plans(7))
	for i, plan := range plans(7) {
		require.NotEqual(t, plan, plans(8)[i])
	}
	require.NotEqual(t, planKills(newRandom(7, "kill"), 5, 100), planKills(newRandom(7, "other"), 5, 100), "each case has its own")
}

func TestPlansAreInBounds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := newRandom(seed, "bounds")
		again, before := 0, 0
		kills := planKills(r, 20, 1000)
		require.Len(t, kills, 20)
		for _, k := range kills {
			require.GreaterOrEqual(t, k.after, max(before, 1))
			require.LessOrEqual(t, k.after, 1000)
			require.Less(t, k.delay, maxKillDelay)
			before = k.after
			if k.again != 0 {
				again++
				require.GreaterOrEqual(t, k.again, minRestart)
				require.Less(t, k.again, maxRestart)
			}
		}
		require.Less(t, again, 20)
		nodes := planNodes(r, time.Second)
		require.ElementsMatch(t, []int{0, 1, 2}, nodes.victims)
		for _, calm := range nodes.calm {
			require.GreaterOrEqual(t, calm, time.Second/2)
			require.Less(t, calm, time.Second)
		}
		database := planDatabase(r, 3, time.Second)
		require.Len(t, database.calm, 3)
		require.Contains(t, []int{0, 1, 2}, database.outage)
	}
}
