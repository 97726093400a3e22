package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// PendingEvent implements delivery.Store.
func (s *Store) PendingEvent(ctx context.Context, accountID, deliveryID, after uuid.UUID) (*event.Event, error) {
	db := s.read.WithContext(ctx)
	first, last := delivery.IDRange(deliveryID)
	var rows []pendingRow
	err := db.Where("account_id = ? AND event_key BETWEEN ? AND ? AND event_key > ? AND due_at IS NULL",
		key(accountID), key(first), key(last), key(after)).Order("event_key").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, translate(err, "pending event")
	}
	ref := eventRef{rows[0].AccountID, rows[0].EventKey}
	events, err := eventsByKey(db, []eventRef{ref})
	return events[ref], translate(err, "event")
}

// CancelFirst implements delivery.Store. The delivery comes before the event's
// mark, as in the transactions of nodes, so that none waits for the other.
func (s *Store) CancelFirst(ctx context.Context, d *delivery.Delivery) (*delivery.Record, error) {
	row := newDeliveryRow(d)
	row.Status = int(sdk.DeliveryCancelled)
	err := s.audited(ctx, func(tx *gorm.DB) error {
		res := tx.Clauses(doNothing).Create(row)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return cancelRow(ctx, tx, row.AccountID, row.ID, d.UpdatedAt)
		}
		var mark pendingRow
		err := tx.Clauses(forUpdate).Where("account_id = ? AND event_key = ? AND due_at IS NULL", row.AccountID, row.EventKey).Take(&mark).Error
		if err != nil {
			return err // all that the event was delivered to is recorded
		}
		mine := tx.Model(&deliveryRow{}).Where("account_id = ? AND id = ?", row.AccountID, row.ID)
		if mark.NodeID == (optionalKey{}) {
			err = mine.Update("lease", nextLease).Error
		} else {
			row.NodeID = mark.NodeID
			err = errors.Join(tellCancelled(tx, row.AccountID, row.ID, row), mine.Update("node_id", row.NodeID).Error)
		}
		if err != nil {
			return err
		}
		return noteCancelled(ctx, *d)
	})
	if err != nil {
		return nil, translate(err, "delivery")
	}
	return s.Delivery(ctx, d.AccountID, d.ID)
}

// unclaimed selects deliveries that no node has. A claim of lease 0 is that of a
// first delivery which was cancelled before it had a row: it is over with the
// event's pending mark, even where its node never had the delivery, since it
// matched the event by what the subscriptions were before.
func unclaimed(db *gorm.DB) *gorm.DB {
	marks := db.Model(&pendingRow{}).Select("1").
		Where("pending_events.account_id = deliveries.account_id AND pending_events.event_key = deliveries.event_key")
	return db.Where("(node_id IS NULL OR (lease = 0 AND NOT EXISTS (?)))", marks)
}
