package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestBudgetBoundsEvents(t *testing.T) {
	t.Parallel()
	b, a := newBudget(100, 1000), uuid.New()
	require.Equal(t, 50, b.room(1000), "half is left for what is published")
	require.Equal(t, 1, b.room(1))
	for range 75 {
		require.True(t, b.admit(a, 1))
	}
	require.False(t, b.admit(a, 1), "one account leaves a quarter for others")
	require.Equal(t, claimAnyway, b.room(1000), "nor may it put off what waits in the store")
	for range 25 {
		if !b.admit(uuid.New(), 1) {
			require.FailNow(t, "there is room for others")
		}
	}
	require.False(t, b.admit(uuid.New(), 1))
	require.Zero(t, b.room(10))
	for range 75 {
		b.free(a, 1)
	}
	require.Equal(t, 25, b.room(1000))
	require.True(t, b.admit(a, 1))
}

func TestBudgetBoundsBytes(t *testing.T) {
	t.Parallel()
	b, a := newBudget(1000, 1000), uuid.New()
	require.True(t, b.admit(a, 600))
	require.False(t, b.admit(a, 401))
	require.Equal(t, 1, b.room(10), "what is in the store may be as large")
	require.True(t, b.admit(a, 400))
	require.Zero(t, b.room(10))
	b.free(a, 600)
	require.Equal(t, 1, b.room(10))
	b.free(a, 400)
	for range 5000 { // large events are forgotten
		require.True(t, b.admit(a, 10))
		b.free(a, 10)
	}
	require.Equal(t, 99, b.room(99))
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
	b, a := newBudget(2, 1000), uuid.New()
	for range 3 {
		b.force(a, 50)
	}
	require.Zero(t, b.room(10), "never negative")
	require.False(t, b.admit(a, 1))
	for range 3 {
		b.free(a, 50)
	}
	require.Equal(t, 2, b.room(10))
	require.Empty(t, b.accounts, "nothing is kept of accounts without events")
}

func TestBudgetLetsPublishersWaitInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, a := newBudget(16, 1000), uuid.New()
		for range 3 {
			require.True(t, b.admit(a, 1))
		}
		b.ease(t.Context(), uuid.New(), time.Hour) // another account does not wait
		turns := make(chan int, 3)
		for i := range 3 {
			go func() {
				b.ease(t.Context(), a, time.Hour)
				turns <- i
			}()
			synctest.Wait()
		}
		b.free(a, 1)
		synctest.Wait()
		require.Empty(t, turns, "there are two left, an eighth of all")
		for want := range 2 {
			b.free(a, 1)
			synctest.Wait()
			require.Equal(t, want, <-turns)
			require.Empty(t, turns, "one at a time")
			require.True(t, b.admit(a, 1))
		}
		require.True(t, b.admit(a, 1))
		begin := time.Now()
		b.ease(t.Context(), a, time.Second)
		require.Equal(t, time.Second, time.Since(begin), "not for ever")
		b.free(a, 1)
		b.free(a, 1)
		require.Equal(t, 2, <-turns)
		require.Empty(t, b.waiters)
	})
}
