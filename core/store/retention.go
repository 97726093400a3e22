package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/retention"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var _ retention.Store = (*Store)(nil)

// AccountsBefore implements retention.Store. An event outlives its deliveries, so
// that events tell of all.
func (s *Store) AccountsBefore(ctx context.Context, t time.Time, after uuid.UUID, limit int) ([]uuid.UUID, error) {
	db := s.read.WithContext(ctx)
	var ids []key
	err := db.Model(&accountRow{}).Where("id > ? AND (?) < ?", key(after), oldestKey(db), key(delivery.IDFrom(t))).
		Order("id").Limit(limit).Pluck("id", &ids).Error
	out := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		out[i] = uuid.UUID(id)
	}
	return out, translate(err, "account")
}

// oldestKey is the key of the oldest event of the account in an outer query: one
// look into the primary key. With EXISTS, Postgres might join the two whole.
func oldestKey(db *gorm.DB) *gorm.DB {
	return db.Model(&eventRow{}).Select("key").Where("events.account_id = accounts.id").Order("key").Limit(1)
}

// RemoveDeliveries implements retention.Store.
//
// A step waits for no row: those of others it skips, and what it deletes beside
// the deliveries nobody else changes. So it cannot be part of a deadlock.
func (s *Store) RemoveDeliveries(ctx context.Context, w retention.Window) (retention.Step, error) {
	var step retention.Step
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []deliveryRow
		// What nobody has; see unclaimed.
		err := window(tx, "id", w).Where("(node_id IS NULL OR lease = 0)").
			Select("id", "event_key", "status", "attempt_count", "attempt_started_at").Find(&rows).Error
		if err != nil {
			return err
		}
		rows, step.Next = prefix(w, rows, func(r *deliveryRow) (key, int) { return r.ID, 1 + r.AttemptCount - r.First.count() })
		pending, err := pendingOf(tx, w, rows, func(r *deliveryRow) key { return r.EventKey })
		if err != nil {
			return err
		}
		var final, unfinished []key
		inRows := 0 // attempts in the rows of deliveries
		for i := range rows {
			switch {
			case pending[rows[i].EventKey]:
			case delivery.Final(sdk.DeliveryStatus(rows[i].Status)):
				final = append(final, rows[i].ID)
				inRows += rows[i].First.count()
			default:
				unfinished = append(unfinished, rows[i].ID)
			}
		}
		step.Expired = len(unfinished)
		if err := s.expire(tx, key(w.AccountID), unfinished); err != nil {
			return err
		}
		if step.Attempts, err = remove(tx, &attemptRow{}, "delivery_id", w, final); err != nil {
			return err
		}
		step.Attempts += inRows
		step.Deliveries, err = remove(tx, &deliveryRow{}, "id", w, final)
		return err
	})
	if err != nil {
		return retention.Step{}, translate(err, "old delivery")
	}
	return step, nil
}

// expire makes deliveries dead.
func (s *Store) expire(tx *gorm.DB, account key, ids []key) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.Model(&deliveryRow{}).Where("account_id = ? AND id IN ?", account, ids).Updates(map[string]any{
		"status": int(sdk.DeliveryDead), "due_at": nil, "held": false, "updated_at": micros(s.now()),
	}).Error
}

// RemoveEvents implements retention.Store.
func (s *Store) RemoveEvents(ctx context.Context, w retention.Window) (retention.Step, error) {
	var step retention.Step
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []agedEvent
		err := window(tx.Model(&eventRow{}), "key", w).Select("key", "COALESCE(length(data), 0) AS size").Find(&rows).Error
		if err != nil {
			return err
		}
		rows, step.Next = prefix(w, rows, func(e *agedEvent) (key, int) { return e.Key, 1 + e.Size/eventWeight })
		if rows, err = withoutDeliveries(tx, w, rows, &step.Next); err != nil {
			return err
		}
		pending, err := pendingOf(tx, w, rows, func(e *agedEvent) key { return e.Key })
		if err != nil {
			return err
		}
		var keys []key
		for _, e := range rows {
			if !pending[e.Key] {
				keys = append(keys, e.Key)
			}
		}
		step.Events, err = remove(tx, &eventRow{}, "key", w, keys)
		return err
	})
	if err != nil {
		return retention.Step{}, translate(err, "old event")
	}
	return step, nil
}

// eventWeight is how much data, in bytes, costs a step as much as a row.
const eventWeight = 16 << 10

// agedEvent is what a step reads of an event: never its data.
type agedEvent struct {
	Key  key
	Size int
}

// withoutDeliveries leaves out events whose millisecond has deliveries left: all
// that the ids of deliveries tell of their events. Where more are left than a
// step reads, it ends with the last of these, and next says so.
func withoutDeliveries(tx *gorm.DB, w retention.Window, rows []agedEvent, next *uuid.UUID) ([]agedEvent, error) {
	if len(rows) == 0 {
		return rows, nil
	}
	first, _ := delivery.IDRange(uuid.UUID(rows[0].Key))
	_, last := delivery.IDRange(uuid.UUID(rows[len(rows)-1].Key))
	var left []key
	err := tx.Model(&deliveryRow{}).Where("account_id = ? AND id BETWEEN ? AND ?", key(w.AccountID), key(first), key(last)).
		Order("id").Limit(w.Limit).Pluck("id", &left).Error
	if err != nil {
		return nil, err
	}
	busy := map[key]bool{}
	for _, id := range left {
		floor, _ := delivery.IDRange(uuid.UUID(id))
		busy[key(floor)] = true
	}
	if len(left) == w.Limit {
		_, last = delivery.IDRange(uuid.UUID(left[len(left)-1]))
		*next = last
	}
	var out []agedEvent
	for _, e := range rows {
		floor, _ := delivery.IDRange(uuid.UUID(e.Key))
		if !busy[key(floor)] && notAfter(e.Key, key(last)) {
			out = append(out, e)
		}
	}
	return out, nil
}
