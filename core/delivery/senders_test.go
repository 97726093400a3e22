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
		s := &senders{working: &working, run: func(*attempt) { sent.Add(1); <-hold }}
		for range burst {
			s.send(&attempt{})
		}
		synctest.Wait()
		require.EqualValues(t, burst, sent.Load(), "none waits for another")
		close(hold)
		synctest.Wait()
		require.Len(t, s.resting, mostResting)

		for range burst {
			s.send(&attempt{})
			synctest.Wait()
		}
		require.EqualValues(t, 2*burst, sent.Load())
		require.Len(t, s.resting, mostResting, "each went back to rest")

		s.dismiss()
		working.Wait()
		require.Empty(t, s.resting)
		s.send(&attempt{})
		working.Wait()
		require.EqualValues(t, 2*burst+1, sent.Load())
	})
}
