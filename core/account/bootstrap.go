package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Bootstrap makes sure that the account default and an operator key exist. It
// returns the token of a key that it generated, to be printed once; "" when one
// was there, or when admin, the configured token, was used.
func (s *Service) Bootstrap(ctx context.Context, admin sdk.Secret) (generated sdk.Secret, err error) {
	def, err := s.ensureDefault(ctx)
	if err != nil {
		return "", fmt.Errorf("make account %s: %w", DefaultName, err)
	}
	in := NewKey{AccountID: def.ID, Name: "operator", Operator: true, Token: admin}
	if admin != "" {
		return "", s.ensureAdminKey(ctx, in)
	}
	has, err := s.store.HasOperatorKey(ctx, s.now())
	if err != nil || has {
		return "", err
	}
	_, token, err := s.CreateKey(ctx, in)
	return token, err
}

// ensureDefault tolerates another node that does the same at the same time.
func (s *Service) ensureDefault(ctx context.Context) (*Account, error) {
	a, err := s.store.AccountByName(ctx, DefaultName)
	if !sdk.IsCode(err, sdk.CodeNotFound) {
		return a, err
	}
	a, err = s.CreateAccount(ctx, DefaultName)
	if sdk.IsCode(err, sdk.CodeConflict) {
		return s.store.AccountByName(ctx, DefaultName)
	}
	return a, err
}

// ensureAdminKey takes the configured token over unless it is known already.
func (s *Service) ensureAdminKey(ctx context.Context, in NewKey) error {
	k, err := s.store.KeyByHash(ctx, secret.HashToken(in.Token.Reveal()))
	switch {
	case err == nil && k.Operator && k.Usable(s.now()):
		return nil
	case err == nil:
		return errors.New("admin_key: this token belongs to a key that is revoked or no operator key; set another one")
	case !sdk.IsCode(err, sdk.CodeNotFound):
		return err
	}
	_, _, err = s.CreateKey(ctx, in)
	if sdk.IsCode(err, sdk.CodeInvalid) {
		return fmt.Errorf("admin_key: %w", err)
	}
	if sdk.IsCode(err, sdk.CodeConflict) {
		return nil // another node was faster
	}
	return err
}
