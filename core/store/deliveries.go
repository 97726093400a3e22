package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
)

// Recorded implements delivery.Store.
func (s *Store) Recorded(ctx context.Context, accountID, eventKey uuid.UUID) (map[uuid.UUID]struct{}, error) {
	var rows []deliveryRow
	q := delivery.Query{AccountID: accountID, EventKey: eventKey}
	if err := s.queryDeliveries(s.read.WithContext(ctx), q).Select("id", "subscription_id").Find(&rows).Error; err != nil {
		return nil, translate(err, "delivery")
	}
	out := make(map[uuid.UUID]struct{}, len(rows))
	for _, r := range rows {
		if sub := uuid.UUID(r.SubscriptionID); delivery.NewID(eventKey, sub) == uuid.UUID(r.ID) {
			out[sub] = struct{}{}
		}
	}
	return out, nil
}

// Delivery implements delivery.Store.
func (s *Store) Delivery(ctx context.Context, accountID, id uuid.UUID) (*delivery.Record, error) {
	db := s.read.WithContext(ctx)
	var row deliveryRow
	if err := db.Where("account_id = ? AND id = ?", key(accountID), key(id)).Take(&row).Error; err != nil {
		return nil, translate(err, "delivery")
	}
	records, err := s.records(db, []deliveryRow{row})
	if err != nil {
		return nil, err
	}
	return &records[0], nil
}

// ListDeliveries implements delivery.Store.
func (s *Store) ListDeliveries(ctx context.Context, q delivery.Query) ([]delivery.Record, error) {
	db := s.read.WithContext(ctx)
	var rows []deliveryRow
	err := s.queryDeliveries(db, q).Order("deliveries.id DESC").Limit(page(q.Limit)).Offset(q.Offset).Find(&rows).Error
	if err != nil {
		return nil, translate(err, "delivery")
	}
	return s.records(db, rows)
}

// CountDeliveries implements delivery.Store.
func (s *Store) CountDeliveries(ctx context.Context, q delivery.Query) (int, error) {
	var n int64
	q.Before = uuid.Nil
	err := s.queryDeliveries(s.read.WithContext(ctx), q).Count(&n).Error
	return int(n), translate(err, "delivery")
}

// queryDeliveries selects by columns that an index leads to where it can: the
// deliveries of an event are neighbours in the primary key.
func (s *Store) queryDeliveries(db *gorm.DB, q delivery.Query) *gorm.DB {
	account := key(q.AccountID)
	out := db.Model(&deliveryRow{}).Where("deliveries.account_id = ?", account)
	if q.EventKey != uuid.Nil {
		first, last := delivery.IDRange(q.EventKey)
		out = out.Where("deliveries.id BETWEEN ? AND ? AND event_key = ?", key(first), key(last), key(q.EventKey))
	}
	if q.ID != uuid.Nil {
		out = out.Where("deliveries.id = ?", key(q.ID))
	}
	if !q.Since.IsZero() {
		out = out.Where("deliveries.id >= ?", key(delivery.IDFrom(q.Since)))
	}
	if !q.Until.IsZero() {
		out = out.Where("deliveries.id < ?", key(delivery.IDFrom(q.Until)))
	}
	if q.SubscriptionID != uuid.Nil {
		out = out.Where("subscription_id = ?", key(q.SubscriptionID))
	}
	if q.Provider != "" {
		out = out.Where("provider = ?", q.Provider)
	}
	if q.Namespace != nil {
		subs := db.Model(&subscriptionRow{}).Select("id").Where("account_id = ? AND namespace = ?", account, *q.Namespace)
		out = out.Where("subscription_id IN (?)", subs)
	}
	if len(q.Statuses) > 0 {
		statuses := make([]int, len(q.Statuses))
		for i, st := range q.Statuses {
			statuses[i] = int(st)
		}
		out = out.Where("status IN ?", statuses)
	}
	if len(q.EventTypes) > 0 {
		out = out.Where("event_type IN ?", q.EventTypes)
	}
	if len(q.ResponseStatuses) > 0 {
		out = answered(db, out, q.ResponseStatuses)
	}
	if q.Before != uuid.Nil {
		out = out.Where("deliveries.id < ?", key(q.Before))
	}
	return out
}

// records adds attempts, events and the subscriptions' external ids to a page of
// deliveries of one account.
func (s *Store) records(db *gorm.DB, rows []deliveryRow) ([]delivery.Record, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]key, len(rows))
	refs := make([]eventRef, len(rows))
	subs := make([]key, len(rows))
	for i := range rows {
		ids[i], subs[i] = rows[i].ID, rows[i].SubscriptionID
		refs[i] = eventRef{rows[i].AccountID, rows[i].EventKey}
	}
	attempts, err := attemptsOf(db, rows[0].AccountID, ids)
	if err != nil {
		return nil, err
	}
	events, err := eventsByKey(db, uniqueRefs(refs))
	if err != nil {
		return nil, err
	}
	external, err := externalIDs(db, rows[0].AccountID, subs)
	if err != nil {
		return nil, err
	}
	out := make([]delivery.Record, len(rows))
	for i := range rows {
		out[i] = delivery.Record{
			Delivery: rows[i].domain(), SubscriptionExternalID: external[rows[i].SubscriptionID], Event: events[refs[i]],
		}
		if out[i].Attempts, err = rows[i].attempts(attempts[rows[i].ID]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// attemptsOf reads the attempts that have rows.
func attemptsOf(db *gorm.DB, account key, ids []key) (map[key][]delivery.Attempt, error) {
	var rows []attemptRow
	err := db.Where("account_id = ? AND delivery_id IN ?", account, ids).Order("delivery_id, number").Find(&rows).Error
	if err != nil {
		return nil, translate(err, "attempt")
	}
	out := map[key][]delivery.Attempt{}
	for i := range rows {
		a, err := rows[i].domain()
		if err != nil {
			return nil, err
		}
		out[rows[i].DeliveryID] = append(out[rows[i].DeliveryID], a)
	}
	return out, nil
}

func externalIDs(db *gorm.DB, account key, ids []key) (map[key]string, error) {
	var rows []struct {
		ID         key
		ExternalID string
	}
	err := db.Model(&subscriptionRow{}).Select("id", "external_id").
		Where("account_id = ? AND id IN ?", account, ids).Find(&rows).Error
	out := make(map[key]string, len(rows))
	for _, r := range rows {
		out[r.ID] = r.ExternalID
	}
	return out, translate(err, "subscription")
}
