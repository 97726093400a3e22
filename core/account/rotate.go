package account

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// MaxOverlap is the longest time that a key and the one in its place both work.
const MaxOverlap = 30 * 24 * time.Hour

// KeyState is what becomes of a key over time.
type KeyState string

// The states; a revoked key is revoked, whether or not it has expired too.
const (
	KeyActive  KeyState = "active"
	KeyExpired KeyState = "expired"
	KeyRevoked KeyState = "revoked"
)

// KeyQuery selects a page of an account's keys in the order of ids.
type KeyQuery struct {
	AccountID uuid.UUID
	// State selects keys that are in it at the time of Now; "" selects all.
	State KeyState
	Now   time.Time
	// After is the last id of the page before.
	After uuid.UUID
	Limit int
}

// RotateKey puts a new key in the place of one: with its name, scopes, rights and
// client id, and with as long a life where that has an end. The old one expires
// after the overlap, or at its own end if that is sooner. allowed tells whether
// the caller may have such a key. Errors: not found, allowed's, invalid (overlap),
// conflict (the key works no more, or was replaced).
func (s *Service) RotateKey(ctx context.Context, accountID, id uuid.UUID, overlap time.Duration, allowed func(*Key) error) (*Key, sdk.Secret, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return nil, "", sdk.InvalidField("/overlap_seconds", "must be 0 to %d", int(MaxOverlap.Seconds()))
	}
	token := secret.GenerateToken("swh_")
	next, err := s.store.RotateKey(ctx, accountID, id, func(old *Key) (*Key, [sha256.Size]byte, error) {
		var none [sha256.Size]byte
		if err := allowed(old); err != nil {
			return nil, none, err
		}
		next, err := s.successor(old, token)
		if err != nil {
			return nil, none, err
		}
		before := *old
		if end := next.CreatedAt.Add(overlap); old.ExpiresAt.IsZero() || end.Before(old.ExpiresAt) {
			old.ExpiresAt = end
		}
		if err := noteKey(ctx, &before, old); err != nil {
			return nil, none, err
		}
		return next, secret.HashToken(token), noteKey(ctx, nil, next)
	})
	if err != nil {
		return nil, "", err
	}
	s.keys.changed()
	return next, sdk.Secret(token), nil
}

// successor is a new key like an old one.
func (s *Service) successor(old *Key, token string) (*Key, error) {
	now := s.now()
	switch {
	case old.ReplacedBy != uuid.Nil:
		return nil, sdk.Errorf(sdk.CodeConflict, "The key was replaced by the key %s; rotate that one", old.ReplacedBy)
	case !old.Usable(now):
		return nil, sdk.Errorf(sdk.CodeConflict, "The key is expired or revoked; make a new one")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	next := &Key{
		ID: id, AccountID: old.AccountID, Name: old.Name, ClientID: old.Client(), Scopes: old.Scopes, Operator: old.Operator,
		Hint: hint(token), CreatedAt: now,
	}
	if !old.ExpiresAt.IsZero() {
		next.ExpiresAt = now.Add(old.ExpiresAt.Sub(old.CreatedAt))
	}
	return next, nil
}
