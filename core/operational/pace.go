package operational

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"
)

const (
	// burst and pause bound the events of one account and type: so many at once, and
	// one more after each pause.
	burst = 20
	pause = 6 * time.Second
	// maxKinds bounds what is remembered; then all is forgotten, which lets each
	// kind have another burst.
	maxKinds = 10_000
)

// kind is what has a pace of its own.
type kind struct {
	account   uuid.UUID
	eventType string
	about     string
}

// pace keeps what fails at high speed from flooding the operator.
type pace struct {
	mu    sync.Mutex
	kinds map[kind]*bucket
}

type bucket struct {
	limiter    *rate.Limiter
	suppressed int
}

func newPace() pace { return pace{kinds: map[kind]*bucket{}} }

// allow tells whether an event may be published and, if so, how many were not since
// the last one.
func (p *pace) allow(k kind, now time.Time) (suppressed int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.kinds[k]
	if b == nil {
		if len(p.kinds) >= maxKinds {
			clear(p.kinds)
		}
		b = &bucket{limiter: newLimiter(k.eventType)}
		p.kinds[k] = b
	}
	if !b.limiter.AllowN(now, 1) {
		b.suppressed++
		return 0, false
	}
	suppressed, b.suppressed = b.suppressed, 0
	return suppressed, true
}

func newLimiter(eventType string) *rate.Limiter {
	if eventType == TypeLimitReached {
		return rate.NewLimiter(rate.Every(limitPause), 1)
	}
	return rate.NewLimiter(rate.Every(pause), burst)
}
