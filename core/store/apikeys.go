package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/account"
)

type apiKeyRow struct {
	AccountID key `gorm:"primaryKey"`
	ID        key `gorm:"primaryKey"`
	Name      string
	ClientID  *string
	Scopes    list[string]
	Operator  bool
	Hash      []byte
	Hint      string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	ExpiresAt *int64
	RevokedAt *int64
	LastUsed  *int64      `gorm:"column:last_used_at"`
	Replaced  optionalKey `gorm:"column:replaced_by"`
}

// TableName implements gorm's Tabler.
func (apiKeyRow) TableName() string { return "api_keys" }

func (r *apiKeyRow) domain() *account.Key {
	return &account.Key{
		ID: uuid.UUID(r.ID), AccountID: uuid.UUID(r.AccountID), Name: r.Name,
		ClientID: fromOptionalText(r.ClientID), Scopes: r.Scopes, Operator: r.Operator, Hint: r.Hint, CreatedAt: fromMicros(r.CreatedAt),
		ExpiresAt: fromOptionalMicros(r.ExpiresAt), RevokedAt: fromOptionalMicros(r.RevokedAt),
		LastUsedAt: fromOptionalMicros(r.LastUsed), ReplacedBy: uuid.UUID(r.Replaced),
	}
}

func newAPIKeyRow(k *account.Key, hash [sha256.Size]byte) *apiKeyRow {
	return &apiKeyRow{
		AccountID: key(k.AccountID), ID: key(k.ID), Name: k.Name,
		ClientID: optionalText(k.ClientID), Scopes: k.Scopes, Operator: k.Operator, Hash: hash[:], Hint: k.Hint, CreatedAt: micros(k.CreatedAt),
		ExpiresAt: optionalMicros(k.ExpiresAt), RevokedAt: optionalMicros(k.RevokedAt),
	}
}

// CreateKey implements account.Store.
func (s *Store) CreateKey(ctx context.Context, k *account.Key, hash [sha256.Size]byte) error {
	return translate(s.audited(ctx, func(tx *gorm.DB) error { return tx.Create(newAPIKeyRow(k, hash)).Error }), "API key")
}

// KeyByHash implements account.Store.
func (s *Store) KeyByHash(ctx context.Context, hash [sha256.Size]byte) (*account.Key, error) {
	return s.apiKey(ctx, "hash = ?", hash[:])
}

// Key implements account.Store.
func (s *Store) Key(ctx context.Context, accountID, id uuid.UUID) (*account.Key, error) {
	return s.apiKey(ctx, "account_id = ? AND id = ?", key(accountID), key(id))
}

func (s *Store) apiKey(ctx context.Context, where string, args ...any) (*account.Key, error) {
	var row apiKeyRow
	if err := s.read.WithContext(ctx).Where(where, args...).Take(&row).Error; err != nil {
		return nil, translate(err, "API key")
	}
	return row.domain(), nil
}

// ListKeys implements account.Store.
func (s *Store) ListKeys(ctx context.Context, q account.KeyQuery) ([]account.Key, error) {
	var rows []apiKeyRow
	db := s.read.WithContext(ctx).Where("account_id = ? AND id > ?", key(q.AccountID), key(q.After))
	if err := keysOf(db, q).Order("id").Limit(page(q.Limit)).Find(&rows).Error; err != nil {
		return nil, translate(err, "API key")
	}
	out := make([]account.Key, len(rows))
	for i := range rows {
		out[i] = *rows[i].domain()
	}
	return out, nil
}

// RevokeKey implements account.Store.
func (s *Store) RevokeKey(ctx context.Context, accountID, id uuid.UUID, at time.Time) (*account.Key, error) {
	var row apiKeyRow
	err := s.audited(ctx, func(tx *gorm.DB) error {
		err := tx.Model(&apiKeyRow{}).Where("account_id = ? AND id = ? AND revoked_at IS NULL", key(accountID), key(id)).
			Update("revoked_at", micros(at)).Error
		if err != nil {
			return err
		}
		return tx.Where("account_id = ? AND id = ?", key(accountID), key(id)).Take(&row).Error
	})
	if err != nil {
		return nil, translate(err, "API key")
	}
	return row.domain(), nil
}

// HasOperatorKey implements account.Store.
func (s *Store) HasOperatorKey(ctx context.Context, now time.Time) (bool, error) {
	var n int64
	err := s.read.WithContext(ctx).Model(&apiKeyRow{}).
		Where("operator AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", micros(now)).Count(&n).Error
	return n > 0, translate(err, "API key")
}
