package journal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answers is a store whose commits end as the test says.
type answers struct {
	began chan journal.Batch
	end   chan error
	// repeats gives events of these keys another's key.
	repeats map[uuid.UUID]uuid.UUID
}

func newAnswers() *answers {
	return &answers{began: make(chan journal.Batch), end: make(chan error), repeats: map[uuid.UUID]uuid.UUID{}}
}

func (a *answers) Commit(ctx context.Context, b journal.Batch) ([]uuid.UUID, error) {
	a.began <- b
	select {
	case err := <-a.end:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	keys := make([]uuid.UUID, len(b.Events))
	for i, e := range b.Events {
		keys[i] = e.Event.Key
		if k, ok := a.repeats[keys[i]]; ok {
			keys[i] = k
		}
	}
	return keys, nil
}

// room is a consumer with room for so many events.
type room struct {
	mu       sync.Mutex
	left     int
	admitted int
	taken    []uuid.UUID
	refused  []uuid.UUID
}

func (r *room) Admit(*event.Event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left == 0 {
		return false
	}
	r.left--
	r.admitted++
	return true
}

func (r *room) Ease(context.Context, uuid.UUID) {}

func (r *room) Take(events []*event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.taken = append(r.taken, e.Key)
	}
}

func (r *room) Refuse(e *event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left++
	r.refused = append(r.refused, e.Key)
}

// bench is a running journal.
type bench struct {
	*journal.Journal
	store *answers
	room  *room
	self  uuid.UUID
	stop  context.CancelFunc
	ended chan error
}

func run(t *testing.T) *bench {
	t.Helper()
	b := &bench{store: newAnswers(), room: &room{left: 100}, self: uuid.New(), ended: make(chan error, 1)}
	b.Journal = journal.New(b.store, b.self, b.room, slog.New(slog.DiscardHandler))
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	t.Cleanup(b.stop)
	go func() { b.ended <- b.Run(ctx) }()
	return b
}

func newEvent() *event.Event {
	return &event.Event{AccountID: uuid.New(), Key: uuid.New(), Event: sdk.Event{ID: "1"}}
}

func newOutcome() *delivery.Outcome {
	return &delivery.Outcome{Delivery: delivery.Delivery{ID: uuid.New()}}
}

type published struct {
	keys []uuid.UUID
	err  error
}

// publish commits events from a goroutine of its own.
func (b *bench) publish(ctx context.Context, events ...*event.Event) <-chan published {
	out := make(chan published, 1)
	go func() {
		keys, err := b.Commit(ctx, events)
		out <- published{keys, err}
	}()
	return out
}

// record records an outcome; the channel gets each call of done.
func (b *bench) record(o *delivery.Outcome) <-chan error {
	out := make(chan error, 2)
	b.Record(o, func(err error) { out <- err })
	return out
}

func keysOf(b journal.Batch) (keys []uuid.UUID) {
	for _, e := range b.Events {
		keys = append(keys, e.Event.Key)
	}
	return keys
}

func (b *bench) finish(t *testing.T) {
	t.Helper()
	b.stop()
	require.NoError(t, <-b.ended)
}

func TestWhatComesDuringACommitIsGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		e1, e2, e3 := newEvent(), newEvent(), newEvent()
		first := b.publish(t.Context(), e1)
		batch := <-b.store.began
		require.Equal(t, b.self, batch.Node)
		require.Equal(t, []uuid.UUID{e1.Key}, keysOf(batch))
		// While that runs, more comes.
		second := b.publish(t.Context(), e2, e3)
		o := newOutcome()
		recorded := b.record(o)
		settled := make(chan error, 1)
		b.Settle(e1, func(err error) { settled <- err })
		synctest.Wait()
		require.Empty(t, second, "nothing is told before it is durable")
		require.Empty(t, recorded)
		b.store.end <- nil
		require.Equal(t, published{[]uuid.UUID{e1.Key}, nil}, <-first)
		batch = <-b.store.began
		require.Equal(t, []uuid.UUID{e2.Key, e3.Key}, keysOf(batch))
		require.Equal(t, []*delivery.Outcome{o}, batch.Outcomes)
		require.Equal(t, []*event.Event{e1}, batch.Settled)
		synctest.Wait()
		require.Empty(t, second)
		b.store.end <- nil
		require.Equal(t, published{[]uuid.UUID{e2.Key, e3.Key}, nil}, <-second)
		require.NoError(t, <-recorded)
		require.NoError(t, <-settled)
		synctest.Wait()
		require.Equal(t, []uuid.UUID{e1.Key, e2.Key, e3.Key}, b.room.taken)
		b.finish(t)
	})
}

func TestOneTransactionIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		first := b.publish(t.Context(), newEvent())
		<-b.store.began
		const n = 900
		done := make(chan error, n)
		for range n {
			b.Record(newOutcome(), func(err error) { done <- err })
		}
		b.store.end <- nil
		<-first
		sizes := []int{}
		for total := 0; total < n; {
			batch := <-b.store.began
			sizes = append(sizes, len(batch.Outcomes))
			total += len(batch.Outcomes)
			b.store.end <- nil
		}
		require.Equal(t, []int{500, 400}, sizes)
		for range n {
			require.NoError(t, <-done)
		}
		b.finish(t)
	})
}

func TestOnlyWhatFitsIsOwned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		b.room.left = 2
		e1, e2, e3 := newEvent(), newEvent(), newEvent()
		b.store.repeats[e2.Key] = uuid.New()
		answer := b.publish(t.Context(), e1, e2, e3)
		batch := <-b.store.began
		require.Equal(t, []bool{true, true, false}, []bool{batch.Events[0].Owned, batch.Events[1].Owned, batch.Events[2].Owned})
		b.store.end <- nil
		require.Equal(t, []uuid.UUID{e1.Key, b.store.repeats[e2.Key], e3.Key}, (<-answer).keys)
		synctest.Wait()
		require.Equal(t, []uuid.UUID{e1.Key}, b.room.taken)
		require.Equal(t, []uuid.UUID{e2.Key}, b.room.refused, "a repeat is not delivered here")
		b.finish(t)
	})
}

func TestAFailureTellsPublishersAndKeepsOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		e1, e2, o := newEvent(), newEvent(), newOutcome()
		block := b.publish(t.Context(), newEvent())
		<-b.store.began
		first := b.publish(t.Context(), e1)
		recorded := b.record(o)
		synctest.Wait()
		b.store.end <- nil
		require.NoError(t, (<-block).err)
		b.room.taken = nil
		began := time.Now()
		<-b.store.began
		b.store.end <- errors.New("disk full: secret detail")
		answer := <-first
		require.True(t, sdk.IsCode(answer.err, sdk.CodeUnavailable), "%v", answer.err)
		require.Positive(t, sdk.AsError(answer.err).RetryAfter)
		require.NotContains(t, answer.err.Error(), "detail")
		synctest.Wait()
		require.Equal(t, []uuid.UUID{e1.Key}, b.room.refused)
		require.Empty(t, recorded)
		// The outcome comes again after a pause.
		second := b.publish(t.Context(), e2)
		batch := <-b.store.began
		require.Equal(t, 100*time.Millisecond, time.Since(began))
		require.Equal(t, []*delivery.Outcome{o}, batch.Outcomes)
		require.Equal(t, []uuid.UUID{e2.Key}, keysOf(batch))
		b.store.end <- nil
		require.NoError(t, <-recorded)
		require.NoError(t, (<-second).err)
		synctest.Wait()
		require.Equal(t, []uuid.UUID{e2.Key}, b.room.taken)
		require.Empty(t, recorded, "done is called once")
		b.finish(t)
	})
}

func TestACommitThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		b.room.left = 0
		began := time.Now()
		answer := b.publish(t.Context(), newEvent())
		<-b.store.began
		require.True(t, sdk.IsCode((<-answer).err, sdk.CodeUnavailable))
		require.Equal(t, 10*time.Second, time.Since(began))
		b.finish(t)
	})
}

func TestAPublisherThatLeavesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		ctx, leave := context.WithCancel(t.Context())
		e := newEvent()
		answer := b.publish(ctx, e)
		<-b.store.began
		leave()
		require.True(t, sdk.IsCode((<-answer).err, sdk.CodeUnavailable))
		b.store.end <- nil
		synctest.Wait()
		require.Equal(t, []uuid.UUID{e.Key}, b.room.taken, "it is stored, so it is delivered")
		b.finish(t)
	})
}

func TestAFullQueueMakesPublishersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		first := b.publish(t.Context(), newEvent())
		<-b.store.began
		done := make(chan error, 1024)
		for range 1024 {
			b.Record(newOutcome(), func(err error) { done <- err })
		}
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		admitted := b.room.admitted
		answer := <-b.publish(ctx, newEvent())
		require.True(t, sdk.IsCode(answer.err, sdk.CodeUnavailable))
		require.Equal(t, admitted+1, b.room.admitted)
		require.Len(t, b.room.refused, 1, "its room is given back")
		b.store.end <- nil
		<-first
		for total := 0; total < 1024; {
			total += len((<-b.store.began).Outcomes)
			b.store.end <- nil
		}
		b.finish(t)
	})
}

func TestAFencedNodeRecordsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		e, o := newEvent(), newOutcome()
		answer := b.publish(t.Context(), e)
		<-b.store.began
		recorded := b.record(o)
		queued := b.publish(t.Context(), newEvent())
		synctest.Wait()
		b.store.end <- fmt.Errorf("commit: %w", node.ErrFenced)
		require.ErrorIs(t, <-b.ended, node.ErrFenced)
		require.True(t, sdk.IsCode((<-answer).err, sdk.CodeUnavailable))
		require.True(t, sdk.IsCode((<-queued).err, sdk.CodeUnavailable))
		require.ErrorIs(t, <-recorded, node.ErrFenced)
		require.ErrorIs(t, <-b.record(newOutcome()), node.ErrFenced)
		require.True(t, sdk.IsCode((<-b.publish(t.Context(), newEvent())).err, sdk.CodeUnavailable))
		synctest.Wait()
		require.Empty(t, b.room.taken)
		require.Len(t, b.room.refused, 3)
		require.Empty(t, recorded, "done is called once")
	})
}

func TestAStopCommitsWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		first := b.publish(t.Context(), newEvent())
		<-b.store.began
		second := b.publish(t.Context(), newEvent())
		recorded := b.record(newOutcome())
		synctest.Wait()
		b.stop()
		synctest.Wait()
		require.Empty(t, b.ended, "a transaction that has begun is brought to its end")
		b.store.end <- nil
		require.NoError(t, (<-first).err)
		<-b.store.began
		b.store.end <- nil
		require.NoError(t, (<-second).err)
		require.NoError(t, <-recorded)
		require.NoError(t, <-b.ended)
		require.ErrorIs(t, <-b.record(newOutcome()), node.ErrFenced, "nothing is recorded after it")
	})
}

func TestAStopWhileTheStoreFailsTellsEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		recorded := b.record(newOutcome())
		<-b.store.began
		b.stop()
		failure := errors.New("out of order")
		b.store.end <- failure
		require.NoError(t, <-b.ended)
		require.ErrorIs(t, <-recorded, failure)
		require.Empty(t, recorded, "done is called once")
	})
}

// The last outcome of an event settles it. It must not be recorded where one
// before it was given up: nobody would make that delivery.
func TestNothingIsRecordedAfterWhatWasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := run(t)
		first := b.record(newOutcome())
		<-b.store.began
		last := newOutcome()
		last.Settles = true
		second := b.record(last)
		published := b.publish(t.Context(), newEvent())
		synctest.Wait()
		b.stop()
		failure := errors.New("out of order")
		b.store.end <- failure
		select {
		case batch := <-b.store.began:
			b.store.end <- nil
			require.Fail(t, "something was committed", "%+v", batch)
		case err := <-b.ended:
			require.NoError(t, err)
		}
		require.ErrorIs(t, <-first, failure)
		require.ErrorIs(t, <-second, node.ErrFenced)
		require.True(t, sdk.IsCode((<-published).err, sdk.CodeUnavailable))
		require.Len(t, b.room.refused, 1)
	})
}

// ready commits at once, and fails now and then.
type ready struct {
	mu      sync.Mutex
	commits int
	stored  map[uuid.UUID]int
}

func (r *ready) Commit(_ context.Context, b journal.Batch) ([]uuid.UUID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.commits++; r.commits%7 == 0 {
		return nil, errors.New("now and then")
	}
	for _, o := range b.Outcomes {
		r.stored[o.Delivery.ID]++
	}
	return keysOf(b), nil
}

// Whatever happens at the end, everyone is answered, once.
func TestEveryoneIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	store := &ready{stored: map[uuid.UUID]int{}}
	consumer := &room{left: 10}
	j := journal.New(store, uuid.New(), consumer, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- j.Run(ctx) }()
	const workers, each = 16, 40
	var mu sync.Mutex
	answered := map[uuid.UUID][]error{}
	var all, callbacks sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range each {
				if w == 0 && i == each/2 {
					stop()
				}
				o := newOutcome()
				callbacks.Add(1)
				j.Record(o, func(err error) {
					mu.Lock()
					defer mu.Unlock()
					answered[o.Delivery.ID] = append(answered[o.Delivery.ID], err)
					callbacks.Done()
				})
				if _, err := j.Commit(context.Background(), []*event.Event{newEvent()}); err != nil && !sdk.IsCode(err, sdk.CodeUnavailable) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	callbacks.Wait()
	stop()
	require.NoError(t, <-ended)
	require.Len(t, answered, workers*each)
	for id, errs := range answered {
		require.Len(t, errs, 1)
		if errs[0] == nil {
			require.Equal(t, 1, store.stored[id], "what was told to be durable is")
		}
	}
	require.Equal(t, consumer.admitted, len(consumer.taken)+len(consumer.refused), "no room is lost")
	slices.SortFunc(consumer.taken, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	require.Len(t, slices.Compact(consumer.taken), len(consumer.taken))
}
