package operational

import (
	"time"

	"github.com/google/uuid"
)

// data is that of one type of event.
type data interface{ common() *Common }

// Common is a part of every event's data: whom it is about.
type Common struct {
	AccountID uuid.UUID `json:"account_id"`
	// Account is its name.
	Account string `json:"account"`
	// Suppressed is how many events of the account and type were not published
	// since the last one, because there were too many.
	Suppressed int `json:"suppressed,omitempty"`
}

func (c *Common) common() *Common { return c }

// SubscriptionDisabled is the data of [TypeSubscriptionDisabled].
type SubscriptionDisabled struct {
	Common
	SubscriptionID uuid.UUID `json:"subscription_id"`
	Provider       string    `json:"provider"`
	// Reason is why the gateway disabled it.
	Reason string `json:"reason"`
	// FailingSince is the first failed attempt after the last success.
	FailingSince time.Time `json:"failing_since,omitzero"`
}

// DeliveryDead is the data of [TypeDeliveryDead].
type DeliveryDead struct {
	Common
	DeliveryID     uuid.UUID `json:"delivery_id"`
	EventID        uuid.UUID `json:"event_id"`
	EventType      string    `json:"event_type"`
	SubscriptionID uuid.UUID `json:"subscription_id"`
	Provider       string    `json:"provider"`
	Attempts       int       `json:"attempts"`
	// Reason is why the last attempt failed; absent where none was made.
	Reason string `json:"reason,omitempty"`
	// ResponseStatus is that of the last answer; absent where none came.
	ResponseStatus int `json:"response_status,omitempty"`
}

// LimitReached is the data of [TypeLimitReached].
type LimitReached struct {
	Common
	// Limit is its name in the account's settings.
	Limit string `json:"limit"`
}

// KeyExpiring is the data of [TypeKeyExpiring].
type KeyExpiring struct {
	Common
	KeyID uuid.UUID `json:"key_id"`
	Name  string    `json:"name"`
	// Hint is the start of the key's token.
	Hint      string    `json:"hint"`
	ExpiresAt time.Time `json:"expires_at"`
	// Days is which notice it is: 7 or 1 days before the end.
	Days int `json:"days"`
}
