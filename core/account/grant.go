package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// GrantRequest is a client's request for an access token (RFC 6749, section 4.4).
// A client is an API key.
type GrantRequest struct {
	// ClientID is the key's id, or the client id that it was given.
	ClientID string
	// ClientSecret is the key's token.
	ClientSecret sdk.Secret
	// Scopes that are asked for; nil asks for all of Offered that the key has.
	Scopes []string
	// Offered are the scopes of the API that the token is for.
	Offered []string
}

// AccessToken is what a client gets.
type AccessToken struct {
	Token     sdk.Secret
	ExpiresIn time.Duration
	// Scopes are what the token may do.
	Scopes []string
}

// Grant makes an access token. It acts for the account that the key belongs to,
// and has the granted scopes alone: an operator's key passes no operator rights
// on. It ends with its key. Errors: unauthenticated (the client), denied with the
// scopes that the key lacks or the API does not know.
func (s *Service) Grant(ctx context.Context, in GrantRequest) (*AccessToken, error) {
	if s.signer == nil {
		return nil, errors.New("account: the service makes no access tokens")
	}
	k, err := s.keyByHash(ctx, secret.HashToken(in.ClientSecret.Reveal()))
	if err != nil {
		return nil, err
	}
	now := s.now()
	if k == nil || !k.Usable(now) || !k.isClient(in.ClientID) {
		return nil, invalidCredentials("The client is unknown, its secret is wrong, or its key is expired or revoked")
	}
	scopes, err := k.grantable(in.Scopes, in.Offered)
	if err != nil {
		return nil, err
	}
	expires := now.Add(accesstoken.Lifetime)
	if !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(expires) {
		expires = k.ExpiresAt
	}
	token, err := s.signer.Sign(accesstoken.Grant{AccountID: k.AccountID, KeyID: k.ID, Scopes: scopes, ExpiresAt: expires})
	if err != nil {
		return nil, err
	}
	return &AccessToken{Token: sdk.Secret(token), ExpiresIn: expires.Sub(now), Scopes: scopes}, nil
}

// isClient tells whether a client id is the key's.
func (k *Key) isClient(id string) bool {
	return id != "" && (id == k.ClientID || id == k.ID.String())
}

// grantable returns the scopes of a token, sorted; denied when the key lacks one.
func (k *Key) grantable(asked, offered []string) ([]string, error) {
	p := Principal{Scopes: k.Scopes, Operator: k.Operator}
	var granted, refused []string
	if len(asked) == 0 {
		for _, scope := range offered {
			if p.Can(scope) {
				granted = append(granted, scope)
			}
		}
	}
	for _, scope := range asked {
		if slices.Contains(offered, scope) && p.Can(scope) {
			granted = append(granted, scope)
		} else {
			refused = append(refused, scope)
		}
	}
	if len(refused) > 0 || len(granted) == 0 {
		return nil, &sdk.Error{
			Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, RequiredScopes: refused,
			Message: "The client does not have the scopes that are asked for",
		}
	}
	slices.Sort(granted)
	return slices.Compact(granted), nil
}
