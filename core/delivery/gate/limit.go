package gate

import (
	"time"

	"golang.org/x/time/rate"
)

// limit gives a line the subscription's own bounds, and has held what waits in it
// beyond its room then.
func (g *Gates[W]) limit(l *line[W], own LineLimits, now time.Time) {
	l.limit(g.limits, own, now)
	g.flush(l, max(g.room(l, now), fewWaiting))
}

// limit takes the subscription's own bounds over, within those of all. What the
// line has used of its rate stays used.
func (l *line[W]) limit(all Limits, own LineLimits, now time.Time) {
	l.own = own
	l.most = all.PerSubscription
	if own.InFlight > 0 {
		l.most = min(own.InFlight, all.PerSubscription)
	}
	l.window = min(max(l.window, min(firstWindow, l.most)), l.most)
	l.limiter = l.newLimiter(all, own, now)
}

// ownBurst is how many seconds' worth a subscription with a rate of its own gets at
// once: less than a second's, so that in no second it gets many more than it asked
// for.
const ownBurst = 0.05

func (l *line[W]) newLimiter(all Limits, own LineLimits, now time.Time) *rate.Limiter {
	perSecond, burst := own.PerSecond, max(1, int(own.PerSecond*ownBurst))
	if n := all.PerSecond; n > 0 && (perSecond == 0 || perSecond >= float64(n)) {
		perSecond, burst = float64(n), n
	}
	if perSecond == 0 {
		return nil
	}
	out := rate.NewLimiter(rate.Limit(perSecond), burst)
	if l.limiter != nil {
		out.AllowN(now, min(burst, max(0, burst-int(l.limiter.TokensAt(now)))))
	}
	return out
}

// Waiting lists the subscriptions that have work waiting, whose bounds may have
// changed since it came.
func (g *Gates[W]) Waiting() []Key {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Key
	for k, l := range g.lines {
		if l.waiting.len() > 0 {
			out = append(out, k)
		}
	}
	return out
}

// Limit tells that a subscription has these bounds now.
func (g *Gates[W]) Limit(k Key, own LineLimits) {
	defer g.locked()()
	l := g.lines[k]
	if l == nil || l.own == own {
		return
	}
	now := g.now()
	g.limit(l, own, now)
	l.stopTimer() // it was set by the rate of before
	g.turn(l, now)
	g.wantRefill(l, now)
	g.advance(now)
}
