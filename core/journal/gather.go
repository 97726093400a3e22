package journal

import (
	"context"
	"time"
)

const (
	// outcomeWait is how long outcomes wait for an event to share a transaction
	// with: nobody waits for them.
	outcomeWait = 5 * time.Millisecond
	// publisherWait is how long publishers wait for others, where the transaction
	// before had several: they are about to come back.
	publisherWait = 500 * time.Microsecond
	// severalPublishers is from how many on waiting pays.
	severalPublishers = 4
)

// gathering is what one transaction will hold.
type gathering struct {
	requests   []request
	publishers int // requests with events
	rows       int
}

func (g *gathering) add(r request) {
	g.requests = append(g.requests, r)
	g.rows += r.rows()
	if len(r.entries) > 0 {
		g.publishers++
	}
}

// gather waits for a request, unless something was left over, and takes what
// waits behind it. ok is false when ctx has ended and nothing waits.
func (j *Journal) gather(ctx context.Context, kept []request) (g gathering, ok bool) {
	for _, r := range kept {
		g.add(r)
	}
	if len(kept) == 0 && len(j.freed) == 0 {
		select {
		case r := <-j.in:
			g.add(r)
		default:
			select {
			case r := <-j.in:
				g.add(r)
			case <-ctx.Done():
				return g, false
			}
		}
	}
	j.takeWaiting(&g)
	if company := j.company(&g); company > 0 {
		j.waitForCompany(ctx, &g, company)
	}
	j.publishers = g.publishers
	return g, true
}

// takeWaiting takes what is queued.
func (j *Journal) takeWaiting(g *gathering) {
	for g.rows < maxGathered {
		select {
		case r := <-j.in:
			g.add(r)
		default:
			return
		}
	}
}

// company is how long a gathering should wait for more. A transaction costs about
// the same however much it holds, so fewer and larger ones are cheaper; where
// publishers are few none waits.
func (j *Journal) company(g *gathering) time.Duration {
	switch {
	case g.rows >= maxGathered:
		return 0
	case g.publishers == 0:
		return outcomeWait
	case j.publishers >= severalPublishers && g.publishers < j.publishers:
		return publisherWait
	default:
		return 0
	}
}

// waitForCompany adds what comes until there is enough.
func (j *Journal) waitForCompany(ctx context.Context, g *gathering, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	outcomesOnly := g.publishers == 0
	for g.rows < maxGathered {
		select {
		case r := <-j.in:
			g.add(r)
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
		if outcomesOnly && g.publishers > 0 {
			j.takeWaiting(g)
			if most := j.company(g); most > 0 {
				j.waitForCompany(ctx, g, most)
			}
			return
		}
		if !outcomesOnly && g.publishers >= j.publishers {
			return
		}
	}
}
