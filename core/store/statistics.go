package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/switchhook/switchhook/core/statistics"
)

var _ statistics.Store = (*Store)(nil)

type statisticsRow struct {
	AccountID      key   `gorm:"primaryKey"`
	Minute         int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID         key   `gorm:"primaryKey"`
	Published      int64
	Refused        int64
	Delivered      int64
	Dead           int64
	FailedAttempts int64
	Backlog        int64
	Latency        blob
}

// TableName implements gorm's Tabler.
func (statisticsRow) TableName() string { return "statistics" }

func newStatisticsRow(r *statistics.Row) (statisticsRow, error) {
	latency, err := r.Latency.AppendBinary(nil)
	return statisticsRow{
		AccountID: key(r.AccountID), Minute: r.Minute.Unix() / 60, NodeID: key(r.Node), Published: r.Published, Refused: r.Refused,
		Delivered: r.Delivered, Dead: r.Dead, FailedAttempts: r.FailedAttempts, Backlog: r.Backlog, Latency: latency,
	}, err
}

func (r *statisticsRow) domain() (statistics.Row, error) {
	out := statistics.Row{
		AccountID: uuid.UUID(r.AccountID), Node: uuid.UUID(r.NodeID), Minute: time.Unix(r.Minute*60, 0).UTC(),
		Counts: statistics.Counts{
			Published: r.Published, Refused: r.Refused, Delivered: r.Delivered, Dead: r.Dead, FailedAttempts: r.FailedAttempts, Backlog: r.Backlog,
		},
	}
	if err := out.Latency.UnmarshalBinary(r.Latency); err != nil {
		return out, fmt.Errorf("statistics: %w", err)
	}
	return out, nil
}

// AddStatistics implements statistics.Store. A row is of one node, which alone adds
// to it, so that what is read is still there when it is written.
func (s *Store) AddStatistics(ctx context.Context, rows []statistics.Row) error {
	if len(rows) == 0 {
		return nil
	}
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		out := make([]statisticsRow, len(rows))
		for i := range rows {
			sum := rows[i]
			var there []statisticsRow
			err := tx.Where("account_id = ? AND minute = ? AND node_id = ?", key(sum.AccountID), sum.Minute.Unix()/60, key(sum.Node)).Find(&there).Error
			if err != nil {
				return err
			}
			for j := range there {
				before, err := there[j].domain()
				if err != nil {
					return err
				}
				sum.Add(&before.Counts)
			}
			if out[i], err = newStatisticsRow(&sum); err != nil {
				return err
			}
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&out).Error
	})
	return translate(err, "statistics")
}

// Statistics implements statistics.Store.
func (s *Store) Statistics(ctx context.Context, accountID uuid.UUID, from, to time.Time, each func(*statistics.Row)) error {
	db := s.read.WithContext(ctx)
	rows, err := db.Model(&statisticsRow{}).Where("account_id = ? AND minute >= ? AND minute < ?", key(accountID), from.Unix()/60, to.Unix()/60).
		Order("minute, node_id").Rows()
	if err != nil {
		return translate(err, "statistics")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var row statisticsRow
		if err := db.ScanRows(rows, &row); err != nil {
			return translate(err, "statistics")
		}
		r, err := row.domain()
		if err != nil {
			return err
		}
		each(&r)
	}
	return translate(rows.Err(), "statistics")
}

// RemoveStatistics implements retention.Store.
func (s *Store) RemoveStatistics(ctx context.Context, before time.Time, limit int) (removed int, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []statisticsRow
		err := tx.Clauses(skipLocked).Select("account_id", "minute", "node_id").Where("minute < ?", before.Unix()/60).
			Order("minute").Limit(limit).Find(&rows).Error
		for i := 0; err == nil && i < len(rows); i++ {
			res := tx.Delete(&rows[i])
			removed += int(res.RowsAffected)
			err = res.Error
		}
		return err
	})
	if err != nil {
		return 0, translate(err, "statistics")
	}
	return removed, nil
}
