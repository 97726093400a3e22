package store

import (
	"bytes"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/retention"
)

// window selects and locks a step's rows, which are neighbours in the primary
// key: ids of deliveries and keys of events begin with the time of the event.
// Rows that others have locked are passed over.
func window(tx *gorm.DB, column string, w retention.Window) *gorm.DB {
	return tx.Clauses(skipLocked).
		Where("account_id = ? AND "+column+" > ? AND "+column+" < ?", key(w.AccountID), key(w.After), key(delivery.IDFrom(w.Before))).
		Order(column).Limit(w.Limit)
}

// prefix returns the rows of a step that weigh no more than its limit, at least
// one, and the id that the next step follows; zero when there is none.
func prefix[T any](w retention.Window, rows []T, weigh func(*T) (key, int)) ([]T, uuid.UUID) {
	weight := 0
	var last key
	for i := range rows {
		id, n := weigh(&rows[i])
		if weight += n; weight > w.Limit && i > 0 {
			return rows[:i], uuid.UUID(last)
		}
		last = id
	}
	if len(rows) < w.Limit {
		return rows, uuid.Nil
	}
	return rows, uuid.UUID(last)
}

// pendingOf tells which events of rows are pending.
func pendingOf[T any](tx *gorm.DB, w retention.Window, rows []T, eventOf func(*T) key) (map[key]bool, error) {
	out := map[key]bool{}
	if len(rows) == 0 {
		return out, nil
	}
	events := make([]key, len(rows))
	for i := range rows {
		events[i] = eventOf(&rows[i])
	}
	var pending []key
	err := tx.Model(&pendingRow{}).Where("account_id = ? AND event_key IN ?", key(w.AccountID), events).Pluck("event_key", &pending).Error
	for _, k := range pending {
		out[k] = true
	}
	return out, err
}

// remove deletes rows of the window's account by a column of their primary key
// and counts them.
func remove(tx *gorm.DB, model any, column string, w retention.Window, ids []key) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	res := tx.Where("account_id = ? AND "+column+" IN ?", key(w.AccountID), ids).Delete(model)
	return int(res.RowsAffected), res.Error
}

// notAfter tells whether a comes before b, or is it.
func notAfter(a, b key) bool { return bytes.Compare(a[:], b[:]) <= 0 }
