package store

import (
	"context"
	"crypto/sha256"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/account"
)

// keysOf selects keys of a state.
func keysOf(db *gorm.DB, q account.KeyQuery) *gorm.DB {
	now := micros(q.Now)
	switch q.State {
	case account.KeyActive:
		return db.Where("revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", now)
	case account.KeyExpired:
		return db.Where("revoked_at IS NULL AND expires_at <= ?", now)
	case account.KeyRevoked:
		return db.Where("revoked_at IS NOT NULL")
	default:
		return db
	}
}

// RotateKey implements account.Store.
func (s *Store) RotateKey(ctx context.Context, accountID, id uuid.UUID, rotate func(*account.Key) (*account.Key, [sha256.Size]byte, error)) (*account.Key, error) {
	var next *account.Key
	err := s.audited(ctx, func(tx *gorm.DB) error {
		var row apiKeyRow
		if err := tx.Clauses(forUpdate).Where("account_id = ? AND id = ?", key(accountID), key(id)).Take(&row).Error; err != nil {
			return translate(err, "API key")
		}
		old := row.domain()
		made, hash, err := rotate(old)
		if err != nil {
			return err
		}
		next = made
		// The old one first: it frees the client id.
		err = tx.Model(&apiKeyRow{}).Where("account_id = ? AND id = ?", row.AccountID, row.ID).
			Updates(map[string]any{"expires_at": optionalMicros(old.ExpiresAt), "replaced_by": optionalKey(next.ID)}).Error
		if err != nil {
			return translate(err, "API key")
		}
		return translate(tx.Create(newAPIKeyRow(next, hash)).Error, "API key")
	})
	if err != nil {
		return nil, told("API key", err)
	}
	return next, nil
}

// NoteUse implements account.Store.
func (s *Store) NoteUse(ctx context.Context, uses []account.KeyUse) error {
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, u := range uses {
			at := micros(u.At)
			err := tx.Model(&apiKeyRow{}).
				Where("account_id = ? AND id = ? AND (last_used_at IS NULL OR last_used_at < ?)", key(u.AccountID), key(u.KeyID), at).
				Update("last_used_at", at).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	return translate(err, "API key")
}
