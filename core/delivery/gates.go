package delivery

import (
	"sync"

	"github.com/google/uuid"
)

// gates decide when work may start: so many attempts at one time in all, and so
// many to one subscription. What must wait waits in a short line behind its own
// subscription, and lines take turns.
type gates struct {
	start func(*work)

	maxAll, maxOne, maxWaiting int

	mu     sync.Mutex
	all    int
	bySub  map[uuid.UUID]*gate
	turns  []*gate // gates with work that only waits for room in all
	closed bool
}

// gate is what one subscription has in flight and waiting.
type gate struct {
	inFlight int
	waiting  []*work
	inTurns  bool
}

type gateAnswer int

const (
	gateTaken  gateAnswer = iota // started, or waits in memory
	gateFull                     // to be parked
	gateClosed                   // the engine stops
)

// newGates returns gates that call start, without their lock, for work that may run.
func newGates(maxAll, maxOne, maxWaiting int, start func(*work)) *gates {
	return &gates{start: start, maxAll: maxAll, maxOne: maxOne, maxWaiting: maxWaiting, bySub: map[uuid.UUID]*gate{}}
}

// submit starts work, or lets it wait.
func (g *gates) submit(w *work) gateAnswer {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return gateClosed
	}
	one := g.bySub[w.SubscriptionID]
	if one == nil {
		one = &gate{}
		g.bySub[w.SubscriptionID] = one
	}
	if one.inFlight < g.maxOne && g.all < g.maxAll && len(one.waiting) == 0 {
		one.inFlight++
		g.all++
		g.mu.Unlock()
		g.start(w)
		return gateTaken
	}
	defer g.mu.Unlock()
	if len(one.waiting) >= g.maxWaiting {
		return gateFull
	}
	one.waiting = append(one.waiting, w)
	g.queue(one)
	return gateTaken
}

// queue gives a gate a turn if it has work that it may start.
func (g *gates) queue(one *gate) {
	if !one.inTurns && len(one.waiting) > 0 && one.inFlight < g.maxOne {
		one.inTurns = true
		g.turns = append(g.turns, one)
	}
}

// done gives the place of finished work to the next.
func (g *gates) done(w *work) {
	g.mu.Lock()
	one := g.bySub[w.SubscriptionID]
	one.inFlight--
	g.all--
	g.queue(one)
	next := g.next()
	if one.inFlight == 0 && len(one.waiting) == 0 {
		delete(g.bySub, w.SubscriptionID)
	}
	g.mu.Unlock()
	for _, w := range next {
		g.start(w)
	}
}

// next takes work from the gates in turn while there is room.
func (g *gates) next() (out []*work) {
	for g.all < g.maxAll && len(g.turns) > 0 && !g.closed {
		one := g.turns[0]
		g.turns = g.turns[1:]
		one.inTurns = false
		w := one.waiting[0]
		one.waiting[0] = nil
		one.waiting = one.waiting[1:]
		one.inFlight++
		g.all++
		g.queue(one)
		out = append(out, w)
	}
	return out
}

// close lets nothing start any more. What waits stays owned in the store.
func (g *gates) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}
