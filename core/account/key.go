package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Key is an API key. Its token is shown once, when it is made.
type Key struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	Name      string
	// ClientID is the id of the OAuth client that the key is, beside its own id; ""
	// is none.
	ClientID string
	Scopes   []string
	// Operator keys work on every API and for every account.
	Operator bool
	// Hint is the start of the token, to tell keys apart.
	Hint      string
	CreatedAt time.Time
	// ExpiresAt is when the key stops; zero is never.
	ExpiresAt time.Time
	// RevokedAt is when it was revoked; zero is not.
	RevokedAt time.Time
	// LastUsedAt is when it was last used, to the minute; zero is never.
	LastUsedAt time.Time
	// ReplacedBy is the key that took its place; zero is none. Its client id is that
	// key's from then on, and works with both tokens until this one expires.
	ReplacedBy uuid.UUID
}

// Usable tells whether the key is neither revoked nor expired.
func (k *Key) Usable(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

// Client is the id of the OAuth client that the key is: the one that it was given,
// or its own.
func (k *Key) Client() string {
	if k.ClientID != "" {
		return k.ClientID
	}
	return k.ID.String()
}

// NewKey is what a caller states of a key to be made.
type NewKey struct {
	AccountID uuid.UUID
	Name      string
	// Scopes default to every scope.
	Scopes   []string
	Operator bool
	// ExpiresAt is optional.
	ExpiresAt time.Time
	// Token is an existing token to be taken over; "" makes a new one.
	Token sdk.Secret
	// ClientID is an existing OAuth client id to be taken over; "" is none. In an
	// account one key has it until that key is revoked.
	ClientID string
}

// Principal is who makes a request: an account, and what its key may do.
type Principal struct {
	// AccountID is the account that the request acts for.
	AccountID uuid.UUID
	// KeyID is zero for a JWT in a key's place.
	KeyID uuid.UUID
	// KeyName is that of the key.
	KeyName  string
	Scopes   []string
	Operator bool
	// Portal tells that a portal token stands for the key: what may be done with
	// keys and tokens needs the key itself.
	Portal bool

	keyAccount uuid.UUID
	keyExpires time.Time
}

// Can tells whether the principal has a scope.
func (p *Principal) Can(scope string) bool {
	if p.Portal && (scope == ScopeKeysWrite || scope == ScopeOperator) {
		return false
	}
	return p.Operator || slices.Contains(p.Scopes, ScopeAll) || slices.Contains(p.Scopes, scope)
}

// CanAny tells whether the principal has one of the scopes.
func (p *Principal) CanAny(scopes []string) bool {
	return slices.ContainsFunc(scopes, p.Can)
}
