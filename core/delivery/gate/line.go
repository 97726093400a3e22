package gate

import (
	"time"

	"golang.org/x/time/rate"
)

const (
	// firstWindow is how many attempts may run at one time to a subscription of
	// which nothing good is known. Each success adds one, as in TCP's slow start;
	// each failure halves them.
	firstWindow = 2
	// stallAfter is how long a subscription may have attempts in flight and answer
	// none before it is treated like an unknown one.
	stallAfter = time.Second
	// badAfter is how many failures in a row make a subscription a bad one.
	badAfter = 3
	// paceAfter is how long a line must have moved before its pace is known.
	paceAfter = 100 * time.Millisecond
	// idleAfter is how long an idle subscription is remembered.
	idleAfter = 10 * time.Second
)

// line is one subscription.
type line[W Work] struct {
	key      Key
	most     int // in flight
	window   int
	inFlight int
	waiting  queue[W]
	queued   bool // has its turn
	breaker  breaker
	limiter  *rate.Limiter // nil: no bound
	own      LineLimits

	// proven: an attempt succeeded since it last was bad; since is when an attempt
	// ended last, or the first began.
	proven bool
	since  time.Time
	// rate is how many attempts end in a second while work waits; 0: not known.
	// Since paced there were so many.
	rate  float64
	paced time.Time
	ended int

	// held: more waits in the store; marks counts how often that was said; refilled
	// is when it was asked for last.
	held      bool
	marks     int
	refilling bool
	refilled  time.Time

	timer *time.Timer
	// timed is when the timer fires; zero when it does not.
	timed time.Time
}

func newLine[W Work](k Key, limits Limits, now time.Time) *line[W] {
	l := &line[W]{key: k, most: limits.PerSubscription, window: min(firstWindow, limits.PerSubscription), since: now}
	l.breaker.limits = limits.Breaker
	if n := limits.PerSecond; n > 0 {
		l.limiter = rate.NewLimiter(rate.Limit(n), n)
	}
	return l
}

// note learns from an attempt.
func (l *line[W]) note(r Result, now time.Time) {
	l.since = now
	l.pace(now)
	switch r {
	case Succeeded:
		l.proven = true
		l.window = min(l.window+1, l.most)
		l.breaker.succeeded()
	case Failed:
		l.window = max(l.window/2, min(firstWindow, l.most))
		l.breaker.failed(now)
		l.proven = l.proven && l.breaker.failures < badAfter
	case Unknown:
	}
}

// busy begins to measure the pace; a line that is empty tells nothing about it.
func (l *line[W]) busy(now time.Time) { l.rate, l.paced, l.ended = 0, now, 0 }

func (l *line[W]) pace(now time.Time) {
	if l.waiting.len() == 0 {
		return
	}
	l.ended++
	if took := now.Sub(l.paced); took >= paceAfter {
		l.rate, l.paced, l.ended = float64(l.ended)/took.Seconds(), now, 0
	}
}

// stalled tells that attempts are in flight and none has ended for a while.
func (l *line[W]) stalled(now time.Time) bool {
	return l.inFlight > 0 && now.Sub(l.since) > stallAfter
}

// bad tells that it fails, or does not answer.
func (l *line[W]) bad(now time.Time) bool {
	return l.breaker.failures >= badAfter || l.stalled(now)
}

// suspect tells that nothing good is known, or not any more.
func (l *line[W]) suspect(now time.Time) bool { return !l.proven || l.stalled(now) }

// ready tells whether the head of the line may start, as far as its own
// subscription goes; otherwise when to look again, if that is a matter of time.
func (l *line[W]) ready(now time.Time) (ok bool, again time.Time) {
	if l.inFlight >= l.allowed(now) {
		return false, time.Time{}
	}
	if l.limiter == nil {
		return true, time.Time{}
	}
	if missing := 1 - l.limiter.TokensAt(now); missing > 0 {
		return false, now.Add(time.Duration(missing / float64(l.limiter.Limit()) * float64(time.Second))).Add(time.Millisecond)
	}
	return true, time.Time{}
}

// allowed is how many attempts may be in flight.
func (l *line[W]) allowed(now time.Time) int {
	switch {
	case l.breaker.open(now):
		return 0
	case l.breaker.halfOpen(now):
		return 1
	default:
		return l.window
	}
}

func (l *line[W]) started(now time.Time) {
	if l.inFlight == 0 {
		l.since = now
	}
	l.inFlight++
	if l.limiter != nil {
		l.limiter.AllowN(now, 1)
	}
}

func (l *line[W]) forgettable(now time.Time) bool {
	return l.inFlight == 0 && l.waiting.len() == 0 && !l.held && !l.refilling && l.timed.IsZero() &&
		now.Sub(l.since) > idleAfter && l.breaker.forgettable(now)
}

func (l *line[W]) stopTimer() {
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timed = time.Time{}
}

// queue is a first-in first-out line.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) len() int { return len(q.items) - q.head }

func (q *queue[T]) push(v T) { q.items = append(q.items, v) }

func (q *queue[T]) peek() T { return q.items[q.head] }

func (q *queue[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero
	q.head++
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
		if cap(q.items) > keepQueue {
			q.items = nil
		}
	case q.head > keepQueue && q.head > len(q.items)/2:
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	return v
}

// keepQueue is the capacity that an empty queue keeps.
const keepQueue = 64
