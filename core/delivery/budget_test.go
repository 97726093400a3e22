package delivery

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestBudgetBoundsEvents(t *testing.T) {
	t.Parallel()
	b, a := newBudget(4, 1000), uuid.New()
	require.Equal(t, 2, b.room(10), "half is left for what is published")
	require.Equal(t, 1, b.room(1))
	for range 3 {
		require.True(t, b.admit(a, 1))
	}
	require.False(t, b.admit(a, 1), "one account leaves a quarter for others")
	require.True(t, b.admit(uuid.New(), 1))
	require.False(t, b.admit(uuid.New(), 1))
	require.Zero(t, b.room(10))
	for range 3 {
		b.free(a, 1)
	}
	require.Equal(t, 1, b.room(10))
	require.True(t, b.admit(a, 1))
}

func TestBudgetBoundsBytes(t *testing.T) {
	t.Parallel()
	b, a := newBudget(10, 100), uuid.New()
	require.True(t, b.admit(a, 60))
	require.False(t, b.admit(a, 41))
	require.True(t, b.admit(a, 40))
	require.Zero(t, b.room(10))
	b.free(a, 60)
	require.Equal(t, 4, b.room(10))
}

func TestBudgetTakesOneHoweverLarge(t *testing.T) {
	t.Parallel()
	b, a := newBudget(10, 100), uuid.New()
	require.True(t, b.admit(a, 1000), "it could never be delivered otherwise")
	require.False(t, b.admit(a, 1))
	b.free(a, 1000)
	require.True(t, b.admit(a, 1))
}

func TestBudgetForces(t *testing.T) {
	t.Parallel()
	b, a := newBudget(2, 100), uuid.New()
	for range 3 {
		b.force(a, 50)
	}
	require.Zero(t, b.room(10), "never negative")
	require.False(t, b.admit(a, 1))
	for range 3 {
		b.free(a, 50)
	}
	require.Equal(t, 1, b.room(10))
	require.Empty(t, b.accounts, "nothing is kept of accounts without events")
}
