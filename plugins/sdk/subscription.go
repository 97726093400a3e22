package sdk

import "time"

// Filter is one condition on an event: the catalogue's filter key and a value.
// Of several filters with one key any must hold, and every key.
type Filter struct{ Key, Value string }

// Header is one HTTP header field.
type Header struct{ Name, Value string }

// SubscriptionSpec is a whole subscription as its owner states it.
type SubscriptionSpec struct {
	// Name, where the vendor has one.
	Name string
	// URL of the subscriber.
	URL string
	// EventTypes are patterns of native types: a name, * as a segment, a trailing
	// .* or * alone. Empty means every type.
	EventTypes []string
	// Filters that must hold; see [Filter].
	Filters []Filter
	// Secret to sign with; may be empty.
	Secret Secret
	// Headers that the engine adds to every delivery.
	Headers []Header
	// Enabled subscriptions get deliveries.
	Enabled bool
	// Settings are the adapter's own fields.
	Settings map[string]string
}

// SubscriptionPatch names what an update changes; nil keeps.
type SubscriptionPatch struct {
	Name       *string
	URL        *string
	EventTypes *[]string
	Filters    *[]Filter
	Secret     *Secret
	Headers    *[]Header
	Enabled    *bool
	Settings   *map[string]string
}

// Subscription is a subscription as the engine keeps it.
type Subscription struct {
	// ID in the vendor's form.
	ID string
	// Namespace that it was made in.
	Namespace string
	SubscriptionSpec
	// DisabledReason is why the engine disabled it; "" otherwise.
	DisabledReason string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	// LastError is why the latest attempt or probe failed, where one did; a later
	// success does not clear it. nil is no failure so far.
	LastError *LastError
	// PreviousSecret is the secret that the latest rotation replaced, while it is
	// valid still: sign with both, so that a receiver verifies with either. It is ""
	// at all other times, outside of Render, and where the [SecretPolicy] has no
	// Overlap.
	PreviousSecret Secret
}

// LastError is a failure that a subscription's owner is told of.
type LastError struct {
	At      time.Time
	Message string
}

// SubscriptionList is one page.
type SubscriptionList struct {
	// Subscriptions without their secrets, oldest first.
	Subscriptions []Subscription
	// NextCursor is the start of the next page; "" on the last.
	NextCursor string
}
