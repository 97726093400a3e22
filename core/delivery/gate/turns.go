package gate

import (
	"time"

	"github.com/google/uuid"
)

// class is a kind of work; each may have a part of all places in flight.
type class int

const (
	// proven are first attempts to subscriptions that answer well.
	proven class = iota
	// suspect are first attempts to others: unknown, failing, hanging.
	suspect
	// retry are later attempts.
	retry

	classes
)

// share is the part of all places that a class may have: whatever hangs or is
// tried again, a quarter is left for first attempts to those that answer.
func (c class) share(all int) int {
	switch c {
	case suspect:
		return max(all*3/4, 1)
	case retry:
		return max(all/2, 1)
	default:
		return all
	}
}

// turns are lines that may start something, which take turns: first accounts,
// then the subscriptions of each.
type turns[W Work] struct {
	lanes map[uuid.UUID]*lane[W]
	order queue[*lane[W]]
}

// lane is the lines of one account.
type lane[W Work] struct {
	account uuid.UUID
	lines   queue[*line[W]]
}

func (t *turns[W]) push(l *line[W]) {
	a := t.lanes[l.key.AccountID]
	if a == nil {
		a = &lane[W]{account: l.key.AccountID}
		t.lanes[a.account] = a
		t.order.push(a)
	}
	a.lines.push(l)
}

func (t *turns[W]) pop() *line[W] {
	a := t.order.pop()
	l := a.lines.pop()
	if a.lines.len() == 0 {
		delete(t.lanes, a.account)
	} else {
		t.order.push(a)
	}
	return l
}

// classOf is the class of the head of a line.
func (g *Gates[W]) classOf(l *line[W], now time.Time) class {
	switch {
	case l.waiting.peek().GatePass().Retry:
		return retry
	case l.suspect(now):
		return suspect
	default:
		return proven
	}
}

// turn gives a line its turn if it may start something.
func (g *Gates[W]) turn(l *line[W], now time.Time) {
	if l.queued || l.waiting.len() == 0 || g.closed {
		return
	}
	ok, again := l.ready(now)
	if !ok {
		g.lookAgain(l, again, now)
		return
	}
	l.queued = true
	g.turns[g.classOf(l, now)].push(l)
}

// advance starts what there is room for. Classes take turns too.
func (g *Gates[W]) advance(now time.Time) {
	if g.closed {
		return
	}
	for idle := 0; idle < int(classes) && g.inFlight < g.limits.InFlight; {
		c := g.first
		g.first = (g.first + 1) % classes
		if g.startOne(c, now) {
			idle = 0
		} else {
			idle++
		}
	}
}

// startOne starts the next of a class.
func (g *Gates[W]) startOne(c class, now time.Time) bool {
	t := &g.turns[c]
	for t.order.len() > 0 && g.byClass[c] < c.share(g.limits.InFlight) {
		l := t.pop()
		l.queued = false
		ok, _ := l.ready(now)
		if !ok || l.waiting.len() == 0 || g.classOf(l, now) != c {
			g.turn(l, now) // things have changed since
			continue
		}
		w := g.pop(l)
		l.started(now)
		g.inFlight++
		g.byClass[c]++
		w.GatePass().class = c
		g.todo.start = append(g.todo.start, w)
		g.turn(l, now)
		g.wantRefill(l, now)
		return true
	}
	return false
}

// lookAgain sets a line's timer.
func (g *Gates[W]) lookAgain(l *line[W], at, now time.Time) {
	if at.IsZero() || g.closed || (!l.timed.IsZero() && !l.timed.After(at)) {
		return
	}
	l.stopTimer()
	l.timed = at
	l.timer = g.after(at.Sub(now), func() { g.timeIsUp(l) })
}

func (g *Gates[W]) timeIsUp(l *line[W]) {
	defer g.locked()()
	now := g.now()
	l.timed = time.Time{}
	g.turn(l, now)
	g.wantRefill(l, now)
	g.advance(now)
}
