package gate

import "time"

const (
	// refillAt is the length of a line at which more of what is held is asked for,
	// and refillEvery how often it is asked for all the same: a line that never gets
	// so short must not starve what came before.
	refillAt    = 64
	refillEvery = 100 * time.Millisecond
	// mostRefill is the most that is asked for at a time.
	mostRefill = 256
)

// Held tells that work of a subscription is held in the store, durably. It is
// asked for when its line has room; see [Gates.NextRefill]. Telling it again and
// again is right: a wish for which there was no room is not remembered.
func (g *Gates[W]) Held(k Key) {
	defer g.locked()()
	if g.closed {
		return
	}
	now := g.now()
	l := g.line(k, now)
	l.held = true
	l.marks++
	g.wantRefill(l, now)
}

// wantRefill asks for held work when a line has room for it.
func (g *Gates[W]) wantRefill(l *line[W], now time.Time) {
	if !l.held || l.refilling || g.closed {
		return
	}
	if l.breaker.open(now) {
		g.lookAgain(l, l.breaker.until, now)
		return
	}
	if (l.waiting.len() > refillAt && now.Sub(l.refilled) < refillEvery) || g.refillSize(l, now) == 0 {
		return
	}
	l.refilling, l.refilled = true, now
	g.refills.push(l)
	g.todo.refill = true
}

// refillSize is how much held work a line can take: about what [Gates.room] would
// let in, which gets less with each.
func (g *Gates[W]) refillSize(l *line[W], now time.Time) int {
	most := mostRefill
	if l.breaker.halfOpen(now) {
		most = max(1-l.inFlight-l.waiting.len(), 0)
	}
	return min(max((g.room(l, now)-l.waiting.len()+1)/2, 0), most)
}

// NextRefill names a subscription of which so much held work is to be claimed;
// then [Gates.Refilled] is called. ok is false when nothing is wanted.
func (g *Gates[W]) NextRefill() (r Refill, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for g.refills.len() > 0 && !g.closed {
		l := g.refills.pop()
		if l.breaker.open(now) {
			l.refilling = false
			g.lookAgain(l, l.breaker.until, now)
			continue
		}
		if n := g.refillSize(l, now); n > 0 {
			return Refill{Key: l.key, Size: n, marks: l.marks}, true
		}
		l.refilling = false
	}
	return Refill{}, false
}

// Refill is a wish for held work.
type Refill struct {
	Key Key
	// Size is how much there is room for.
	Size  int
	marks int
}

// Refilled ends a refill with the work that was claimed. more tells that some may
// be left in the store.
func (g *Gates[W]) Refilled(r Refill, works []W, more bool) {
	defer g.locked()()
	now, l := g.now(), g.lines[r.Key]
	for _, w := range works {
		g.accept(w, now)
	}
	l.refilling = false
	if !more && l.marks == r.marks {
		l.held = false
	}
	g.turn(l, now)
	g.wantRefill(l, now)
	g.advance(now)
}
