package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var _ idempotency.Store = (*Store)(nil)

type idempotencyRow struct {
	AccountID   key    `gorm:"primaryKey"`
	Hash        []byte `gorm:"primaryKey"`
	Fingerprint []byte
	Token       key
	Status      int
	Sealed      []byte
	ExpiresAt   int64
}

// TableName implements gorm's Tabler.
func (idempotencyRow) TableName() string { return "idempotency_keys" }

// rowID is what the answer is sealed for.
func (r *idempotencyRow) rowID() []byte {
	return append(r.AccountID[:len(r.AccountID):len(r.AccountID)], r.Hash...)
}

// sealedAnswer is what is encrypted of an answer.
type sealedAnswer struct {
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

// ReserveKey implements idempotency.Store.
func (s *Store) ReserveKey(ctx context.Context, r idempotency.Reservation, lease time.Duration) (*idempotency.Found, error) {
	row := idempotencyRow{
		AccountID: key(r.AccountID), Hash: r.Key[:], Fingerprint: r.Fingerprint[:], Token: key(r.Token),
	}
	for range reserveTries {
		found, err := s.reserveKey(ctx, row, lease)
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound): // freed since the insert met it
		case err != nil:
			return nil, translate(err, "idempotency key")
		case found == nil:
			return nil, nil
		default:
			return s.foundKey(found)
		}
	}
	return nil, sdk.Errorf(sdk.CodeConflict, "Requests with this Idempotency-Key come all the time; send it again in a moment")
}

// reserveTries bounds how often a key may be freed just before it is looked at.
const reserveTries = 3

// reserveKey returns the row that holds the key, or nil when it is row.
func (s *Store) reserveKey(ctx context.Context, row idempotencyRow, lease time.Duration) (found *idempotencyRow, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		now, err := s.dialect.clock(tx)
		if err != nil {
			return err
		}
		row.ExpiresAt = micros(now.Add(lease))
		res := tx.Clauses(doNothing).Create(&row)
		if res.Error != nil || res.RowsAffected > 0 {
			return res.Error
		}
		var there idempotencyRow
		if err := tx.Clauses(forUpdate).Where("account_id = ? AND hash = ?", row.AccountID, row.Hash).Take(&there).Error; err != nil {
			return err
		}
		if there.ExpiresAt > micros(now) {
			found = &there
			return nil
		}
		return tx.Save(&row).Error
	})
	return found, err
}

func (s *Store) foundKey(row *idempotencyRow) (*idempotency.Found, error) {
	out := &idempotency.Found{Fingerprint: idempotency.Hash(row.Fingerprint)}
	if row.Status == 0 {
		return out, nil
	}
	out.Answer = &idempotency.Answer{Status: row.Status, Lost: row.Sealed == nil}
	if row.Sealed == nil {
		return out, nil
	}
	plain, err := s.box.Open(row.Sealed, row.rowID())
	if err != nil {
		return nil, fmt.Errorf("idempotency key: %w", err)
	}
	var a sealedAnswer
	if err := json.Unmarshal([]byte(plain), &a); err != nil {
		return nil, fmt.Errorf("idempotency key: %w", err)
	}
	out.Answer.Headers, out.Answer.Body = a.Headers, a.Body
	return out, nil
}

// KeepAnswer implements idempotency.Store.
func (s *Store) KeepAnswer(ctx context.Context, r idempotency.Reservation, a *idempotency.Answer, keep time.Duration) error {
	row := idempotencyRow{AccountID: key(r.AccountID), Hash: r.Key[:]}
	if !a.Lost {
		plain, err := json.Marshal(sealedAnswer{Headers: a.Headers, Body: a.Body})
		if err != nil {
			return fmt.Errorf("idempotency key: %w", err)
		}
		if row.Sealed, err = s.box.Seal(string(plain), row.rowID()); err != nil {
			return fmt.Errorf("idempotency key: %w", err)
		}
	}
	now, err := s.dialect.clock(s.write.WithContext(ctx))
	if err != nil {
		return translate(err, "idempotency key")
	}
	err = ownKey(s.write.WithContext(ctx).Model(&idempotencyRow{}), r).
		Updates(map[string]any{"status": a.Status, "sealed": row.Sealed, "expires_at": micros(now.Add(keep))}).Error
	return translate(err, "idempotency key")
}

// ReleaseKey implements idempotency.Store.
func (s *Store) ReleaseKey(ctx context.Context, r idempotency.Reservation) error {
	return translate(ownKey(s.write.WithContext(ctx), r).Delete(&idempotencyRow{}).Error, "idempotency key")
}

// ownKey selects the row while the reservation holds it.
func ownKey(db *gorm.DB, r idempotency.Reservation) *gorm.DB {
	return db.Where("account_id = ? AND hash = ? AND token = ?", key(r.AccountID), r.Key[:], key(r.Token))
}
