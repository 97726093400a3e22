package unified

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const noStore = "no-store"

// CreateKey makes a key with no more scopes than the caller has.
func (s *server) CreateKey(ctx context.Context, req switchhook.CreateKeyRequestObject) (switchhook.CreateKeyResponseObject, error) {
	p, b := principal(ctx), req.Body
	in := account.NewKey{
		AccountID: p.AccountID, Name: b.Name, Operator: value(b.Operator), Token: sdk.Secret(value(b.Token)),
		ClientID: value(b.ClientID), ExpiresAt: value(b.ExpiresAt),
	}
	scopes, err := s.newKeyScopes(p, b)
	if err != nil {
		return nil, err
	}
	in.Scopes = scopes
	k, token, err := s.Accounts.CreateKey(ctx, in)
	if err != nil {
		return nil, err
	}
	return switchhook.CreateKey201JSONResponse{
		Body: keyWithToken(k, token), Headers: switchhook.CreateKey201ResponseHeaders{CacheControl: noStore},
	}, nil
}

// newKeyScopes tells the scopes of a key that the caller may make.
func (s *server) newKeyScopes(p *account.Principal, b *switchhook.NewKey) ([]string, error) {
	if value(b.Operator) {
		return operatorScopes(p, b)
	}
	if b.Scopes == nil {
		if p.Operator {
			return []string{account.ScopeAll}, nil
		}
		return p.Scopes, nil
	}
	scopes := *b.Scopes
	if err := account.CheckScopes(scopes, s.vendorScopes()); err != nil {
		return nil, err
	}
	for _, scope := range scopes {
		if !p.Can(scope) {
			return nil, &sdk.Error{
				Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, RequiredScopes: []string{scope},
				Message: "A key cannot be given scopes that the key which makes it lacks",
				Fields:  []sdk.FieldError{{In: "body", Field: "/scopes", Message: scope + " is no scope of this key"}},
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(scopes))), nil
}

func operatorScopes(p *account.Principal, b *switchhook.NewKey) ([]string, error) {
	if !p.Operator {
		return nil, &sdk.Error{
			Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "Only an operator key may make operator keys",
			Fields: []sdk.FieldError{{In: "body", Field: "/operator", Message: "must be false or left out"}},
		}
	}
	if b.Scopes != nil && !slices.Contains(*b.Scopes, account.ScopeAll) {
		return nil, sdk.InvalidField("/scopes", "an operator key has every scope; leave scopes out")
	}
	return []string{account.ScopeAll}, nil
}

// vendorScopes lists the scopes that the providers' documents name.
func (s *server) vendorScopes() []string {
	var scopes []string
	set := s.Providers.Providers()
	for _, name := range set.Names() {
		for _, item := range set.Get(name).Document.Paths.Map() {
			for _, op := range item.Operations() {
				for _, requirement := range value(op.Security) {
					for _, needed := range requirement {
						scopes = append(scopes, needed...)
					}
				}
			}
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// ListKeys lists the account's keys.
func (s *server) ListKeys(ctx context.Context, req switchhook.ListKeysRequestObject) (switchhook.ListKeysResponseObject, error) {
	p, err := newPage(req.Params.Limit, req.Params.Cursor)
	if err != nil {
		return nil, err
	}
	keys, err := s.Accounts.ListKeys(ctx, account.KeyQuery{
		AccountID: principal(ctx).AccountID, State: account.KeyState(value(req.Params.State)), After: p.last, Limit: p.fetch(),
	})
	if err != nil {
		return nil, err
	}
	keys, next := cut(p, keys, func(k *account.Key) uuid.UUID { return k.ID })
	items := make([]switchhook.Key, len(keys))
	for i := range keys {
		items[i] = keyOut(&keys[i])
	}
	return switchhook.ListKeys200JSONResponse{Items: items, NextCursor: next}, nil
}

// RevokeKey ends a key. Operator keys are for operators to end, so that no key
// of the account default can lock them out.
func (s *server) RevokeKey(ctx context.Context, req switchhook.RevokeKeyRequestObject) (switchhook.RevokeKeyResponseObject, error) {
	p := principal(ctx)
	k, err := s.Accounts.Key(ctx, p.AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	if k.Operator && !p.Operator {
		return nil, &sdk.Error{
			Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "Only an operator key may revoke operator keys",
		}
	}
	if _, err := s.Accounts.RevokeKey(ctx, p.AccountID, req.ID); err != nil {
		return nil, err
	}
	return switchhook.RevokeKey204Response{}, nil
}

func keyOut(k *account.Key) switchhook.Key {
	return switchhook.Key{
		ID: k.ID, Name: k.Name, ClientID: k.Client(), Scopes: k.Scopes, Operator: k.Operator, Hint: k.Hint,
		CreatedAt: k.CreatedAt, ExpiresAt: optional(k.ExpiresAt), RevokedAt: optional(k.RevokedAt),
		LastUsedAt: optional(k.LastUsedAt), ReplacedBy: optional(k.ReplacedBy),
	}
}

func keyWithToken(k *account.Key, token sdk.Secret) switchhook.KeyWithToken {
	return switchhook.KeyWithToken{
		ID: k.ID, Name: k.Name, ClientID: k.Client(), Scopes: k.Scopes, Operator: k.Operator, Hint: k.Hint,
		CreatedAt: k.CreatedAt, ExpiresAt: optional(k.ExpiresAt), RevokedAt: optional(k.RevokedAt), LastUsedAt: optional(k.LastUsedAt), ReplacedBy: optional(k.ReplacedBy),
		Token: token.Reveal(),
	}
}
