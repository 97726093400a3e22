package delivery

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// A burst has a goroutine for each attempt, of which some stay; those are used
// again, and end when they are dismissed. What is sent later is sent all the same.
func TestSendersStayForTheNextAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const burst = 3 * mostResting
		var working sync.WaitGroup
		var sent atomic.Int32
		hold := make(chan struct{})
		s := newSenders(func(*attempt) { sent.Add(1); <-hold })
		for range burst {
			s.send(&working, &attempt{})
		}
		synctest.Wait()
		require.EqualValues(t, burst, sent.Load(), "none waits for another")
		close(hold)
		synctest.Wait()
		require.EqualValues(t, mostResting, s.resting.Load())

		for range burst {
			s.send(&working, &attempt{})
			synctest.Wait()
		}
		require.EqualValues(t, 2*burst, sent.Load())
		require.EqualValues(t, mostResting, s.resting.Load(), "each went back to rest")

		s.dismiss()
		working.Wait()
		require.Zero(t, s.resting.Load())
		s.send(&working, &attempt{})
		working.Wait()
		require.EqualValues(t, 2*burst+1, sent.Load())
	})
}
