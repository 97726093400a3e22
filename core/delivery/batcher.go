package delivery

import (
	"sync"
	"time"
)

const (
	// maxRenderCalls bounds the calls to one provider's plugin at one time.
	maxRenderCalls = 4
	// renderPatience is how long a call may keep others waiting: one that is quick
	// takes what waits together, in fewer calls.
	renderPatience = 5 * time.Millisecond
)

// batcher gathers work of one provider while its plugin is busy, so that batches
// grow with the load and a lone delivery never waits. One call follows the other;
// there are several at one time where a whole batch waits, or where one takes long.
type batcher struct {
	// render makes the call for a batch, of so much work at most.
	render func([]*work)
	most   int
	// working counts the goroutines.
	working *sync.WaitGroup

	mu      sync.Mutex
	waiting []*work
	calls   int
	// taken is when a call took work last, or began.
	taken time.Time
	// watched tells that a timer will look after what waits.
	watched bool
}

func (b *batcher) add(works []*work) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, works...)
	b.spread()
}

// spread begins a call where none takes what waits soon enough.
func (b *batcher) spread() {
	if b.calls > 0 && (b.calls == maxRenderCalls || !b.another()) {
		b.watch()
		return
	}
	b.calls++
	b.taken = time.Now()
	b.working.Go(b.work)
}

// another tells whether a call beside others is worth while.
func (b *batcher) another() bool {
	return len(b.waiting) >= b.most || time.Since(b.taken) >= renderPatience
}

// watch has somebody look after what waits, should no call come back in time.
func (b *batcher) watch() {
	if !b.watched && len(b.waiting) > 0 {
		b.watched = true
		time.AfterFunc(renderPatience, b.look)
	}
}

// look begins a call beside those of which none comes back. Where something waits
// there is such a call, so that working, which it counts in, is not done meanwhile.
func (b *batcher) look() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watched = false
	if len(b.waiting) > 0 {
		b.spread()
	}
}

// work makes calls until nothing waits, or others take it.
func (b *batcher) work() {
	for batch := b.take(true); len(batch) > 0; batch = b.take(false) {
		b.render(batch)
	}
}

// take returns what the next call is for; none: this was the last one.
func (b *batcher) take(first bool) []*work {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.watch()
	n := min(len(b.waiting), b.most)
	if n == 0 || (!first && b.calls > 1 && !b.another()) {
		b.calls--
		return nil
	}
	batch := b.waiting[:n:n]
	if b.waiting = b.waiting[n:]; len(b.waiting) == 0 {
		b.waiting = nil // and the array with it
	}
	b.taken = time.Now()
	return batch
}
