package unified

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// defaultPortalLifetime is how long a portal token works unless told otherwise.
const defaultPortalLifetime = 3600

// RotateKey puts a new key in the place of one that the caller could have made.
func (s *server) RotateKey(ctx context.Context, req switchhook.RotateKeyRequestObject) (switchhook.RotateKeyResponseObject, error) {
	p := principal(ctx)
	overlap := time.Duration(value(req.Body.OverlapSeconds)) * time.Second
	k, token, err := s.Accounts.RotateKey(ctx, p.AccountID, req.ID, overlap, func(old *account.Key) error { return mayHold(p, old) })
	if err != nil {
		return nil, err
	}
	return switchhook.RotateKey201JSONResponse{
		Body: keyWithToken(k, token), Headers: switchhook.RotateKey201ResponseHeaders{CacheControl: noStore},
	}, nil
}

// mayHold tells whether the caller may get a key with the rights of another.
func mayHold(p *account.Principal, k *account.Key) error {
	denied := &sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope}
	if k.Operator && !p.Operator {
		denied.Message = "Only an operator key may rotate operator keys"
		return denied
	}
	for _, scope := range k.Scopes {
		if !p.Can(scope) {
			denied.Message = "The key to be replaced has the scope " + scope + ", which the key that asks for it lacks"
			denied.RequiredScopes = []string{scope}
			return denied
		}
	}
	return nil
}

// CreatePortalToken makes a short-lived token of the account.
func (s *server) CreatePortalToken(ctx context.Context, req switchhook.CreatePortalTokenRequestObject) (switchhook.CreatePortalTokenResponseObject, error) {
	lifetime := defaultPortalLifetime
	if n := req.Body.ExpiresInSeconds; n != nil {
		lifetime = *n
	}
	t, err := s.Accounts.CreatePortalToken(ctx, principal(ctx), req.Body.Scopes, s.vendorScopes(), time.Duration(lifetime)*time.Second)
	if err != nil {
		return nil, err
	}
	return switchhook.CreatePortalToken201JSONResponse{
		Body:    switchhook.PortalToken{ID: t.ID, Token: t.Token.Reveal(), Scopes: t.Scopes, ExpiresAt: t.ExpiresAt},
		Headers: switchhook.CreatePortalToken201ResponseHeaders{CacheControl: noStore},
	}, nil
}
