package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/replay"
)

// maxWindowDeliveries bounds the deliveries of a window, unless it has one event.
const maxWindowDeliveries = 5000

// CountEvents implements replay.Store.
func (s *Store) CountEvents(ctx context.Context, accountID uuid.UUID, from, to time.Time) (int64, error) {
	var n int64
	err := s.read.WithContext(ctx).Model(&eventRow{}).
		Where("account_id = ? AND key >= ? AND key < ?", key(accountID), key(delivery.IDFrom(from)), key(delivery.IDFrom(to))).Count(&n).Error
	return n, translate(err, "event")
}

// ReplayWindow implements replay.Store.
func (s *Store) ReplayWindow(ctx context.Context, w replay.Window) ([]replay.Candidate, error) {
	db := s.read.WithContext(ctx)
	events, err := windowEvents(db, w)
	if err != nil || len(events) == 0 {
		return nil, translate(err, "event")
	}
	for {
		found, whole, err := s.windowDeliveries(db, w, events)
		if err != nil {
			return nil, translate(err, "delivery")
		}
		if whole {
			out, err := candidates(db, w, events, found)
			return out, translate(err, "event")
		}
		events = events[:len(events)/2]
	}
}

// windowEvents reads whole events, or what tells one from another.
func windowEvents(db *gorm.DB, w replay.Window) ([]*event.Event, error) {
	q := db.Model(&eventRow{}).Where("account_id = ? AND key > ? AND key < ?", key(w.AccountID), key(w.After), key(delivery.IDFrom(w.To)))
	if !w.Whole {
		q = q.Select("account_id", "key", "type")
	}
	var rows []eventRow
	if err := q.Order("key").Limit(w.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]*event.Event, len(rows))
	for i := range rows {
		if !w.Whole {
			out[i] = &event.Event{AccountID: w.AccountID, Key: uuid.UUID(rows[i].Key)}
			out[i].Type = rows[i].Type
			continue
		}
		var err error
		if out[i], err = rows[i].domain(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// windowDeliveries reads what is known of the deliveries of events, which are
// neighbours in the primary key; not whole: they are too many.
func (s *Store) windowDeliveries(db *gorm.DB, w replay.Window, events []*event.Event) (found []deliveryRow, whole bool, err error) {
	first, _ := delivery.IDRange(events[0].Key)
	_, last := delivery.IDRange(events[len(events)-1].Key)
	q := s.queryDeliveries(db, delivery.Query{AccountID: w.AccountID, SubscriptionID: w.SubscriptionID}).
		Where("deliveries.id BETWEEN ? AND ?", key(first), key(last)).
		Select("account_id", "id", "event_key", "subscription_id", "provider", "event_type", "verbatim", "status")
	if len(events) > 1 {
		q = q.Limit(maxWindowDeliveries)
	}
	err = q.Order("deliveries.id").Find(&found).Error
	return found, len(events) == 1 || len(found) < maxWindowDeliveries, err
}

func candidates(db *gorm.DB, w replay.Window, events []*event.Event, found []deliveryRow) ([]replay.Candidate, error) {
	out := make([]replay.Candidate, len(events))
	at := make(map[uuid.UUID]*replay.Candidate, len(events))
	keys := make([]key, len(events))
	for i, e := range events {
		out[i].Event, at[e.Key], keys[i] = e, &out[i], key(e.Key)
	}
	for i := range found {
		if c := at[uuid.UUID(found[i].EventKey)]; c != nil {
			c.Deliveries = append(c.Deliveries, found[i].domain())
		}
	}
	var pending []pendingRow
	err := db.Where("account_id = ? AND event_key IN ?", key(w.AccountID), keys).Find(&pending).Error
	for i := range pending {
		c := at[uuid.UUID(pending[i].EventKey)]
		c.Pending, c.Waits = true, pending[i].DueAt != nil
	}
	return out, err
}

// Waiting implements replay.Store: each count reads an index alone.
func (s *Store) Waiting(ctx context.Context, ref delivery.SubscriptionRef, now time.Time, most int) (due, held int, err error) {
	db := s.read.WithContext(ctx)
	if due, err = upTo(db, most, db.Model(&deliveryRow{}).Select("1").Where("due_at <= ?", micros(now))); err != nil {
		return 0, 0, translate(err, "delivery")
	}
	waits := db.Model(&deliveryRow{}).Select("1").Where("account_id = ? AND held = TRUE", key(ref.AccountID))
	if ref.SubscriptionID != uuid.Nil {
		waits = waits.Where("subscription_id = ?", key(ref.SubscriptionID))
	}
	held, err = upTo(db, most, waits)
	return due, held, translate(err, "delivery")
}

// upTo counts rows, and no more of them than most.
func upTo(db *gorm.DB, most int, rows *gorm.DB) (int, error) {
	var n int64
	err := db.Table("(?) AS counted", rows.Limit(most)).Count(&n).Error
	return int(n), err
}
