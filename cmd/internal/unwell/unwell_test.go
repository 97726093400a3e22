package unwell

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	plan := NewPlan(10 * time.Second)
	require.Equal(t, Plan{Alone: 500, Events: 3500}, plan)
	modes := map[receiver.Mode]int{}
	for e := range Endpoints {
		modes[Mode(e)]++
	}
	require.Equal(t, map[receiver.Mode]int{receiver.Hanging: 100, receiver.Failing: 50, receiver.Healthy: 50}, modes)
	healthy, among := map[int]bool{}, 0
	for seq := range plan.Events {
		if seq < plan.Alone {
			require.Equal(t, receiver.Healthy, Mode(plan.Target(seq)))
			require.False(t, plan.Among(seq))
			healthy[plan.Target(seq)] = true
		} else if plan.Among(seq) {
			among++
		}
	}
	require.Len(t, healthy, 50)
	require.Equal(t, 750, among)
}
