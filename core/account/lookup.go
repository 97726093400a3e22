package account

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// accountName finds an account by its id, or by its name.
type accountName struct {
	id   uuid.UUID
	name string
}

// Settings returns an account's settings, at most a second old. Errors: not
// found.
func (s *Service) Settings(ctx context.Context, accountID uuid.UUID) (Settings, error) {
	a, err := s.cached(ctx, accountName{id: accountID})
	if err != nil {
		return Settings{}, err
	}
	return a.Settings, nil
}

// lookUp is [Service.Find] with an answer at most a second old.
func (s *Service) lookUp(ctx context.Context, idOrName string) (*Account, error) {
	if id, err := uuid.Parse(idOrName); err == nil {
		return s.cached(ctx, accountName{id: id})
	}
	return s.cached(ctx, accountName{name: idOrName})
}

func (s *Service) cached(ctx context.Context, name accountName) (*Account, error) {
	a, err := s.accounts.get(name, func() (*Account, error) {
		if name.name == "" {
			return s.store.Account(ctx, name.id)
		}
		return s.Find(ctx, name.name)
	})
	if a == nil && err == nil {
		err = noAccount()
	}
	return a, err
}

func noAccount() error { return sdk.Errorf(sdk.CodeNotFound, "There is no such account") }

// UpdateSettings changes what the patch names. A version other than 0 must be the
// one that is stored. Errors: not found, conflict (version), invalid.
func (s *Service) UpdateSettings(ctx context.Context, accountID uuid.UUID, version int64, p SettingsPatch) (*Account, error) {
	a, err := s.store.UpdateAccount(ctx, accountID, func(a *Account) error {
		if version != 0 && version != a.Version {
			return sdk.Errorf(sdk.CodeConflict, "The account was changed by another request; read it again")
		}
		before := *a
		if p.EventValidation != nil {
			a.Settings.EventValidation = *p.EventValidation
		}
		if p.Limits != nil {
			a.Settings.Limits = *p.Limits
		}
		if err := a.Settings.check(); err != nil {
			return err
		}
		after := *a
		after.Version++
		return noteAccount(ctx, &before, &after)
	})
	if err != nil {
		return nil, err
	}
	s.accounts.changed()
	return a, nil
}
