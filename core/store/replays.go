package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var (
	_ replay.Store     = (*Store)(nil)
	_ delivery.Replays = (*Store)(nil)
)

// unfinished are the statuses of replays that may go on.
var unfinished = []replay.Status{replay.Running, replay.Paused}

// CreateReplay implements replay.Store. The account's row is locked, so that two
// that are made at one time see each other.
func (s *Store) CreateReplay(ctx context.Context, r *replay.Replay, most int) error {
	err := s.audited(ctx, func(tx *gorm.DB) error {
		var a accountRow
		if err := tx.Clauses(forUpdate).Select("id").Where("id = ?", key(r.AccountID)).Take(&a).Error; err != nil {
			return err
		}
		var n int64
		err := tx.Model(&replayRow{}).Where("account_id = ? AND status IN ?", key(r.AccountID), unfinished).Count(&n).Error
		if err != nil {
			return err
		}
		if n >= int64(most) {
			return sdk.Errorf(sdk.CodeLimit, "The account has %d replays that have not ended; wait until one ends, or cancel one", n)
		}
		if err := tx.Create(newReplayRow(r)).Error; err != nil {
			return err
		}
		return replay.NoteChange(ctx, nil, r)
	})
	return translate(err, "replay")
}

// Replay implements replay.Store.
func (s *Store) Replay(ctx context.Context, accountID, id uuid.UUID) (*replay.Replay, error) {
	var row replayRow
	err := s.read.WithContext(ctx).Where("account_id = ? AND id = ?", key(accountID), key(id)).Take(&row).Error
	if err != nil {
		return nil, translate(err, "replay")
	}
	r := row.domain()
	return &r, nil
}

// ListReplays implements replay.Store.
func (s *Store) ListReplays(ctx context.Context, q replay.Query) ([]replay.Replay, error) {
	db := s.read.WithContext(ctx).Where("account_id = ?", key(q.AccountID))
	if q.Before != uuid.Nil {
		db = db.Where("id < ?", key(q.Before))
	}
	var rows []replayRow
	if err := db.Order("id DESC").Limit(page(q.Limit)).Find(&rows).Error; err != nil {
		return nil, translate(err, "replay")
	}
	return replaysOf(rows), nil
}

// mostReplays is how many replays a delivery's own is looked for among.
const mostReplays = 100

// ReplayOf implements delivery.Replays. A delivery does not say which replay made
// it, but its id follows from that.
func (s *Store) ReplayOf(ctx context.Context, d *delivery.Delivery) (uuid.UUID, error) {
	after := delivery.IDFrom(d.CreatedAt.Add(time.Millisecond))
	var rows []replayRow
	err := s.read.WithContext(ctx).Select("id").Where("account_id = ? AND id < ?", key(d.AccountID), key(after)).
		Order("id DESC").Limit(mostReplays).Find(&rows).Error
	if err != nil {
		return uuid.Nil, translate(err, "replay")
	}
	for _, r := range rows {
		if delivery.ReplayID(uuid.UUID(r.ID), d.EventKey, d.SubscriptionID) == d.ID {
			return uuid.UUID(r.ID), nil
		}
	}
	return uuid.Nil, nil
}

func replaysOf(rows []replayRow) []replay.Replay {
	out := make([]replay.Replay, len(rows))
	for i := range rows {
		out[i] = rows[i].domain()
	}
	return out
}

// ChangeReplay implements replay.Store.
func (s *Store) ChangeReplay(ctx context.Context, accountID, id uuid.UUID, from []replay.Status, to replay.Status, now time.Time) (*replay.Replay, error) {
	var is replay.Replay
	err := s.audited(ctx, func(tx *gorm.DB) error {
		var row replayRow
		if err := tx.Clauses(forUpdate).Where("account_id = ? AND id = ?", key(accountID), key(id)).Take(&row).Error; err != nil {
			return err
		}
		was := row.domain()
		if !slices.Contains(from, was.Status) {
			return sdk.Errorf(sdk.CodeConflict, "The replay is %s, and cannot become %s", was.Status, to)
		}
		row.Status, row.Reason, row.NodeID, row.UpdatedAt = string(to), "", optionalKey{}, micros(now)
		err := tx.Model(&replayRow{}).Where("account_id = ? AND id = ?", row.AccountID, row.ID).
			Updates(map[string]any{"status": row.Status, "reason": row.Reason, "node_id": nil, "updated_at": row.UpdatedAt}).Error
		if err != nil {
			return err
		}
		is = row.domain()
		return replay.NoteChange(ctx, &was, &is)
	})
	if err != nil {
		return nil, translate(err, "replay")
	}
	return &is, nil
}

// ClaimReplays implements replay.Store.
func (s *Store) ClaimReplays(ctx context.Context, node uuid.UUID, working []uuid.UUID, limit int) ([]replay.Replay, error) {
	idle := func(db *gorm.DB) *gorm.DB {
		db = db.Where("status = 'running' AND (node_id IS NULL OR node_id = ?)", key(node))
		if len(working) > 0 {
			ids := make([]key, len(working))
			for i, id := range working {
				ids[i] = key(id)
			}
			db = db.Where("id NOT IN ?", ids)
		}
		return db.Order("id").Limit(limit)
	}
	if none, err := nothing(s.read.WithContext(ctx), &replayRow{}, idle); none || err != nil {
		return nil, translate(err, "replay")
	}
	var rows []replayRow
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := checkAlive(tx, node); err != nil {
			return err
		}
		if err := idle(tx.Clauses(skipLocked)).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			err := tx.Model(&replayRow{}).Where("account_id = ? AND id = ?", r.AccountID, r.ID).Update("node_id", key(node)).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, translate(err, "replay")
	}
	return replaysOf(rows), nil
}

// AdvanceReplay implements replay.Store.
func (s *Store) AdvanceReplay(ctx context.Context, node uuid.UUID, step *replay.Step) (replay.Progress, error) {
	var row replayRow
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := checkAlive(tx, node); err != nil {
			return err
		}
		mine := tx.Model(&replayRow{}).Where("account_id = ? AND id = ?", key(step.AccountID), key(step.ID))
		err := mine.Session(&gorm.Session{}).Clauses(forUpdate).
			Where("status = 'running' AND node_id = ? AND cursor = ?", key(node), key(step.After)).Limit(1).Find(&row).Error
		if err != nil {
			return err
		}
		if row.ID != key(step.ID) {
			return replay.ErrLost
		}
		made, err := s.makeDeliveries(tx, step)
		if err != nil {
			return err
		}
		row.Done, row.Failed, row.Created = row.Done+step.Done, row.Failed+step.Failed, row.Created+made
		changes := map[string]any{
			"cursor": key(step.Cursor), "done": row.Done, "failed": row.Failed, "created": row.Created,
			"status": string(step.Status), "reason": step.Reason, "updated_at": micros(step.Now),
		}
		if step.Status != replay.Running {
			changes["node_id"] = nil
		}
		return mine.Session(&gorm.Session{}).Updates(changes).Error
	})
	if err != nil {
		return replay.Progress{}, translate(err, "replay")
	}
	return row.domain().Progress, nil
}

// makeDeliveries inserts those of a step that are not there, and counts them.
func (s *Store) makeDeliveries(tx *gorm.DB, step *replay.Step) (made int64, err error) {
	rows := make([]*deliveryRow, len(step.Deliveries))
	for i := range step.Deliveries {
		rows[i] = newDeliveryRow(&step.Deliveries[i])
	}
	for part := range slices.Chunk(rows, largestChunk) {
		res := tx.Clauses(doNothing).Create(&part)
		if res.Error != nil {
			return made, res.Error
		}
		made += res.RowsAffected
	}
	return made, nil
}
