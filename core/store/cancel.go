package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// cancellationRow tells a node that a delivery which it has claimed is cancelled.
type cancellationRow struct {
	AccountID  key `gorm:"primaryKey"`
	DeliveryID key `gorm:"primaryKey"`
	NodeID     key
	Lease      int64
}

// TableName implements gorm's Tabler.
func (cancellationRow) TableName() string { return "cancellations" }

// Cancel implements delivery.Store. What a node has claimed stays its own, so that
// nobody else is at it before that node's end of it is recorded.
func (s *Store) Cancel(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*delivery.Record, error) {
	err := s.audited(ctx, func(tx *gorm.DB) error { return cancelRow(ctx, tx, key(accountID), key(id), now) })
	if err != nil {
		return nil, translate(err, "delivery")
	}
	return s.Delivery(ctx, accountID, id)
}

// cancelRow cancels a delivery that has a row.
func cancelRow(ctx context.Context, tx *gorm.DB, account, id key, now time.Time) error {
	row, err := lockDelivery(tx, account, id)
	if err != nil {
		return err
	}
	if status := sdk.DeliveryStatus(row.Status); delivery.Final(status) {
		return sdk.Errorf(sdk.CodeConflict, "The delivery is %s already; only one that is pending or retrying can be cancelled", status)
	}
	changes := map[string]any{
		"status": int(sdk.DeliveryCancelled), "due_at": nil, "held": false, "updated_at": micros(now),
	}
	if row.NodeID == (optionalKey{}) {
		changes["lease"] = nextLease
	} else if err := tellCancelled(tx, account, id, row); err != nil {
		return err
	}
	if err := tx.Model(&deliveryRow{}).Where("account_id = ? AND id = ?", account, id).Updates(changes).Error; err != nil {
		return err
	}
	return noteCancelled(ctx, row.domain())
}

// noteCancelled notes that a delivery was ended as it was.
func noteCancelled(ctx context.Context, before delivery.Delivery) error {
	after := before
	after.Status, after.DueAt = sdk.DeliveryCancelled, time.Time{}
	return delivery.NoteChange(ctx, &before, &after)
}

// tellCancelled leaves word for the node that has a delivery.
func tellCancelled(tx *gorm.DB, account, id key, claimed *deliveryRow) error {
	again := clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}, {Name: "delivery_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"node_id", "lease"}),
	}
	return tx.Clauses(again).Create(&cancellationRow{account, id, key(claimed.NodeID), claimed.Lease}).Error
}

// Cancelled implements delivery.Store. There are few rows, and seldom any.
func (s *Store) Cancelled(ctx context.Context, node uuid.UUID, limit int) ([]delivery.Cancellation, error) {
	var rows []cancellationRow
	if err := s.read.WithContext(ctx).Where("node_id = ?", key(node)).Limit(limit).Find(&rows).Error; err != nil {
		return nil, translate(err, "cancellation")
	}
	out := make([]delivery.Cancellation, len(rows))
	for i, r := range rows {
		out[i] = delivery.Cancellation{AccountID: uuid.UUID(r.AccountID), DeliveryID: uuid.UUID(r.DeliveryID), Lease: r.Lease}
	}
	return out, nil
}

// ForgetCancelled implements delivery.Store.
func (s *Store) ForgetCancelled(ctx context.Context, node uuid.UUID, known []delivery.Cancellation) error {
	refs := make([]eventRef, len(known))
	for i, c := range known {
		refs[i] = eventRef{key(c.AccountID), key(c.DeliveryID)}
	}
	for accountID, ids := range groupByAccount(refs) {
		err := s.write.WithContext(ctx).Where("account_id = ? AND delivery_id IN ? AND node_id = ?", accountID, ids, key(node)).
			Delete(&cancellationRow{}).Error
		if err != nil {
			return translate(err, "cancellation")
		}
	}
	return nil
}
