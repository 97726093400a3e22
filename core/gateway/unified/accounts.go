package unified

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// CreateAccount makes an account.
func (s *server) CreateAccount(ctx context.Context, req switchhook.CreateAccountRequestObject) (switchhook.CreateAccountResponseObject, error) {
	a, err := s.Accounts.CreateAccount(ctx, req.Body.Name)
	if err != nil {
		return nil, err
	}
	return switchhook.CreateAccount201JSONResponse(accountOut(a)), nil
}

// GetAccount reads an account by id or name.
func (s *server) GetAccount(ctx context.Context, req switchhook.GetAccountRequestObject) (switchhook.GetAccountResponseObject, error) {
	a, err := s.Accounts.Find(ctx, req.Account)
	if err != nil {
		return nil, err
	}
	return switchhook.GetAccount200JSONResponse{
		Body: accountOut(a), Headers: switchhook.GetAccount200ResponseHeaders{ETag: versionTag(a.Version)},
	}, nil
}

// ListAccounts lists all accounts.
func (s *server) ListAccounts(ctx context.Context, req switchhook.ListAccountsRequestObject) (switchhook.ListAccountsResponseObject, error) {
	p, err := newPage(req.Params.Limit, req.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, err := s.Accounts.ListAccounts(ctx, p.last, p.fetch())
	if err != nil {
		return nil, err
	}
	all, next := cut(p, all, func(a *account.Account) uuid.UUID { return a.ID })
	items := make([]switchhook.Account, len(all))
	for i := range all {
		items[i] = accountOut(&all[i])
	}
	return switchhook.ListAccounts200JSONResponse{Items: items, NextCursor: next}, nil
}
