package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

type subscriptionRow struct {
	AccountID      key `gorm:"primaryKey"`
	ID             key `gorm:"primaryKey"`
	Provider       string
	Namespace      string
	ExternalID     string
	Name           string
	URL            string
	EventTypes     list[string]
	Filters        list[sdk.Filter]
	FiltersKey     string
	Sealed         []byte
	Enabled        bool
	DisabledReason string
	OwnerReason    string
	FailingSince   *int64
	LastError      string
	LastErrorAt    *int64
	Version        int64
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
}

// TableName implements gorm's Tabler.
func (subscriptionRow) TableName() string { return "subscriptions" }

// sealed is the part of a subscription that may hold secrets; headers and
// settings carry credentials of the subscriber.
type sealed struct {
	Secret   string            `json:"secret,omitempty"`
	Headers  []sdk.Header      `json:"headers,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	Options  *sealedOptions    `json:"options,omitempty"`
	// Previous is the secret that was replaced, to be signed with until a time.
	Previous      string    `json:"previous_secret,omitempty"`
	PreviousUntil time.Time `json:"previous_secret_until,omitzero"`
}

func (s *Store) subscriptionRow(sub *subscription.Subscription) (*subscriptionRow, error) {
	plain, err := json.Marshal(sealed{
		Secret: sub.Secret.Reveal(), Headers: sub.Headers, Settings: sub.Settings, Options: sealOptions(sub.Options),
		Previous: sub.PreviousSecret.Reveal(), PreviousUntil: sub.PreviousSecretUntil,
	})
	if err != nil {
		return nil, fmt.Errorf("seal subscription: %w", err)
	}
	box, err := s.box.Seal(string(plain), sub.ID[:])
	if err != nil {
		return nil, fmt.Errorf("seal subscription: %w", err)
	}
	var failed sdk.LastError
	if sub.LastError != nil {
		failed = *sub.LastError
	}
	return &subscriptionRow{
		AccountID: key(sub.AccountID), ID: key(sub.ID), Provider: sub.Provider, Namespace: sub.Namespace,
		ExternalID: sub.ExternalID, Name: sub.Name, URL: sub.URL, EventTypes: sub.EventTypes, Filters: sub.Filters,
		FiltersKey: subscription.FiltersKey(sub.SubscriptionSpec), Sealed: box, Enabled: sub.Enabled,
		DisabledReason: sub.DisabledReason, OwnerReason: sub.OwnerReason, FailingSince: optionalMicros(sub.FailingSince),
		LastError: text(failed.Message), LastErrorAt: optionalMicros(failed.At), Version: sub.Version,
		CreatedAt: micros(sub.CreatedAt), UpdatedAt: micros(sub.UpdatedAt),
	}, nil
}

func (s *Store) subscription(r *subscriptionRow) (*subscription.Subscription, error) {
	id := uuid.UUID(r.ID)
	plain, err := s.box.Open(r.Sealed, id[:])
	if err != nil {
		return nil, fmt.Errorf("open subscription %s: %w", id, err)
	}
	var secrets sealed
	if err := json.Unmarshal([]byte(plain), &secrets); err != nil {
		return nil, fmt.Errorf("open subscription %s: sealed part is no JSON", id)
	}
	return &subscription.Subscription{
		AccountID: uuid.UUID(r.AccountID), ID: id, Provider: r.Provider, Namespace: r.Namespace, ExternalID: r.ExternalID,
		SubscriptionSpec: sdk.SubscriptionSpec{
			Name: r.Name, URL: r.URL, EventTypes: r.EventTypes, Filters: r.Filters, Secret: sdk.Secret(secrets.Secret),
			Headers: secrets.Headers, Enabled: r.Enabled, Settings: secrets.Settings,
		},
		Options:        secrets.Options.options(),
		PreviousSecret: sdk.Secret(secrets.Previous), PreviousSecretUntil: secrets.PreviousUntil,
		DisabledReason: r.DisabledReason, OwnerReason: r.OwnerReason, FailingSince: fromOptionalMicros(r.FailingSince), LastError: r.lastError(), Version: r.Version,
		CreatedAt: fromMicros(r.CreatedAt), UpdatedAt: fromMicros(r.UpdatedAt),
	}, nil
}

func (r *subscriptionRow) lastError() *sdk.LastError {
	if r.LastErrorAt == nil {
		return nil
	}
	return &sdk.LastError{At: fromMicros(*r.LastErrorAt), Message: r.LastError}
}
