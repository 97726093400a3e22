package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// MaxPortalLifetime is the longest time that a portal token works.
const MaxPortalLifetime = 24 * time.Hour

// PortalToken is a short-lived token of one account, for whoever uses a portal on
// the holder's behalf. It ends with the key that made it, has no operator rights,
// and makes neither keys nor tokens.
type PortalToken struct {
	ID        uuid.UUID
	Token     sdk.Secret
	Scopes    []string
	ExpiresAt time.Time
}

// CreatePortalToken makes a token for the account that the principal acts for.
// vendor are the scopes that providers' APIs know. Errors: invalid, denied.
func (s *Service) CreatePortalToken(_ context.Context, p *Principal, scopes, vendor []string, lifetime time.Duration) (*PortalToken, error) {
	if s.signer == nil {
		return nil, errors.New("account: the service makes no access tokens")
	}
	if lifetime < time.Second || lifetime > MaxPortalLifetime {
		return nil, sdk.InvalidField("/expires_in_seconds", "must be 1 to %d", int(MaxPortalLifetime.Seconds()))
	}
	if err := portalScopes(p, scopes, vendor); err != nil {
		return nil, err
	}
	if p.KeyID == uuid.Nil || p.Portal {
		return nil, &sdk.Error{
			Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "Only an API key makes portal tokens",
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	t := &PortalToken{ID: id, Scopes: slices.Compact(slices.Sorted(slices.Values(scopes)))}
	// A token tells its end in whole seconds.
	t.ExpiresAt = s.now().Add(lifetime).UTC().Truncate(time.Second)
	if !p.keyExpires.IsZero() && p.keyExpires.Before(t.ExpiresAt) {
		t.ExpiresAt = p.keyExpires.UTC().Truncate(time.Second)
	}
	token, err := s.signer.Sign(accesstoken.Grant{
		AccountID: p.AccountID, KeyID: p.KeyID, KeyAccountID: p.keyAccount, Portal: true, ID: id.String(),
		Scopes: t.Scopes, ExpiresAt: t.ExpiresAt,
	})
	t.Token = sdk.Secret(token)
	return t, err
}

// portalScopes tells what is wrong with the scopes of a portal token.
func portalScopes(p *Principal, scopes, vendor []string) error {
	if len(scopes) == 0 {
		return sdk.InvalidField("/scopes", "must name at least one scope")
	}
	if err := CheckScopes(scopes, vendor); err != nil {
		return err
	}
	for _, scope := range scopes {
		if scope == ScopeKeysWrite {
			return sdk.InvalidField("/scopes", "%s is nothing that a portal token may have", scope)
		}
		if !p.Can(scope) {
			return &sdk.Error{
				Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, RequiredScopes: []string{scope},
				Message: "A token cannot be given scopes that the key which makes it lacks",
				Fields:  []sdk.FieldError{{In: "body", Field: "/scopes", Message: scope + " is no scope of this key"}},
			}
		}
	}
	return nil
}
