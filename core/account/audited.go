package account

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/core/audit"
)

// Actor is the principal as the audit log names it.
func (p *Principal) Actor() audit.Actor {
	return audit.Actor{KeyID: p.KeyID, KeyName: p.KeyName, Operator: p.Operator, Portal: p.Portal}
}

// noteAccount notes a change of an account, in its own log.
func noteAccount(ctx context.Context, before, after *Account) error {
	var was any
	if before != nil {
		was = accountView(before)
	}
	return audit.Note(ctx, after.ID, audit.Resource{Type: "account", ID: after.ID.String()}, was, accountView(after))
}

func accountView(a *Account) any {
	return struct {
		Name            string          `json:"name"`
		EventValidation EventValidation `json:"event_validation"`
		Limits          Limits          `json:"limits"`
		Version         int64           `json:"version"`
	}{a.Name, a.Settings.Validation(), a.Settings.Limits, a.Version}
}

// noteKey notes a change of a key; nil is none.
func noteKey(ctx context.Context, before, after *Key) error {
	k := after
	var was, is any
	if before != nil {
		k, was = before, keyView(before)
	}
	if after != nil {
		is = keyView(after)
	}
	return audit.Note(ctx, k.AccountID, audit.Resource{Type: "key", ID: k.ID.String()}, was, is)
}

func keyView(k *Key) any {
	v := struct {
		Name      string     `json:"name"`
		ClientID  string     `json:"client_id"`
		Scopes    []string   `json:"scopes"`
		Operator  bool       `json:"operator"`
		Hint      string     `json:"hint"`
		ExpiresAt *time.Time `json:"expires_at,omitempty"`
		RevokedAt *time.Time `json:"revoked_at,omitempty"`
	}{Name: k.Name, ClientID: k.Client(), Scopes: k.Scopes, Operator: k.Operator, Hint: k.Hint}
	if !k.ExpiresAt.IsZero() {
		v.ExpiresAt = &k.ExpiresAt
	}
	if !k.RevokedAt.IsZero() {
		v.RevokedAt = &k.RevokedAt
	}
	return v
}
