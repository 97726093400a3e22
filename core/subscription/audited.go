package subscription

import (
	"context"
	"encoding/json"
	"time"

	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// auditedTx notes what a transaction changes, whichever API asks for it.
type auditedTx struct {
	Tx
	ctx context.Context //nolint:containedctx // a transaction is of one request
	// before is what was read last, as it was then.
	before *auditView
}

func audited(ctx context.Context, tx Tx) Tx { return &auditedTx{Tx: tx, ctx: ctx} }

func (t *auditedTx) Subscription(sel Selector) (*Subscription, error) {
	sub, err := t.Tx.Subscription(sel)
	if err == nil {
		t.before = viewOf(sub)
	}
	return sub, err
}

func (t *auditedTx) Insert(s *Subscription) error {
	if err := t.Tx.Insert(s); err != nil {
		return err
	}
	return t.note(s, nil, viewOf(s))
}

func (t *auditedTx) Update(s *Subscription) error {
	if err := t.Tx.Update(s); err != nil {
		return err
	}
	return t.note(s, t.before, viewOf(s))
}

func (t *auditedTx) Delete(s *Subscription) error {
	if err := t.Tx.Delete(s); err != nil {
		return err
	}
	return t.note(s, viewOf(s), nil)
}

func (t *auditedTx) note(s *Subscription, before, after *auditView) error {
	r := audit.Resource{Type: "subscription", ID: s.ID.String()}
	// A nil pointer in an interface is not nil.
	switch {
	case before == nil:
		return audit.Note(t.ctx, s.AccountID, r, nil, after)
	case after == nil:
		return audit.Note(t.ctx, s.AccountID, r, before, nil)
	default:
		return audit.Note(t.ctx, s.AccountID, r, before, after)
	}
}

// auditView is a subscription as the audit log shows it: no value that its owner
// may keep a secret in. [sdk.Secret] masks itself.
type auditView struct {
	Provider            string            `json:"provider"`
	ExternalID          string            `json:"external_id"`
	Namespace           string            `json:"namespace,omitempty"`
	Name                string            `json:"name,omitempty"`
	URL                 string            `json:"url"`
	Events              []string          `json:"events,omitempty"`
	Match               []sdk.Filter      `json:"match,omitempty"`
	Filters             json.RawMessage   `json:"filters,omitempty"`
	Headers             map[string]string `json:"headers,omitempty"`
	Settings            map[string]string `json:"settings,omitempty"`
	Secret              sdk.Secret        `json:"secret,omitempty"`
	PreviousSecretUntil *time.Time        `json:"previous_secret_until,omitempty"`
	Delivery            *DeliveryOptions  `json:"delivery,omitempty"`
	Auth                []string          `json:"auth,omitempty"`
	Enabled             bool              `json:"enabled"`
	DisabledReason      string            `json:"disabled_reason,omitempty"`
	Version             int64             `json:"version"`
}

func viewOf(s *Subscription) *auditView {
	v := &auditView{
		Provider: s.Provider, ExternalID: s.ExternalID, Namespace: s.Namespace, Name: s.Name, URL: s.URL, Events: s.EventTypes,
		Match: s.Filters, Filters: s.Options.Filters, Secret: s.Secret, Enabled: s.Enabled, DisabledReason: s.DisabledReason, Version: s.Version,
	}
	if v.DisabledReason == "" {
		v.DisabledReason = s.OwnerReason
	}
	if !s.PreviousSecretUntil.IsZero() {
		until := s.PreviousSecretUntil
		v.PreviousSecretUntil = &until
	}
	for _, h := range s.Headers {
		v.Headers = masked(v.Headers, h.Name)
	}
	for name := range s.Settings {
		v.Settings = masked(v.Settings, name)
	}
	if d := s.Options.Delivery; !d.isZero() {
		v.Delivery = &d
	}
	for kind, is := range map[string]bool{
		"basic": s.Options.Auth.Basic != nil, "oauth2": s.Options.Auth.OAuth2 != nil, "mtls": s.Options.Auth.MTLS != nil,
	} {
		if is {
			v.Auth = append(v.Auth, kind)
		}
	}
	return v
}

func (d *DeliveryOptions) isZero() bool {
	return d.MaxInFlight == 0 && d.MaxPerSecond == 0 && d.Timeout == 0 && d.Schedule == nil && d.MaxAttempts == 0 && !d.NoTraceParent
}

func masked(m map[string]string, name string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[name] = sdk.Redacted
	return m
}
