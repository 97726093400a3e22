package subscription

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"time"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/secretkey"
)

const (
	// DefaultOverlap is how long a replaced secret stays valid where a rotation does
	// not say. It is safe after a leak too: a receiver that knows the new secret
	// alone accepts nothing that the old one signed.
	DefaultOverlap = 24 * time.Hour
	// MaxOverlap bounds it.
	MaxOverlap = 7 * 24 * time.Hour
)

// Rotation is how a secret is replaced.
type Rotation struct {
	// Secret is the new one; "" generates it in the provider's form.
	Secret sdk.Secret
	// Overlap is how long deliveries are signed with the replaced secret too; nil
	// is [DefaultOverlap] where the provider's deliveries can carry both signatures,
	// and 0 where they cannot.
	Overlap *time.Duration
}

// RotateSecret replaces the secret. Deliveries are signed with two secrets at most:
// one that an earlier rotation left valid ends at once. Errors: not found,
// unavailable, invalid (no signing, the secret, the overlap).
func (s *Service) RotateSecret(ctx context.Context, sel Selector, r Rotation) (*Subscription, error) {
	var sub *Subscription
	err := s.write(ctx, sel.AccountID, func(tx Tx) (err error) {
		if sub, err = tx.Subscription(sel); err != nil {
			return err
		}
		p, err := s.running(sub.Provider)
		if err != nil {
			return err
		}
		overlap, err := r.overlap(p, sub)
		if err != nil {
			return err
		}
		spec := sub.SubscriptionSpec
		if spec.Secret, err = r.secret(p, sub); err != nil {
			return err
		}
		if err := s.check(p, spec, sub.Options, false); err != nil {
			return err
		}
		sub.replaceSecret(spec.Secret, overlap, s.now())
		return s.update(tx, p, sub, spec)
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// overlap is how long the replaced secret stays valid.
func (r Rotation) overlap(p *provider.Provider, sub *Subscription) (time.Duration, error) {
	policy, err := p.Manifest.SecretFor(sub.Settings)
	switch {
	case err != nil:
		return 0, err
	case r.Overlap == nil && policy.Overlap:
		return DefaultOverlap, nil
	case r.Overlap == nil || *r.Overlap == 0:
		return 0, nil
	case !policy.Overlap:
		return 0, sdk.InvalidField("/overlap_seconds", "must be 0: a delivery of %s carries one signature, so the old secret stops at once", p.Name())
	case *r.Overlap < 0 || *r.Overlap > MaxOverlap:
		return 0, sdk.InvalidField("/overlap_seconds", "must be 0 to %d", int(MaxOverlap.Seconds()))
	default:
		return *r.Overlap, nil
	}
}

// secret is the new one.
func (r Rotation) secret(p *provider.Provider, sub *Subscription) (sdk.Secret, error) {
	if r.Secret != "" && r.Secret == sub.Secret {
		return "", sdk.InvalidField("/secret", "must be another one than the subscription has")
	}
	if r.Secret != "" {
		return r.Secret, nil
	}
	policy, err := p.Manifest.SecretFor(sub.Settings)
	if err != nil {
		return "", err
	}
	if policy.Bytes == 0 {
		return "", sdk.Errorf(sdk.CodeInvalid, "%s does not sign with a generated secret; send the secret instead", p.Manifest.Title)
	}
	return secretkey.Generate(policy)
}

// replaceSecret sets another secret and keeps the old one valid for a while.
func (s *Subscription) replaceSecret(secret sdk.Secret, overlap time.Duration, now time.Time) {
	s.PreviousSecret, s.PreviousSecretUntil = "", time.Time{}
	if overlap > 0 && s.Secret != "" {
		s.PreviousSecret, s.PreviousSecretUntil = s.Secret, now.Add(overlap)
	}
	s.Secret = secret
}

// ContractAt returns the subscription as Render sees it at a time: with the
// previous secret while that is valid. Of a snapshot's subscription it is one of
// two pointers.
func (s *Subscription) ContractAt(now time.Time) *sdk.Subscription {
	if s.PreviousSecret == "" || !now.Before(s.PreviousSecretUntil) {
		return s.Contract()
	}
	if s.overlapping != nil {
		return s.overlapping
	}
	c := *s.Contract()
	c.PreviousSecret = s.PreviousSecret
	return &c
}

// renewed gives a spec, which an update makes of a subscription, a new key pair
// where the new settings want one and the old secret is none. The old secret was
// the subscriber's; the new one is shown by its public key.
func renewed(p *provider.Provider, sub *Subscription, spec sdk.SubscriptionSpec) (sdk.SubscriptionSpec, error) {
	policy, err := p.Manifest.SecretFor(spec.Settings)
	if err != nil || policy.KeyPair == nil || spec.Secret != sub.Secret || matches(policy.Pattern, spec.Secret) {
		return spec, nil //nolint:nilerr // the check of the whole spec tells
	}
	spec.Secret, err = secretkey.Generate(policy)
	return spec, err
}

// keyed shows a spec's public key in the settings, where its secret has one, and
// generates the secret where it has none and the provider does so.
func keyed(p *provider.Provider, spec sdk.SubscriptionSpec, generate bool) (sdk.SubscriptionSpec, error) {
	policy, err := p.Manifest.SecretFor(spec.Settings)
	if err != nil {
		return spec, err
	}
	if spec.Secret == "" && policy.Generate && generate {
		if spec.Secret, err = secretkey.Generate(policy); err != nil {
			return spec, err
		}
	}
	for _, v := range p.Manifest.SecretVariants {
		if v.Secret.KeyPair == nil {
			continue
		}
		if _, shown := spec.Settings[v.Secret.KeyPair.PublicSetting]; shown {
			spec.Settings = maps.Clone(spec.Settings)
			delete(spec.Settings, v.Secret.KeyPair.PublicSetting)
		}
	}
	spec.Settings, err = secretkey.ShowPublic(spec.Settings, spec.Secret, policy)
	return spec, err
}

// matches tells whether a secret has the form that a policy's pattern says.
func matches(pattern string, secret sdk.Secret) bool {
	if pattern == "" {
		return true
	}
	ok, err := regexp.MatchString(fmt.Sprintf("^(?:%s)$", pattern), secret.Reveal())
	return err == nil && ok
}
