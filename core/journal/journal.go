package journal

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/wait"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Consumer delivers the events that this node owns.
type Consumer interface {
	// Ease lets the publisher of an account wait, for a moment at most, while its
	// subscribers cannot keep up.
	Ease(ctx context.Context, accountID uuid.UUID)
	// Admit asks for room for an event, before it is committed. It never waits.
	Admit(e *event.Event) bool
	// Take hands over admitted events that became durable together. It never waits.
	Take(events []*event.Event)
	// Refuse gives back the room of an admitted event that was not stored.
	Refuse(e *event.Event)
}

const (
	// queueLength is how many requests may wait for the next transaction.
	queueLength = 1024
	// maxGathered bounds the rows of one transaction, about.
	maxGathered = 1000
	// commitTimeout bounds one transaction.
	commitTimeout = 10 * time.Second
	// retryWait is the pause before a failed transaction is tried again.
	retryWait = 100 * time.Millisecond
)

// Journal gathers and commits. Make it with [New], then call Run.
type Journal struct {
	store    Store
	self     uuid.UUID
	consumer Consumer
	log      *slog.Logger
	metrics  metrics
	tracer   trace.Tracer // nil: commits are not traced
	in       chan request
	// ended is closed when nothing is committed any more; senders holds it open
	// for those that have seen it so.
	ended   chan struct{}
	senders sync.RWMutex

	// The rest belongs to Run.
	// publishers is how many the gathering before had.
	publishers int
	// failures of commits in a row; the log was told when.
	failures int
	told     time.Time
}

var (
	_ event.Committer   = (*Journal)(nil)
	_ delivery.Recorder = (*Journal)(nil)
)

// request is something to be made durable, and whom to tell.
type request struct {
	entries []Entry
	outcome *delivery.Outcome
	settled *event.Event
	// commits are the spans of the entries whose traces are recorded.
	commits []trace.Span
	done    func(keys []uuid.UUID, err error)
}

// answer tells who waits for a request what became of it.
func (r *request) answer(keys []uuid.UUID, err error) {
	r.endCommits(err)
	r.done(keys, err)
}

func (r *request) rows() int { return max(2*len(r.entries), 2) }

// New returns a journal for a node; see [Journal.Instrument] for its metrics.
func New(store Store, self uuid.UUID, consumer Consumer, log *slog.Logger) *Journal {
	j := &Journal{
		store: store, self: self, consumer: consumer, log: log,
		in: make(chan request, queueLength), ended: make(chan struct{}),
	}
	j.Instrument(nil)
	return j
}

// Commit implements event.Committer. When ctx ends first, the events may or may
// not have been committed, as with any answer that is lost.
func (j *Journal) Commit(ctx context.Context, events []*event.Event) ([]uuid.UUID, error) {
	type answer struct {
		keys []uuid.UUID
		err  error
	}
	if len(events) == 0 {
		return nil, nil
	}
	j.consumer.Ease(ctx, events[0].AccountID)
	answers := make(chan answer, 1)
	r := request{entries: make([]Entry, 0, len(events)), done: func(keys []uuid.UUID, err error) { answers <- answer{keys, err} }}
	for _, e := range events {
		r.entries = append(r.entries, Entry{Event: e, Owned: e.DeliverAt.IsZero() && j.consumer.Admit(e)})
	}
	r.commits = j.startCommits(ctx, events)
	if !j.send(ctx, r) {
		j.refuse(r.entries)
		r.endCommits(unavailable())
		return nil, unavailable()
	}
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, unavailable()
		}
		return a.keys, nil
	case <-ctx.Done():
		return nil, unavailable()
	}
}

// unavailable does not say why: the reason is logged, once for all who waited.
func unavailable() error {
	return &sdk.Error{
		Code: sdk.CodeUnavailable, Message: "The event could not be stored now; publish it again", RetryAfter: time.Second,
	}
}

// Record implements delivery.Recorder.
func (j *Journal) Record(o *delivery.Outcome, done func(error)) {
	j.record(request{outcome: o, done: func(_ []uuid.UUID, err error) { done(err) }})
}

// Settle implements delivery.Recorder.
func (j *Journal) Settle(e *event.Event, done func(error)) {
	j.record(request{settled: e, done: func(_ []uuid.UUID, err error) { done(err) }})
}

func (j *Journal) record(r request) {
	if !j.send(context.Background(), r) {
		r.answer(nil, node.ErrFenced)
	}
}

// send queues a request, which is then answered for certain. It waits while the
// queue is full, and tells false when ctx or the journal has ended.
func (j *Journal) send(ctx context.Context, r request) bool {
	j.senders.RLock()
	defer j.senders.RUnlock()
	select {
	case <-j.ended:
		return false
	default:
	}
	select {
	case j.in <- r:
		return true
	case <-ctx.Done():
		return false
	case <-j.ended:
		return false
	}
}

// Run commits until ctx ends and what is queued then is committed too, unless the
// store fails. It returns [node.ErrFenced] when the node was declared dead, else
// nil. Once it has returned nothing more is recorded.
func (j *Journal) Run(ctx context.Context) error {
	defer j.drain()
	defer close(j.ended)
	var kept []request
	for {
		g, ok := j.gather(ctx, kept)
		if !ok {
			return nil
		}
		var err error
		if kept, err = j.commit(g.requests); errors.Is(err, node.ErrFenced) {
			return err
		}
		if err != nil && !wait.For(ctx, retryWait) {
			// The store is out of order; what it holds is taken over later. Nothing
			// may follow what is given up: the last outcome of an event settles it.
			for _, r := range kept {
				r.answer(nil, err)
			}
			return nil
		}
	}
}

// commit makes a batch durable and tells everyone. When that fails, publishers
// are told, and what must not be lost is kept for the next transaction.
func (j *Journal) commit(requests []request) (kept []request, err error) {
	// A transaction that has begun is brought to its end at a stop as well.
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	b := Batch{Node: j.self}
	for _, r := range requests {
		b.Events = append(b.Events, r.entries...)
		if r.outcome != nil {
			b.Outcomes = append(b.Outcomes, r.outcome)
		}
		if r.settled != nil {
			b.Settled = append(b.Settled, r.settled)
		}
	}
	all := traced(requests)
	began := time.Now()
	keys, err := j.store.Commit(within(ctx, all), b)
	j.metrics.committed(time.Since(began), &b, err)
	j.tell(err, b)
	if err != nil {
		return j.failed(requests, err), err
	}
	noteGroup(all, &b)
	j.handOn(b.Events, keys)
	for _, r := range requests {
		n := len(r.entries)
		r.answer(keys[:n], nil)
		keys = keys[n:]
	}
	return nil, nil
}

// tell logs an outage of the store when it begins, now and then, and when it ends.
func (j *Journal) tell(err error, b Batch) {
	const again = 10 * time.Second
	switch {
	case err == nil && j.failures > 0:
		j.log.Info("the store takes commits again", slog.Int("failed", j.failures))
		j.failures = 0
	case err == nil:
	default:
		j.failures++
		if j.failures == 1 || time.Since(j.told) >= again {
			j.log.Error("commit failed", slog.Any("error", err), slog.Int("failures", j.failures),
				slog.Int("events", len(b.Events)), slog.Int("outcomes", len(b.Outcomes)))
			j.told = time.Now()
		}
	}
}

// handOn gives stored events to the consumer, and the room of repeated ones back.
func (j *Journal) handOn(entries []Entry, keys []uuid.UUID) {
	var taken []*event.Event
	for i, e := range entries {
		switch {
		case !e.Owned:
		case keys[i] == e.Event.Key:
			taken = append(taken, e.Event)
		default:
			j.consumer.Refuse(e.Event)
		}
	}
	if len(taken) > 0 {
		j.consumer.Take(taken)
	}
}

func (j *Journal) failed(requests []request, err error) (kept []request) {
	for _, r := range requests {
		if len(r.entries) == 0 && !errors.Is(err, node.ErrFenced) {
			kept = append(kept, r)
			continue
		}
		j.refuse(r.entries)
		r.answer(nil, err)
	}
	return kept
}

func (j *Journal) refuse(entries []Entry) {
	for _, e := range entries {
		if e.Owned {
			j.consumer.Refuse(e.Event)
		}
	}
}

// drain answers what was queued after the last transaction. It waits for those
// who are about to queue; who comes later sees that ended is closed.
func (j *Journal) drain() {
	j.senders.Lock()
	j.senders.Unlock() //nolint:staticcheck // an empty critical section is the point
	for {
		select {
		case r := <-j.in:
			j.refuse(r.entries)
			r.answer(nil, node.ErrFenced)
		default:
			return
		}
	}
}
