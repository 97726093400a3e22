package subscription

import (
	"encoding/json"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Options are what the engine does for a subscription, whichever provider it is
// made for. Adapters do not see them. The zero value is none.
type Options struct {
	// Filters is an event filter as JSON (package filter); nil lets every event
	// through.
	Filters  json.RawMessage
	Delivery DeliveryOptions
	Auth     Auth
}

// DeliveryOptions take the place of the operator's and the provider's settings
// where they are set.
type DeliveryOptions struct {
	// MaxInFlight bounds the attempts at one time; 0: as the operator says. The
	// operator's bound holds too.
	MaxInFlight int
	// MaxPerSecond bounds the attempts in a second; 0: as the operator says. The
	// operator's bound holds too.
	MaxPerSecond float64
	// Timeout of an attempt; 0: the provider's.
	Timeout time.Duration
	// Schedule is the waits before the second, third, … attempt, of which the last
	// repeats; nil: the provider's.
	Schedule []time.Duration
	// MaxAttempts is the most attempts. 0: one more than Schedule has, or the
	// provider's where that is nil.
	MaxAttempts int
	// NoTraceParent keeps the trace context from the subscriber.
	NoTraceParent bool
}

// OptionsPatch changes what is not nil.
type OptionsPatch struct {
	Filters  *json.RawMessage
	Delivery *DeliveryOptions
	Auth     *Auth
}

func (o Options) apply(p OptionsPatch) Options {
	set(&o.Filters, p.Filters)
	set(&o.Delivery, p.Delivery)
	set(&o.Auth, p.Auth)
	return o
}

// Patch changes a subscription.
type Patch struct {
	sdk.SubscriptionPatch
	Options OptionsPatch
	// DisabledReason is why its owner disables it.
	DisabledReason *string
}

// Policy is the delivery policy of the subscription, whose provider's is given.
// What counts as success, the time budget and when it is disabled stay the
// provider's.
func (s *Subscription) Policy(p sdk.DeliveryPolicy) sdk.DeliveryPolicy {
	o := &s.Options.Delivery
	if o.Timeout > 0 {
		p.Timeout = o.Timeout
	}
	if o.Schedule != nil {
		p.Schedule, p.MaxAttempts = o.Schedule, len(o.Schedule)+1
	}
	if o.MaxAttempts > 0 {
		p.MaxAttempts = o.MaxAttempts
	}
	return p
}
