package delivery

import (
	"time"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Observer is told, once the store has it, of what operators want to know. It must
// not wait: outcomes do.
type Observer interface {
	// SubscriptionDisabled says that the outcome of a delivery has disabled its
	// subscription, which had the version before.
	SubscriptionDisabled(d *Delivery, version int64, h *Health)
	// DeliveryDead says that a delivery is given up; last is nil where no attempt
	// was made.
	DeliveryDead(d *Delivery, last *Attempt)
}

// observe tells of an outcome. Of deliveries of the gateway's own events it does
// not: each would make another.
func (e *Engine) observe(w *work, o *Outcome) {
	disabled := o.Health != nil && o.Health.DisabledReason != ""
	dead := o.Delivery.Status == sdk.DeliveryDead
	if (!disabled && !dead) || e.Observer == nil || event.IsOwn(w.event.Type) {
		return
	}
	if disabled {
		e.Observer.SubscriptionDisabled(&o.Delivery, w.sub.Version, o.Health)
	}
	if dead {
		e.Observer.DeliveryDead(&o.Delivery, o.Attempt)
	}
}

// Statistics counts outcomes that the store has. It must not wait: outcomes do.
type Statistics interface {
	// Recorded tells of an outcome, and how long after its event could first be
	// delivered it came.
	Recorded(o *Outcome, latency time.Duration)
}
