// Package gate decides when work may start: so many attempts at one time in all,
// so many to one subscription, none to one that fails, and turns for everybody
// else. What must wait waits in a line of its own subscription, within a bound
// that all share; what finds no room there is held in the store.
package gate

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Limits bound what runs and what waits.
type Limits struct {
	// InFlight bounds the attempts at one time.
	InFlight int
	// PerSubscription bounds those to one subscription.
	PerSubscription int
	// Waiting bounds what waits in memory.
	Waiting int
	// PerSecond bounds the attempts to one subscription in a second; 0: no bound.
	PerSecond int
	// Breaker stops attempts to subscriptions that fail.
	Breaker BreakerLimits
}

// LineLimits are a subscription's own bounds, within those of all. The zero value
// is none.
type LineLimits struct {
	// InFlight bounds its attempts at one time; 0: as PerSubscription.
	InFlight int
	// PerSecond bounds its attempts in a second; 0: as PerSecond of all.
	PerSecond float64
}

// Key names a subscription.
type Key struct{ AccountID, SubscriptionID uuid.UUID }

// Pass is what gates keep of work.
type Pass struct {
	Key Key
	// Limits are those of the subscription now: its line takes them over.
	Limits LineLimits
	// Retry: it was attempted before. Retries leave room for first attempts.
	Retry bool

	class class
	// since is when it began to wait in its line.
	since time.Time
}

// Work passes gates.
type Work interface {
	// GatePass is always the same for the same work.
	GatePass() *Pass
}

// Actions are what gates have done. They are called without a lock, by whoever
// called the gates; they may call the gates in turn.
type Actions[W Work] struct {
	// Start begins work; each is given back with [Gates.Done].
	Start func([]W)
	// Hold puts work into the store; see [Gates.Held].
	Hold func([]W)
	// Drop gives up work that came after [Gates.Close].
	Drop func([]W)
	// Refill tells that [Gates.NextRefill] has something.
	Refill func()
}

// Gates hold a line for each active subscription. All methods may be called at once.
type Gates[W Work] struct {
	limits  Limits
	now     func() time.Time
	after   func(time.Duration, func()) *time.Timer
	actions Actions[W]

	mu       sync.Mutex
	lines    map[Key]*line[W]
	inFlight int
	byClass  [classes]int
	turns    [classes]turns[W]
	first    class // whose turn begins
	waiting  int
	accounts map[uuid.UUID]int // waiting, by account
	refills  queue[*line[W]]
	eased    chan struct{} // closed when there is less pressure; nil: nobody waits
	closed   bool
	todo     todo[W]
}

// todo is what is to be done once the lock is free.
type todo[W Work] struct {
	start, hold, drop []W
	refill            bool
}

// New returns open gates.
func New[W Work](l Limits, now func() time.Time, a Actions[W]) *Gates[W] {
	g := &Gates[W]{limits: l, now: now, after: time.AfterFunc, actions: a, lines: map[Key]*line[W]{}, accounts: map[uuid.UUID]int{}}
	for c := range g.turns {
		g.turns[c].lanes = map[uuid.UUID]*lane[W]{}
	}
	return g
}

// Submit starts work, lets it wait in its line, or has it held.
func (g *Gates[W]) Submit(works ...W) {
	defer g.locked()()
	now := g.now()
	for _, w := range works {
		g.accept(w, now)
	}
	g.advance(now)
}

// Result is what an attempt says about its subscription.
type Result int

const (
	// Unknown is for an attempt in which the subscriber was not asked.
	Unknown Result = iota
	// Succeeded is for one that it took.
	Succeeded
	// Failed is for one that it did not take.
	Failed
)

// Done gives the place of started work to the next.
func (g *Gates[W]) Done(w W, r Result) {
	defer g.locked()()
	now, pass := g.now(), w.GatePass()
	l := g.lines[pass.Key]
	l.inFlight--
	g.inFlight--
	g.byClass[pass.class]--
	l.note(r, now)
	if l.breaker.open(now) {
		g.flush(l, 0)
	}
	g.turn(l, now)
	g.wantRefill(l, now)
	g.advance(now)
}

// Close lets nothing start any more. What waits stays with whoever owns it.
func (g *Gates[W]) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.ease()
	for _, l := range g.lines {
		l.stopTimer()
	}
}

// Sweep forgets subscriptions that have been idle for a while.
func (g *Gates[W]) Sweep() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for k, l := range g.lines {
		if l.forgettable(now) {
			delete(g.lines, k)
		}
	}
}

// locked locks; what it returns unlocks and then does what is to be done.
func (g *Gates[W]) locked() func() {
	g.mu.Lock()
	return func() {
		t := g.todo
		g.todo = todo[W]{}
		g.mu.Unlock()
		if len(t.hold) > 0 {
			g.actions.Hold(t.hold)
		}
		if len(t.drop) > 0 {
			g.actions.Drop(t.drop)
		}
		if len(t.start) > 0 {
			g.actions.Start(t.start)
		}
		if t.refill {
			g.actions.Refill()
		}
	}
}

func (g *Gates[W]) line(k Key, now time.Time) *line[W] {
	l := g.lines[k]
	if l == nil {
		l = newLine[W](k, g.limits, now)
		g.lines[k] = l
	}
	return l
}

func (g *Gates[W]) accept(w W, now time.Time) {
	if g.closed {
		g.todo.drop = append(g.todo.drop, w)
		return
	}
	pass := w.GatePass()
	l := g.line(pass.Key, now)
	if l.own != pass.Limits {
		g.limit(l, pass.Limits, now)
	}
	if l.stalled(now) {
		g.flush(l, fewWaiting)
	}
	if !g.accepts(l, now) {
		g.todo.hold = append(g.todo.hold, w)
		return
	}
	g.push(l, w, now)
	g.turn(l, now)
}

// flush has all held that waits in a line, but for a few.
func (g *Gates[W]) flush(l *line[W], but int) {
	for l.waiting.len() > but {
		g.todo.hold = append(g.todo.hold, g.pop(l))
	}
}
