package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// takesJWT tells whether a token is to be tried as a JWT: three segments (RFC
// 7515, section 7.1), and somebody there to check it.
func (s *Service) takesJWT(token string) bool {
	return (s.jwt != nil || s.signer != nil) && strings.Count(token, ".") == 2
}

// principalOfJWT checks a token that is no key. The gateway's own come first;
// whatever they lack, they are nobody else's.
func (s *Service) principalOfJWT(ctx context.Context, token string, hash [sha256.Size]byte) (*Principal, error) {
	v, err := s.verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if again := s.now().Add(tokenCacheTTL); v.keyID == uuid.Nil && again.Before(v.until) {
		v.until = again
	}
	s.tokens.set(hash, v)
	return s.verifiedPrincipal(ctx, v)
}

func (s *Service) verify(ctx context.Context, token string) (*verified, error) {
	if s.signer != nil {
		g, err := s.signer.Verify(token)
		switch {
		case err == nil:
			return &verified{
				accountID: g.AccountID, keyAccount: g.KeyAccountID, keyID: g.KeyID, scopes: g.Scopes, portal: g.Portal, until: g.ExpiresAt,
			}, nil
		case errors.Is(err, accesstoken.ErrExpired):
			return nil, invalidCredentials("The access token has expired")
		}
	}
	if s.jwt == nil {
		return nil, invalidCredentials("The API key is unknown, expired or revoked")
	}
	c, err := s.jwt.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	a, err := s.lookUp(ctx, c.Account)
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return nil, invalidCredentials("The token is not valid: it names an account that does not exist")
	}
	if err != nil {
		return nil, err
	}
	return &verified{accountID: a.ID, scopes: c.Scopes, until: c.ExpiresAt}, nil
}

// verifiedPrincipal is whom a good token stands for. It is never an operator, and
// the key of an access token must still work.
func (s *Service) verifiedPrincipal(ctx context.Context, v *verified) (*Principal, error) {
	p := &Principal{AccountID: v.accountID, KeyID: v.keyID, Scopes: v.scopes, Portal: v.portal}
	if v.keyID == uuid.Nil {
		return p, nil
	}
	k, err := s.keys.get(keyName{account: v.keyAccount, id: v.keyID}, func() (*Key, error) {
		return s.used(s.store.Key(ctx, v.keyAccount, v.keyID))
	})
	if err != nil {
		return nil, err
	}
	if k == nil || !k.Usable(s.now()) {
		return nil, invalidCredentials("The API key of the access token is expired or revoked")
	}
	p.KeyName, p.keyAccount, p.keyExpires = k.Name, k.AccountID, k.ExpiresAt
	return p, nil
}
