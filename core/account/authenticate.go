package account

import (
	"context"
	"crypto/sha256"

	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Authenticate returns who holds a token: an API key, an access token of one, or
// a JWT of another issuer where the service takes them. forAccount is the account
// that an operator asks to act for, by id or name; "" is the token's own. Errors:
// unauthenticated with a reason, denied, not found (the account), unavailable.
func (s *Service) Authenticate(ctx context.Context, token sdk.Secret, forAccount string) (*Principal, error) {
	if token == "" {
		return nil, &sdk.Error{
			Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials,
			Message: "The API key is missing; send it as Authorization: Bearer <key>",
		}
	}
	p, err := s.principal(ctx, token.Reveal())
	if err != nil || forAccount == "" {
		return p, err
	}
	own := p.AccountID
	a, err := s.lookUp(ctx, forAccount)
	switch {
	case err == nil && (p.Operator || a.ID == own):
		p.AccountID = a.ID
		return p, nil
	case err != nil && (p.Operator || !sdk.IsCode(err, sdk.CodeNotFound)):
		return nil, err
	}
	// Whether the account exists is nothing that another's key may find out.
	return nil, &sdk.Error{
		Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope,
		Message: "Only an operator key may act for another account",
	}
}

// principal tells who holds a token. A key comes first, even one that has the
// form of a JWT: a token that was taken over stays what it was.
func (s *Service) principal(ctx context.Context, token string) (*Principal, error) {
	hash := secret.HashToken(token)
	jwt := s.takesJWT(token)
	if jwt {
		if v := s.tokens.get(hash, s.now()); v != nil {
			return s.verifiedPrincipal(ctx, v)
		}
	}
	k, err := s.keyByHash(ctx, hash)
	switch {
	case err != nil:
		return nil, err
	case k == nil && jwt:
		return s.principalOfJWT(ctx, token, hash)
	case k == nil || !k.Usable(s.now()):
		return nil, invalidCredentials("The API key is unknown, expired or revoked")
	}
	return &Principal{
		AccountID: k.AccountID, KeyID: k.ID, KeyName: k.Name, Scopes: k.Scopes, Operator: k.Operator,
		keyAccount: k.AccountID, keyExpires: k.ExpiresAt,
	}, nil
}

func (s *Service) keyByHash(ctx context.Context, hash [sha256.Size]byte) (*Key, error) {
	return s.keys.get(keyName{hash: hash}, func() (*Key, error) { return s.used(s.store.KeyByHash(ctx, hash)) })
}

func invalidCredentials(message string) *sdk.Error {
	return &sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials, Message: message}
}
