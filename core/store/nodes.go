package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/plugins/sdk"
)

type nodeRow struct {
	ID          key `gorm:"primaryKey"`
	Name        string
	StartedAt   int64
	HeartbeatAt int64
}

// TableName implements gorm's Tabler.
func (nodeRow) TableName() string { return "nodes" }

// RegisterNode implements node.Store.
func (s *Store) RegisterNode(ctx context.Context, id uuid.UUID, name string) error {
	db := s.write.WithContext(ctx)
	now, err := s.dialect.clock(db)
	if err != nil {
		return err
	}
	return db.Create(&nodeRow{ID: key(id), Name: name, StartedAt: micros(now), HeartbeatAt: micros(now)}).Error
}

// Heartbeat implements node.Store.
func (s *Store) Heartbeat(ctx context.Context, id uuid.UUID) error {
	db := s.write.WithContext(ctx)
	now, err := s.dialect.clock(db)
	if err != nil {
		return err
	}
	res := db.Model(&nodeRow{}).Where("id = ?", key(id)).Update("heartbeat_at", micros(now))
	if res.Error == nil && res.RowsAffected == 0 {
		return node.ErrFenced
	}
	return res.Error
}

// alive selects the row of a node that may record, and holds it for the
// transaction, so that the node cannot be declared dead before that ends.
func alive(db *gorm.DB, id key) *gorm.DB {
	return db.Clauses(keepRow).Select("id").Where("id = ?", id)
}

func checkAlive(tx *gorm.DB, id uuid.UUID) error {
	var rows []nodeRow
	if err := alive(tx, key(id)).Find(&rows).Error; err != nil {
		return err
	}
	if len(rows) == 0 {
		return node.ErrFenced
	}
	return nil
}

// TakeOver implements node.Store.
func (s *Store) TakeOver(ctx context.Context, self uuid.UUID, deadAfter time.Duration) (int, error) {
	dead := 0
	db := s.write.WithContext(ctx)
	now, err := s.dialect.clock(db)
	if err != nil {
		return 0, err
	}
	silent := db.Where("id <> ?", key(self))
	if !s.dialect.exclusive() {
		silent = silent.Where("heartbeat_at < ?", micros(now.Add(-deadAfter)))
	}
	var rows []nodeRow
	if err := silent.Find(&rows).Error; err != nil {
		return 0, err
	}
	for _, row := range rows {
		gone := false
		err := db.Transaction(func(tx *gorm.DB) error {
			// The node may have beaten since it was read.
			res := tx.Where("id = ? AND heartbeat_at = ?", row.ID, row.HeartbeatAt).Delete(&nodeRow{})
			if res.Error != nil || res.RowsAffected == 0 {
				return res.Error
			}
			gone = true
			return s.free(tx, row.ID)
		})
		if err != nil {
			return dead, err
		}
		if gone {
			dead++
		}
	}
	return dead, nil
}

// ReleaseNode implements node.Store.
func (s *Store) ReleaseNode(ctx context.Context, id uuid.UUID) error {
	return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", key(id)).Delete(&nodeRow{}).Error; err != nil {
			return err
		}
		return s.free(tx, key(id))
	})
}

// free lets anyone claim what a node had.
func (s *Store) free(tx *gorm.DB, owner key) error {
	if err := tx.Model(&pendingRow{}).Where("node_id = ?", owner).Update("node_id", nil).Error; err != nil {
		return err
	}
	if err := tx.Where("node_id = ?", owner).Delete(&cancellationRow{}).Error; err != nil {
		return err
	}
	if err := tx.Model(&replayRow{}).Where("status = 'running' AND node_id = ?", owner).Update("node_id", nil).Error; err != nil {
		return err
	}
	return s.freeDeliveries(tx.Model(&deliveryRow{}).Where("node_id = ?", owner))
}

// freeDeliveries makes claimed deliveries due, but for those that were cancelled
// meanwhile.
func (s *Store) freeDeliveries(claimed *gorm.DB) error {
	due := gorm.Expr("CASE WHEN status = ? THEN NULL ELSE CAST(? AS BIGINT) END", int(sdk.DeliveryCancelled), micros(s.now()))
	return claimed.Updates(map[string]any{"node_id": nil, "due_at": due}).Error
}
