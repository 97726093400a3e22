// Package subscription holds subscriptions: the rules under which they are made
// and changed, and the matching of events to them.
package subscription

import (
	"crypto/tls"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Subscription is a URL that gets an account's events through one provider.
type Subscription struct {
	AccountID uuid.UUID
	// ID is ours; the unified API shows it.
	ID uuid.UUID
	// Provider through whose API it was made and in whose shape it is delivered.
	Provider string
	// ExternalID is the id in the provider's form; its API shows it.
	ExternalID string
	// Namespace is the part of the account that the provider's path named.
	Namespace string
	sdk.SubscriptionSpec
	Options Options
	// PreviousSecret is the one that the latest rotation replaced; deliveries are
	// signed with it too until PreviousSecretUntil.
	PreviousSecret      sdk.Secret
	PreviousSecretUntil time.Time
	// DisabledReason is why the engine disabled it; "" when its owner did.
	DisabledReason string
	// OwnerReason is why its owner disabled it; "" where the engine did, or nobody
	// said.
	OwnerReason string
	// FailingSince is the first failed attempt after the last success; zero when
	// the last attempt succeeded.
	FailingSince time.Time
	// LastError is why the latest attempt or probe failed; nil where none did.
	LastError *sdk.LastError
	// Version counts the changes, from 1.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time

	// Of a snapshot's subscriptions alone.
	contract *sdk.Subscription
	// overlapping is the contract with the previous secret; nil where there is none.
	overlapping *sdk.Subscription
	health      *health
	filter      eventFilter

	certificate    *tls.Certificate
	certificateErr error
}

// Contract returns the subscription as adapters see it. Of a snapshot's
// subscription it is always the same pointer.
func (s *Subscription) Contract() *sdk.Subscription {
	if s.contract != nil {
		return s.contract
	}
	return &sdk.Subscription{
		ID:               s.ExternalID,
		Namespace:        s.Namespace,
		SubscriptionSpec: s.SubscriptionSpec,
		DisabledReason:   s.DisabledReason,
		CreatedAt:        s.CreatedAt,
		UpdatedAt:        s.UpdatedAt,
		LastError:        s.LastError,
	}
}

// Owner is whose subscriptions a call is about.
type Owner struct {
	AccountID uuid.UUID
	Provider  string
	Namespace string
}

// Selector names one subscription: by ID, or by owner and ExternalID, where an
// empty ExternalID is the owner's only one.
type Selector struct {
	AccountID  uuid.UUID
	ID         uuid.UUID
	Provider   string
	Namespace  string
	ExternalID string
}

// ByID selects by our own id.
func ByID(accountID, id uuid.UUID) Selector { return Selector{AccountID: accountID, ID: id} }

// Select selects by the id that the owner's API shows.
func (o Owner) Select(externalID string) Selector {
	return Selector{AccountID: o.AccountID, Provider: o.Provider, Namespace: o.Namespace, ExternalID: externalID}
}

// Query selects a page of subscriptions in the order of ids. Empty fields select all.
type Query struct {
	AccountID uuid.UUID
	Provider  string
	// Namespace selects one, if not nil; "" is a namespace too.
	Namespace *string
	// SameFilters selects those with this [FiltersKey].
	SameFilters string
	// After is the last id of the page before.
	After uuid.UUID
	Limit int
}

// apply returns a copy of the spec with the patch's changes.
func apply(spec sdk.SubscriptionSpec, p sdk.SubscriptionPatch) sdk.SubscriptionSpec {
	set(&spec.Name, p.Name)
	set(&spec.URL, p.URL)
	set(&spec.Secret, p.Secret)
	set(&spec.Enabled, p.Enabled)
	if p.EventTypes != nil {
		spec.EventTypes = slices.Clone(*p.EventTypes)
	}
	if p.Filters != nil {
		spec.Filters = slices.Clone(*p.Filters)
	}
	if p.Headers != nil {
		spec.Headers = slices.Clone(*p.Headers)
	}
	if p.Settings != nil {
		spec.Settings = maps.Clone(*p.Settings)
	}
	return spec
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
