package gate

import (
	"context"
	"time"

	"github.com/google/uuid"
)

const (
	// lineTime is how long work may be expected to wait in a line whose attempts take
	// longer than slowAttempt: such a line waits for its subscriber, and not for this
	// gateway. What would wait longer waits in the store.
	lineTime    = 2 * time.Second
	slowAttempt = 100 * time.Millisecond
	// shortLine is a length that every well line may have.
	shortLine = 64
	// fewWaiting is the length of a line that fails or does not move.
	fewWaiting = 16
	// newShare is the part of all places that the line of an unknown subscription
	// may have.
	newShare = 16
	// accountShare is how many times the free places one account's lines may have.
	accountShare = 3
	// pressureShare is the part of all places from which one account's publishers
	// wait.
	pressureShare = 4
)

// room is how long a line may be. Whatever else holds, it may have no more places
// than are left over for others (the dynamic threshold of Choudhury and Hahne,
// 1998): one busy line has half of all, and however many fill up, some are left
// for the next.
func (g *Gates[W]) room(l *line[W], now time.Time) int {
	free := g.limits.Waiting - g.waiting
	if g.accounts[l.key.AccountID] >= accountShare*free {
		return 0
	}
	if l.limiter != nil {
		free = min(free, max(shortLine, int(float64(l.limiter.Limit())*lineTime.Seconds())))
	}
	switch {
	case l.bad(now):
		return min(free, fewWaiting)
	case !l.proven:
		return min(max(g.limits.Waiting/newShare, 1), free)
	}
	if l.slow() {
		free = min(free, max(shortLine, int(l.rate*lineTime.Seconds())))
	}
	return free
}

// slow tells that attempts take long, by Little's law.
func (l *line[W]) slow() bool {
	return l.rate > 0 && float64(l.inFlight)/l.rate > slowAttempt.Seconds()
}

// accepts tells whether a line has room for work. Half of it is for what is held
// already, if anything is.
func (g *Gates[W]) accepts(l *line[W], now time.Time) bool {
	room := g.room(l, now)
	if l.held && !l.refilling {
		room /= 2
	}
	return !l.breaker.open(now) && l.waiting.len() < room
}

func (g *Gates[W]) push(l *line[W], w W, now time.Time) {
	if l.waiting.len() == 0 {
		l.busy(now)
	}
	w.GatePass().since = now
	l.waiting.push(w)
	g.waiting++
	g.accounts[l.key.AccountID]++
}

func (g *Gates[W]) pop(l *line[W]) W {
	id := l.key.AccountID
	g.waiting--
	g.accounts[id]--
	if g.waiting == g.mostWaiting()-1 || g.accounts[id] == g.mostOfAccount()-1 {
		g.ease()
	}
	if g.accounts[id] == 0 {
		delete(g.accounts, id)
	}
	return l.waiting.pop()
}

func (g *Gates[W]) mostOfAccount() int { return max(g.limits.Waiting/pressureShare, 1) }

func (g *Gates[W]) mostWaiting() int { return max(g.limits.Waiting*3/4, 1) }

// ease wakes who waits for less pressure.
func (g *Gates[W]) ease() {
	if g.eased != nil {
		close(g.eased)
		g.eased = nil
	}
}

// Eased waits while an account's lines, or all, are so full that its next events
// had to be held, until ctx ends or for so long at most. It lets publishers go as
// fast as subscribers, which costs less than writing to the store what is read
// back at once.
func (g *Gates[W]) Eased(ctx context.Context, accountID uuid.UUID, most time.Duration) {
	eased := g.pressure(accountID)
	if eased == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for ; eased != nil; eased = g.pressure(accountID) {
		select {
		case <-eased:
		case <-ctx.Done():
			return
		}
	}
}

// pressure returns what is closed when there is less, or nil when there is none.
func (g *Gates[W]) pressure(accountID uuid.UUID) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || (g.accounts[accountID] < g.mostOfAccount() && g.waiting < g.mostWaiting()) {
		return nil
	}
	if g.eased == nil {
		g.eased = make(chan struct{})
	}
	return g.eased
}
