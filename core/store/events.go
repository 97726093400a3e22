package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/event"
)

// Event implements event.Store.
func (s *Store) Event(ctx context.Context, accountID, eventKey uuid.UUID) (*event.Event, error) {
	var row eventRow
	err := s.read.WithContext(ctx).Where("account_id = ? AND key = ?", key(accountID), key(eventKey)).Take(&row).Error
	if err != nil {
		return nil, translate(err, "event")
	}
	return row.domain()
}

// ListEvents implements event.Store.
func (s *Store) ListEvents(ctx context.Context, q event.Query) ([]event.Event, error) {
	db := s.read.WithContext(ctx).Where("account_id = ?", key(q.AccountID))
	for _, c := range []struct{ column, value string }{{"type", q.Type}, {"source", q.Source}, {"id", q.ID}} {
		if c.value != "" {
			db = db.Where(c.column+" = ?", c.value)
		}
	}
	if q.Before != uuid.Nil {
		db = db.Where("key < ?", key(q.Before))
	}
	var rows []eventRow
	if err := db.Order("key DESC").Limit(page(q.Limit)).Find(&rows).Error; err != nil {
		return nil, translate(err, "event")
	}
	out := make([]event.Event, len(rows))
	for i := range rows {
		e, err := rows[i].domain()
		if err != nil {
			return nil, err
		}
		out[i] = *e
	}
	return out, nil
}

// eventsByKey reads events of any accounts.
func eventsByKey(db *gorm.DB, refs []eventRef) (map[eventRef]*event.Event, error) {
	out := make(map[eventRef]*event.Event, len(refs))
	for accountID, eventKeys := range groupByAccount(refs) {
		var rows []eventRow
		if err := db.Where("account_id = ? AND key IN ?", accountID, eventKeys).Find(&rows).Error; err != nil {
			return nil, translate(err, "event")
		}
		for i := range rows {
			e, err := rows[i].domain()
			if err != nil {
				return nil, err
			}
			out[eventRef{rows[i].AccountID, rows[i].Key}] = e
		}
	}
	return out, nil
}

// eventRef names an event.
type eventRef struct{ account, event key }

func groupByAccount(refs []eventRef) map[key][]key {
	out := map[key][]key{}
	for _, r := range refs {
		out[r.account] = append(out[r.account], r.event)
	}
	return out
}
