package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/event"
)

// CancelEvent implements event.Store. Who takes an event that is due ends its
// waiting in the same transaction, so one of the two comes first.
func (s *Store) CancelEvent(ctx context.Context, accountID, eventKey uuid.UUID, now time.Time) (e *event.Event, cancelled bool, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var row eventRow
		if err := tx.Where("account_id = ? AND key = ?", key(accountID), key(eventKey)).Take(&row).Error; err != nil {
			return err
		}
		res := tx.Where("account_id = ? AND event_key = ? AND due_at IS NOT NULL", key(accountID), key(eventKey)).Delete(&pendingRow{})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected > 0 {
			if err := markCancelled(tx, &row, now); err != nil {
				return err
			}
		}
		var err error
		e, err = row.domain()
		return err
	})
	if err != nil {
		return nil, false, translate(err, "event")
	}
	return e, !e.CancelledAt.IsZero(), nil
}

// markCancelled remembers it in the event's attributes.
func markCancelled(tx *gorm.DB, row *eventRow, now time.Time) error {
	var a attributes
	if err := json.Unmarshal(row.Attributes, &a); err != nil {
		return fmt.Errorf("event %s: attributes: %w", uuid.UUID(row.Key), err)
	}
	now = now.UTC()
	a.CancelledAt = &now
	attrs, err := json.Marshal(a)
	if err != nil {
		return err
	}
	row.Attributes = attrs
	return tx.Model(&eventRow{}).Where("account_id = ? AND key = ?", row.AccountID, row.Key).Update("attributes", attrs).Error
}
