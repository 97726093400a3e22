package account

import (
	"math"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// EventValidation is what becomes of an event whose data does not fit the schema
// of its type.
type EventValidation string

// The kinds of [EventValidation].
const (
	// ValidationOff accepts it; schemas are not looked at.
	ValidationOff EventValidation = "off"
	// ValidationWarn accepts it, and the answer says what is wrong.
	ValidationWarn EventValidation = "warn"
	// ValidationRefuse refuses it.
	ValidationRefuse EventValidation = "refuse"
)

// Settings are what an operator decides for an account. The zero value is the
// gateway's default.
type Settings struct {
	// EventValidation is "" for the default; see [Settings.Validation].
	EventValidation EventValidation `json:"event_validation,omitempty"`
	Limits          Limits          `json:"limits,omitzero"`
}

// Limits bound an account; 0 is the gateway's default, which is none beyond those
// that hold for every account.
type Limits struct {
	// MaxSubscriptions is the most subscriptions, of all providers together.
	MaxSubscriptions int `json:"max_subscriptions,omitempty"`
	// EventsPerSecond that may be published, on average, at each node.
	EventsPerSecond float64 `json:"events_per_second,omitempty"`
	// Burst is the most events that may be published at once; 0 is what
	// EventsPerSecond allows in a second.
	Burst int `json:"burst,omitempty"`
	// MaxEventBytes is the most bytes of one event's data.
	MaxEventBytes int64 `json:"max_event_bytes,omitempty"`
}

// Validation is the validation that holds; the default is [ValidationOff].
func (s Settings) Validation() EventValidation {
	if s.EventValidation == "" {
		return ValidationOff
	}
	return s.EventValidation
}

// AtOnce is the most events that may be published at once, at least 1; 0 without
// a rate.
func (l Limits) AtOnce() int {
	switch {
	case l.EventsPerSecond == 0:
		return 0
	case l.Burst > 0:
		return l.Burst
	default:
		return max(1, int(math.Ceil(l.EventsPerSecond)))
	}
}

// SettingsPatch changes what it names.
type SettingsPatch struct {
	EventValidation *EventValidation
	// Limits replace all limits.
	Limits *Limits
}

// The largest limits, beyond which none is the same.
const (
	maxRate  = 1_000_000
	maxCount = 1_000_000
	maxBytes = 1 << 30
)

// check tells what is wrong with settings; nil if nothing is.
func (s Settings) check() error {
	l := s.Limits
	switch {
	case s.EventValidation != "" && s.EventValidation != ValidationOff && s.EventValidation != ValidationWarn && s.EventValidation != ValidationRefuse:
		return sdk.InvalidField("/event_validation", "must be off, warn or refuse")
	case l.MaxSubscriptions < 0 || l.MaxSubscriptions > maxCount:
		return sdk.InvalidField("/limits/max_subscriptions", "must be 1 to %d, or null for the gateway's default", maxCount)
	case math.IsNaN(l.EventsPerSecond) || l.EventsPerSecond < 0 || l.EventsPerSecond > maxRate:
		return sdk.InvalidField("/limits/events_per_second", "must be above 0 and at most %d, or null for the gateway's default", maxRate)
	case l.Burst < 0 || l.Burst > maxCount:
		return sdk.InvalidField("/limits/burst", "must be 1 to %d, or null for as many as events_per_second", maxCount)
	case l.Burst > 0 && l.EventsPerSecond == 0:
		return sdk.InvalidField("/limits/burst", "needs events_per_second beside it")
	case l.MaxEventBytes < 0 || l.MaxEventBytes > maxBytes:
		return sdk.InvalidField("/limits/max_event_bytes", "must be 1 to %d, or null for the gateway's default", maxBytes)
	}
	return nil
}
