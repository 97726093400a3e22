package journal

import (
	"context"
	"time"
)

const (
	// outcomeWait is how long outcomes wait for an event to share a transaction
	// with: nobody waits for them.
	outcomeWait = 5 * time.Millisecond
	// publisherWait is how long publishers wait for the next to come, where the
	// transaction before had several, and mostPublisherWait how long in all.
	publisherWait     = time.Millisecond
	mostPublisherWait = 4 * time.Millisecond
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
	j.takeWaiting(&g)
	// Who was answered just now cannot be back yet: these are others.
	expected := g.publishers + j.publishers
	if len(g.requests) == 0 {
		select {
		case r := <-j.in:
			g.add(r)
			j.takeWaiting(&g)
		case <-ctx.Done():
			return g, false
		}
	}
	if g.publishers == 0 {
		j.waitForEvent(ctx, &g)
	}
	if g.publishers > 0 && j.publishers >= severalPublishers {
		j.waitForPublishers(ctx, &g, expected)
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

// waitForEvent lets outcomes wait for an event, and takes what came with it.
func (j *Journal) waitForEvent(ctx context.Context, g *gathering) {
	timer := time.NewTimer(outcomeWait)
	defer timer.Stop()
	for g.publishers == 0 && g.rows < maxGathered {
		select {
		case r := <-j.in:
			g.add(r)
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
	j.takeWaiting(g)
}

// waitForPublishers lets publishers wait for those who were just answered, who are
// about to come back: a transaction costs about the same however much it holds, so
// fewer and larger ones are cheaper. Where publishers are few none waits, nor
// longer than others keep coming.
func (j *Journal) waitForPublishers(ctx context.Context, g *gathering, expected int) {
	most := time.NewTimer(mostPublisherWait)
	defer most.Stop()
	next := time.NewTimer(publisherWait)
	defer next.Stop()
	for g.publishers < expected && g.rows < maxGathered {
		select {
		case r := <-j.in:
			g.add(r)
			if len(r.entries) > 0 {
				next.Reset(publisherWait)
			}
		case <-next.C:
			return
		case <-most.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
