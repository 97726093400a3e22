package journal_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
)

// publishLater publishes one event after a while, from a publisher of its own.
func (b *bench) publishLater(t *testing.T, after time.Duration) {
	t.Helper()
	timer := time.NewTimer(after)
	go func() {
		<-timer.C
		_, err := b.Commit(t.Context(), []*event.Event{newEvent()})
		if err != nil {
			t.Error(err)
		}
	}()
}

// next lets the next transaction succeed, and returns when the journal gathers
// again: who publishes afterwards comes after it, not with it.
func (b *bench) next() journal.Batch {
	batch := <-b.store.began
	b.store.end <- nil
	synctest.Wait()
	return batch
}

func TestOutcomesWaitForAnEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		begin := time.Now()
		b.Record(newOutcome(), func(error) {})
		b.publishLater(t, 2*time.Millisecond)
		batch := b.next()
		require.Equal(t, 2*time.Millisecond, time.Since(begin), "the event does not wait")
		require.Len(t, batch.Outcomes, 1)
		require.Len(t, batch.Events, 1)

		begin = time.Now()
		b.Record(newOutcome(), func(error) {})
		require.Len(t, b.next().Outcomes, 1)
		require.Equal(t, 5*time.Millisecond, time.Since(begin), "not for long")
		synctest.Wait()
		b.stop()
		require.NoError(t, <-b.ended)
	})
}

// Where publishers were many, those who are back first wait for the others; where
// they are few, nobody waits.
func TestPublishersWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		b.publishLater(t, 0)
		first := <-b.store.began
		require.Len(t, first.Events, 1)
		for range 5 {
			b.publishLater(t, 0)
		}
		synctest.Wait()
		b.store.end <- nil
		require.Len(t, b.next().Events, 5, "the one before was alone, so nobody is waited for")

		begin := time.Now()
		for i := range 5 {
			b.publishLater(t, time.Duration(i)*100*time.Microsecond)
		}
		require.Len(t, b.next().Events, 5)
		require.Equal(t, 400*time.Microsecond, time.Since(begin), "all that are expected are there")

		begin = time.Now()
		b.publishLater(t, 0)
		b.publishLater(t, 400*time.Microsecond)
		b.publishLater(t, 800*time.Microsecond)
		require.Len(t, b.next().Events, 3)
		require.Equal(t, 1800*time.Microsecond, time.Since(begin), "while others keep coming")

		begin = time.Now()
		b.publishLater(t, 0)
		require.Len(t, b.next().Events, 1)
		require.Zero(t, time.Since(begin), "three are few")
		synctest.Wait()
		b.stop()
		require.NoError(t, <-b.ended)
	})
}

func TestPublishersDoNotWaitForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		b.publishLater(t, 0)
		<-b.store.began
		for range 20 {
			b.publishLater(t, 0)
		}
		synctest.Wait()
		b.store.end <- nil
		require.Len(t, b.next().Events, 20)
		begin := time.Now()
		for i := range 20 {
			b.publishLater(t, time.Duration(i)*300*time.Microsecond)
		}
		require.Len(t, b.next().Events, 14)
		require.Equal(t, 4*time.Millisecond, time.Since(begin))
		for left := 6; left > 0; {
			left -= len(b.next().Events)
		}
		synctest.Wait()
		b.stop()
		require.NoError(t, <-b.ended)
	})
}

func TestNobodyWaitsAtAStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		begin := time.Now()
		b.Record(newOutcome(), func(error) {})
		synctest.Wait()
		b.stop()
		require.Len(t, b.next().Outcomes, 1)
		require.Zero(t, time.Since(begin))
		require.NoError(t, <-b.ended)
	})
}
