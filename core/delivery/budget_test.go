package delivery

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBudgetBoundsEvents(t *testing.T) {
	t.Parallel()
	b := &budget{maxEvents: 2, maxBytes: 1000}
	require.Equal(t, 2, b.room(10))
	require.Equal(t, 1, b.room(1))
	require.True(t, b.admit(1))
	require.True(t, b.admit(1))
	require.False(t, b.admit(1))
	require.Zero(t, b.room(10))
	b.free(1)
	require.Equal(t, 1, b.room(10))
	require.True(t, b.admit(1))
}

func TestBudgetBoundsBytes(t *testing.T) {
	t.Parallel()
	b := &budget{maxEvents: 10, maxBytes: 100}
	require.True(t, b.admit(60))
	require.False(t, b.admit(41))
	require.True(t, b.admit(40))
	require.Zero(t, b.room(10))
	b.free(60)
	require.Equal(t, 9, b.room(10))
}

func TestBudgetTakesOneHoweverLarge(t *testing.T) {
	t.Parallel()
	b := &budget{maxEvents: 10, maxBytes: 100}
	require.True(t, b.admit(1000), "it could never be delivered otherwise")
	require.False(t, b.admit(1))
	b.free(1000)
	require.True(t, b.admit(1))
}

func TestBudgetForces(t *testing.T) {
	t.Parallel()
	b := &budget{maxEvents: 2, maxBytes: 100}
	for range 3 {
		b.force(50)
	}
	require.Zero(t, b.room(10), "never negative")
	require.False(t, b.admit(1))
	for range 3 {
		b.free(50)
	}
	require.Equal(t, 2, b.room(10))
}
