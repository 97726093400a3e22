package gate

import "time"

// Stats are what gates do at one moment.
type Stats struct {
	// Proven, Suspect and Retries are in flight: first attempts to subscriptions that
	// answer well, to others, and later attempts.
	Proven, Suspect, Retries int
	// Waiting is how much waits in lines, Oldest since when; zero where nothing does.
	Waiting int
	Oldest  time.Time
	// Closed, Open and HalfOpen count the lines by their breaker.
	Closed, Open, HalfOpen int
}

// Stats counts. It looks at every line, so it is for scrapes.
func (g *Gates[W]) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	out := Stats{Proven: g.byClass[proven], Suspect: g.byClass[suspect], Retries: g.byClass[retry], Waiting: g.waiting}
	for _, l := range g.lines {
		switch {
		case l.breaker.open(now):
			out.Open++
		case l.breaker.halfOpen(now):
			out.HalfOpen++
		default:
			out.Closed++
		}
		if l.waiting.len() == 0 {
			continue
		}
		if since := l.waiting.peek().GatePass().since; out.Oldest.IsZero() || since.Before(out.Oldest) {
			out.Oldest = since
		}
	}
	return out
}
