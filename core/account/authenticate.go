package account

import (
	"context"
	"crypto/sha256"

	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Authenticate returns who holds a token. forAccount is the account that an
// operator asks to act for, by id or name; "" is the key's own. Errors:
// unauthenticated with a reason, denied, not found (the account).
func (s *Service) Authenticate(ctx context.Context, token sdk.Secret, forAccount string) (*Principal, error) {
	if token == "" {
		return nil, &sdk.Error{
			Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials,
			Message: "The API key is missing; send it as Authorization: Bearer <key>",
		}
	}
	k, err := s.key(ctx, secret.HashToken(token.Reveal()))
	if err != nil {
		return nil, err
	}
	if k == nil || !k.Usable(s.now()) {
		return nil, &sdk.Error{
			Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials,
			Message: "The API key is unknown, expired or revoked",
		}
	}
	p := &Principal{AccountID: k.AccountID, KeyID: k.ID, Scopes: k.Scopes, Operator: k.Operator}
	if forAccount == "" {
		return p, nil
	}
	a, err := s.Find(ctx, forAccount)
	switch {
	case err == nil && (k.Operator || a.ID == k.AccountID):
		p.AccountID = a.ID
		return p, nil
	case err != nil && (k.Operator || !sdk.IsCode(err, sdk.CodeNotFound)):
		return nil, err
	}
	// Whether the account exists is nothing that another's key may find out.
	return nil, &sdk.Error{
		Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope,
		Message: "Only an operator key may act for another account",
	}
}

// key reads a key through the cache; nil when the token is unknown. Unknown
// tokens are not kept, so that guessing cannot push known ones out.
func (s *Service) key(ctx context.Context, hash [sha256.Size]byte) (*Key, error) {
	revocations := s.revocations.Load()
	if c, ok := s.keys.GetIfPresent(hash); ok && c.revocations == revocations {
		return c.key, nil
	}
	k, err := s.store.KeyByHash(ctx, hash)
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.keys.Set(hash, cachedKey{k, revocations})
	return k, nil
}
