package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// RemoveAnswers implements retention.Store.
func (s *Store) RemoveAnswers(ctx context.Context, limit int) (int, error) {
	now, err := s.dialect.clock(s.write.WithContext(ctx))
	if err != nil {
		return 0, translate(err, "idempotency key")
	}
	n, err := s.removeOldest(ctx, &idempotencyRow{}, "hash", limit, func(db *gorm.DB) *gorm.DB {
		return db.Where("expires_at <= ?", micros(now)).Order("expires_at")
	})
	return n, translate(err, "idempotency key")
}

// RemoveAudit implements retention.Store.
func (s *Store) RemoveAudit(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.removeOldest(ctx, &auditRow{}, "id", limit, func(db *gorm.DB) *gorm.DB {
		return db.Where("at < ?", micros(before)).Order("at")
	})
	return n, translate(err, "audit log")
}

// RemoveReplays implements retention.Store. A replay that has ended does not change
// any more.
func (s *Store) RemoveReplays(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.removeOldest(ctx, &replayRow{}, "id", limit, func(db *gorm.DB) *gorm.DB {
		return db.Where("status IN ('done', 'cancelled') AND updated_at < ?", micros(before)).Order("updated_at")
	})
	return n, translate(err, "replay")
}

// removeOldest removes up to limit of the rows that old selects, whichever account
// they are of, and counts them. column is what its primary key has beside the
// account. Rows that others work on are passed over.
func (s *Store) removeOldest(ctx context.Context, model any, column string, limit int, old func(*gorm.DB) *gorm.DB) (removed int, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []struct {
			AccountID key
			ID        []byte
		}
		err := old(tx.Clauses(skipLocked).Model(model)).Select("account_id, " + column + " AS id").Limit(limit).Find(&rows).Error
		if err != nil {
			return err
		}
		byAccount := map[key][][]byte{}
		for _, r := range rows {
			byAccount[r.AccountID] = append(byAccount[r.AccountID], r.ID)
		}
		for accountID, ids := range byAccount {
			res := tx.Where("account_id = ? AND "+column+" IN ?", accountID, ids).Delete(model)
			if res.Error != nil {
				return res.Error
			}
			removed += int(res.RowsAffected)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
