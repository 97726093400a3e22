package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/account"
)

type accountRow struct {
	ID        key `gorm:"primaryKey"`
	Name      string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	Changes   int64
	Settings  document[account.Settings]
	Version   int64
}

// TableName implements gorm's Tabler.
func (accountRow) TableName() string { return "accounts" }

func (r *accountRow) domain() *account.Account {
	return &account.Account{ID: uuid.UUID(r.ID), Name: r.Name, Settings: r.Settings.value, Version: r.Version, CreatedAt: fromMicros(r.CreatedAt)}
}

// CreateAccount implements account.Store.
func (s *Store) CreateAccount(ctx context.Context, a *account.Account) error {
	row := accountRow{ID: key(a.ID), Name: a.Name, Settings: document[account.Settings]{a.Settings}, Version: a.Version, CreatedAt: micros(a.CreatedAt)}
	return translate(s.audited(ctx, func(tx *gorm.DB) error { return tx.Create(&row).Error }), "account")
}

// Account implements account.Store.
func (s *Store) Account(ctx context.Context, id uuid.UUID) (*account.Account, error) {
	return s.account(ctx, "id = ?", key(id))
}

// AccountByName implements account.Store.
func (s *Store) AccountByName(ctx context.Context, name string) (*account.Account, error) {
	return s.account(ctx, "name = ?", name)
}

func (s *Store) account(ctx context.Context, where string, arg any) (*account.Account, error) {
	var row accountRow
	if err := s.read.WithContext(ctx).Where(where, arg).Take(&row).Error; err != nil {
		return nil, translate(err, "account")
	}
	return row.domain(), nil
}

// UpdateAccount implements account.Store.
func (s *Store) UpdateAccount(ctx context.Context, id uuid.UUID, change func(*account.Account) error) (*account.Account, error) {
	var a *account.Account
	err := s.audited(ctx, func(tx *gorm.DB) error {
		var row accountRow
		if err := tx.Clauses(forUpdate).Where("id = ?", key(id)).Take(&row).Error; err != nil {
			return translate(err, "account")
		}
		a = row.domain()
		if err := change(a); err != nil {
			return err
		}
		a.Version = row.Version + 1
		return tx.Model(&accountRow{}).Where("id = ?", row.ID).
			Updates(map[string]any{"settings": document[account.Settings]{a.Settings}, "version": a.Version}).Error
	})
	if err != nil {
		return nil, told("account", err)
	}
	return a, nil
}

// ListAccounts implements account.Store.
func (s *Store) ListAccounts(ctx context.Context, after uuid.UUID, limit int) ([]account.Account, error) {
	var rows []accountRow
	err := s.read.WithContext(ctx).Where("id > ?", key(after)).Order("id").Limit(page(limit)).Find(&rows).Error
	if err != nil {
		return nil, translate(err, "account")
	}
	out := make([]account.Account, len(rows))
	for i := range rows {
		out[i] = *rows[i].domain()
	}
	return out, nil
}
