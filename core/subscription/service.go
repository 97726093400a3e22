package subscription

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Providers gives the providers that are known now.
type Providers interface {
	Providers() *provider.Set
}

// Service makes and changes subscriptions under the rules of their providers.
type Service struct {
	store     Store
	index     *Index
	providers Providers
	urls      func(raw string) error
	now       func() time.Time
	emitter   Emitter // may be nil
}

// NewService returns a service. urls tells what is wrong with a subscriber's
// URL, whatever the provider. index is refreshed after every change. Times are
// in the precision that the store keeps.
func NewService(store Store, index *Index, providers Providers, urls func(string) error, now func() time.Time) *Service {
	return &Service{store: store, index: index, providers: providers, urls: urls, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// Create makes a subscription. Errors: invalid, conflict (name), limit, not
// found (account).
func (s *Service) Create(ctx context.Context, o Owner, spec sdk.SubscriptionSpec) (*Subscription, error) {
	return s.CreateWith(ctx, o, spec, Options{})
}

// CreateWith makes a subscription with options. Errors: those of Create.
func (s *Service) CreateWith(ctx context.Context, o Owner, spec sdk.SubscriptionSpec, opts Options) (*Subscription, error) {
	p, err := s.provider(o.Provider, spec, opts)
	if err != nil {
		return nil, err
	}
	var sub *Subscription
	err = s.write(ctx, o.AccountID, func(tx Tx) error {
		sub, err = s.insert(tx, p, o, spec, opts)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// Put replaces the owner's only subscription or makes it, and tells which. A
// secret that the spec leaves out stays. Errors: those of Create.
func (s *Service) Put(ctx context.Context, o Owner, spec sdk.SubscriptionSpec) (sub *Subscription, created bool, err error) {
	p, err := s.provider(o.Provider, spec, Options{})
	if err != nil {
		return nil, false, err
	}
	err = s.write(ctx, o.AccountID, func(tx Tx) error {
		sub, err = tx.Subscription(o.Select(""))
		if sdk.IsCode(err, sdk.CodeNotFound) {
			created = true
			sub, err = s.insert(tx, p, o, spec, Options{})
			return err
		}
		if err != nil {
			return err
		}
		if spec.Secret == "" {
			spec.Secret = sub.Secret
		}
		if err := s.check(p, spec, sub.Options, false); err != nil {
			return err
		}
		return s.update(tx, p, sub, spec)
	})
	if err != nil {
		return nil, false, err
	}
	return sub, created, nil
}

// Get reads one with its secret. Errors: not found.
func (s *Service) Get(ctx context.Context, sel Selector) (*Subscription, error) {
	return s.store.Subscription(ctx, sel)
}

// List reads a page in the order of ids.
func (s *Service) List(ctx context.Context, q Query) ([]Subscription, error) {
	return s.store.ListSubscriptions(ctx, q)
}

// Update changes what the patch names. A version other than 0 must be the one
// that is stored. Errors: not found, conflict (version),
// unavailable (the provider's plugin does not run) and those of Create.
func (s *Service) Update(ctx context.Context, sel Selector, version int64, patch sdk.SubscriptionPatch) (*Subscription, error) {
	return s.UpdateWith(ctx, sel, version, Patch{SubscriptionPatch: patch})
}

// UpdateWith is Update that may change options too.
func (s *Service) UpdateWith(ctx context.Context, sel Selector, version int64, patch Patch) (*Subscription, error) {
	var sub *Subscription
	err := s.write(ctx, sel.AccountID, func(tx Tx) (err error) {
		if sub, err = tx.Subscription(sel); err != nil {
			return err
		}
		if version != 0 && version != sub.Version {
			return sdk.Errorf(sdk.CodeConflict, "The subscription was changed by another request; read it again")
		}
		spec, opts := apply(sub.SubscriptionSpec, patch.SubscriptionPatch), sub.Options.apply(patch.Options)
		p, err := s.running(sub.Provider)
		if err != nil {
			return err
		}
		if spec, err = renewed(p, sub, spec); err != nil {
			return err
		}
		if err := s.check(p, spec, opts, patch.Options.Auth != nil); err != nil {
			return err
		}
		if err := sub.disable(spec.Enabled, patch.DisabledReason); err != nil {
			return err
		}
		sub.Options = opts
		return s.update(tx, p, sub, spec)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// NoteError keeps why a subscription could not be reached, for its owner to see.
// It is no change of the subscription. Errors: not found.
func (s *Service) NoteError(ctx context.Context, sel Selector, message string) error {
	return s.store.InAccount(ctx, sel.AccountID, func(tx Tx) error {
		sub, err := tx.Subscription(sel)
		if err != nil {
			return err
		}
		sub.LastError = &sdk.LastError{At: s.now(), Message: message}
		return tx.Update(sub)
	})
}

// Delete removes one, cancels its open deliveries and returns its last state.
// Errors: not found.
func (s *Service) Delete(ctx context.Context, sel Selector) (*Subscription, error) {
	var sub *Subscription
	err := s.write(ctx, sel.AccountID, func(tx Tx) (err error) {
		if sub, err = tx.Subscription(sel); err != nil {
			return err
		}
		return tx.Delete(sub)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// write runs fn under the account's lock and refreshes the index after it.
func (s *Service) write(ctx context.Context, accountID uuid.UUID, fn func(Tx) error) error {
	defer s.index.Invalidate(accountID)
	return s.tell(ctx, accountID, s.store.InAccount(ctx, accountID, func(tx Tx) error { return fn(audited(ctx, tx)) }))
}

// provider returns the provider of a spec that is valid for it.
func (s *Service) provider(name string, spec sdk.SubscriptionSpec, opts Options) (*provider.Provider, error) {
	p, err := s.known(name)
	if err != nil {
		return nil, err
	}
	return p, s.check(p, spec, opts, true)
}

func (s *Service) known(name string) (*provider.Provider, error) {
	if p := s.providers.Providers().Get(name); p != nil {
		return p, nil
	}
	return nil, sdk.InvalidField("/provider", "%q is not a provider that runs here", name)
}

// running returns the provider of a stored subscription, which is known to
// exist even while its plugin does not run.
func (s *Service) running(name string) (*provider.Provider, error) {
	if p := s.providers.Providers().Get(name); p != nil {
		return p, nil
	}
	return nil, &sdk.Error{
		Code: sdk.CodeUnavailable, RetryAfter: time.Second,
		Message: fmt.Sprintf("The plugin of %s does not run now; try again in a moment", name),
	}
}

func (s *Service) insert(tx Tx, p *provider.Provider, o Owner, spec sdk.SubscriptionSpec, opts Options) (*Subscription, error) {
	if err := checkLimits(tx, p, o, spec, uuid.Nil); err != nil {
		return nil, err
	}
	spec, err := keyed(p, spec, true)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	now := s.now()
	external, err := newExternalID(p.Manifest.IDFormat, id, now, func() (int64, error) { return tx.NextNumber(o.Provider) })
	if err != nil {
		return nil, fmt.Errorf("make subscription id: %w", err)
	}
	sub := &Subscription{
		AccountID: o.AccountID, ID: id, Provider: o.Provider, ExternalID: external, Namespace: o.Namespace,
		SubscriptionSpec: spec, Options: opts, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	return sub, tx.Insert(sub)
}

func (s *Service) update(tx Tx, p *provider.Provider, sub *Subscription, spec sdk.SubscriptionSpec) error {
	o := Owner{AccountID: sub.AccountID, Provider: sub.Provider, Namespace: sub.Namespace}
	if err := checkLimits(tx, p, o, spec, sub.ID); err != nil {
		return err
	}
	spec, err := keyed(p, spec, false)
	if err != nil {
		return err
	}
	if spec.Secret != sub.Secret || !s.now().Before(sub.PreviousSecretUntil) {
		sub.replaceSecret(spec.Secret, 0, s.now())
	}
	if spec.Enabled {
		sub.DisabledReason, sub.OwnerReason = "", ""
		if !sub.Enabled {
			sub.FailingSince = time.Time{}
		}
	}
	sub.SubscriptionSpec = spec
	sub.Version++
	sub.UpdatedAt = s.now()
	return tx.Update(sub)
}
