package delivery

import (
	"sync"

	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/subscription"
)

// work is one delivery in the hands of this node.
type work struct {
	Delivery
	event *event.Event
	sub   *subscription.Subscription
	// tracker of the event's first deliveries; nil for a claimed delivery.
	tracker *tracker
	pass    gate.Pass
	// traced is for its trace; nil where that is not recorded.
	traced *traced
}

// tracker follows the first deliveries of an event until all are recorded.
type tracker struct {
	mu        sync.Mutex
	remaining int // not recorded yet
	dropped   bool
}

// GatePass implements gate.Work.
func (w *work) GatePass() *gate.Pass { return &w.pass }

// newWork readies a delivery for its gate. What is replayed leaves room for first
// attempts, as retries do.
func newWork(d Delivery, ev *event.Event, sub *subscription.Subscription, t *tracker) *work {
	key := gate.Key{AccountID: d.AccountID, SubscriptionID: d.SubscriptionID}
	return &work{Delivery: d, event: ev, sub: sub, tracker: t, pass: gate.Pass{Key: key, Limits: limitsOf(sub), Retry: d.AttemptCount > 0 || (t == nil && d.Replayed())}}
}

// record passes an outcome on. The one that is the last of its event settles it,
// so the order in which outcomes are counted is that in which they are queued.
func (e *Engine) record(w *work, o *Outcome) {
	e.startRecord(w, o)
	if w.tracker == nil {
		e.recorder.Record(o, func(err error) { e.recorded(w, o, true, err) })
		return
	}
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.tracker.remaining--
	last := w.tracker.remaining == 0
	o.Settles = last && !w.tracker.dropped
	e.recorder.Record(o, func(err error) { e.recorded(w, o, last, err) })
}

// recorded is told when an outcome is durable, or never will be from here. last
// tells that nothing of its event is in memory any more.
func (e *Engine) recorded(w *work, o *Outcome, last bool, err error) {
	endRecord(w, o, err)
	if last {
		e.free(w.event)
	}
	if err != nil {
		e.fence()
		return
	}
	e.countRecorded(w, o)
	if e.Statistics != nil {
		e.Statistics.Recorded(o, o.Delivery.UpdatedAt.Sub(w.begins()))
	}
	if o.Health != nil && o.Health.DisabledReason != "" {
		e.Snapshots.Invalidate(w.AccountID)
	}
	e.observe(w, o)
	if o.Delivery.Held {
		e.gates.Held(w.pass.Key)
	}
}

// drop gives up work without a record: the store still says that this node has
// it, and frees it when the node is released or taken over.
func (e *Engine) drop(w *work) {
	endDropped(w)
	if w.tracker == nil {
		e.free(w.event)
		return
	}
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.tracker.dropped = true
	w.tracker.remaining--
	if w.tracker.remaining == 0 {
		e.free(w.event)
	}
}

func (e *Engine) dropAll(works []*work) {
	for _, w := range works {
		e.drop(w)
	}
}
