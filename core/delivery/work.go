package delivery

import (
	"sync"

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
}

// tracker follows the first deliveries of an event until all are recorded.
type tracker struct {
	mu        sync.Mutex
	remaining int // not recorded yet
	dropped   bool
}

// record passes an outcome on. The one that is the last of its event settles it,
// so the order in which outcomes are counted is that in which they are queued.
func (e *Engine) record(w *work, o *Outcome) {
	disables := o.Health != nil && o.Health.DisabledReason != ""
	done := func(last bool) func(error) {
		return func(err error) {
			if disables {
				e.Snapshots.Invalidate(w.AccountID)
			}
			e.recorded(w.event, last, err)
		}
	}
	if w.tracker == nil {
		e.recorder.Record(o, done(true))
		return
	}
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.tracker.remaining--
	o.Settles = w.tracker.remaining == 0 && !w.tracker.dropped
	e.recorder.Record(o, done(w.tracker.remaining == 0))
}

// drop gives up work without a record: the store still says that this node has
// it, and frees it when the node is released or taken over.
func (e *Engine) drop(w *work) {
	if w.tracker == nil {
		e.budget.free(w.event.Size())
		return
	}
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.tracker.dropped = true
	w.tracker.remaining--
	if w.tracker.remaining == 0 {
		e.budget.free(w.event.Size())
	}
}

// recorded is told when an outcome is durable, or never will be from here.
func (e *Engine) recorded(ev *event.Event, last bool, err error) {
	if err != nil {
		e.fence()
	}
	if last {
		e.budget.free(ev.Size())
	}
}
