package account

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// minTokenLength is the least length of a token that is taken over.
	minTokenLength = 16
	maxTokenLength = 4096
	maxKeyName     = 255
	maxClientID    = 255
)

// notToken tells characters that a header could not carry as one word.
func notToken(r rune) bool { return r <= ' ' || r >= 0x7f }

// CreateKey makes a key and returns it with its token, which is not kept.
// Errors: invalid, not found (the account), conflict (the token or the client id
// is in use).
func (s *Service) CreateKey(ctx context.Context, in NewKey) (*Key, sdk.Secret, error) {
	token := in.Token
	if token == "" {
		token = sdk.Secret(secret.GenerateToken("swh_"))
	}
	if err := s.checkKey(in, token); err != nil {
		return nil, "", err
	}
	if _, err := s.store.Account(ctx, in.AccountID); err != nil {
		return nil, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, "", err
	}
	scopes := in.Scopes
	if len(scopes) == 0 {
		scopes = []string{ScopeAll}
	}
	k := &Key{
		ID: id, AccountID: in.AccountID, Name: in.Name, ClientID: in.ClientID, Scopes: scopes, Operator: in.Operator,
		Hint: hint(token.Reveal()), CreatedAt: s.now(), ExpiresAt: in.ExpiresAt,
	}
	if err := noteKey(ctx, nil, k); err != nil {
		return nil, "", err
	}
	err = s.store.CreateKey(ctx, k, secret.HashToken(token.Reveal()))
	if in.ClientID != "" && sdk.IsCode(err, sdk.CodeConflict) {
		return nil, "", sdk.Errorf(sdk.CodeConflict, "Another API key has the token or the client id; "+
			"a client id is free again when its key is revoked")
	}
	if err != nil {
		return nil, "", err
	}
	return k, token, nil
}

// checkKey tells what is wrong with a key to be made.
func (s *Service) checkKey(in NewKey, token sdk.Secret) error {
	if n := len(token.Reveal()); n < minTokenLength || n > maxTokenLength || strings.ContainsFunc(token.Reveal(), notToken) {
		return sdk.InvalidField("/token", "must have %d to %d printable ASCII characters without spaces", minTokenLength, maxTokenLength)
	}
	if len(in.ClientID) > maxClientID || strings.ContainsFunc(in.ClientID, notToken) {
		return sdk.InvalidField("/client_id", "must have 1 to %d printable ASCII characters without spaces", maxClientID)
	}
	if len(in.Name) > maxKeyName || !utf8.ValidString(in.Name) || strings.ContainsFunc(in.Name, unicode.IsControl) {
		return sdk.InvalidField("/name", "must be at most %d characters without control characters", maxKeyName)
	}
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(s.now()) {
		return sdk.InvalidField("/expires_at", "must be in the future")
	}
	return nil
}

// hint shows at most a quarter of a token.
func hint(token string) string { return token[:min(len(token)/4, 8)] + "…" }

// Key reads one. Errors: not found.
func (s *Service) Key(ctx context.Context, accountID, id uuid.UUID) (*Key, error) {
	return s.store.Key(ctx, accountID, id)
}

// ListKeys reads a page of an account's keys in the order of ids. The clock of a
// query is the service's.
func (s *Service) ListKeys(ctx context.Context, q KeyQuery) ([]Key, error) {
	q.Now = s.now()
	return s.store.ListKeys(ctx, q)
}

// RevokeKey ends a key and its access tokens; again is no error. Errors: not
// found.
func (s *Service) RevokeKey(ctx context.Context, accountID, id uuid.UUID) (*Key, error) {
	before, err := s.store.Key(ctx, accountID, id)
	if err != nil {
		return nil, err
	}
	after := *before
	if after.RevokedAt.IsZero() {
		after.RevokedAt = s.now()
	}
	if err := noteKey(ctx, before, &after); err != nil {
		return nil, err
	}
	k, err := s.store.RevokeKey(ctx, accountID, id, after.RevokedAt)
	if err != nil {
		return nil, err
	}
	s.keys.changed()
	return k, nil
}
