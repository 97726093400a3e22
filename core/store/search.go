package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
)

// maxSearched is how many deliveries one page of a search looks at, at most. It
// bounds what a search costs that finds little.
const maxSearched = 10_000

// SearchDeliveries implements delivery.Store. Times and the page before select a
// range of the primary key, or of a subscription's index; what no index leads to
// is looked for in so many deliveries of it.
func (s *Store) SearchDeliveries(ctx context.Context, q delivery.Query) (delivery.Page, error) {
	most := maxSearched
	if q.LookAt > 0 {
		most = min(q.LookAt, maxSearched)
	}
	db := s.read.WithContext(ctx)
	found := s.queryDeliveries(db, q)
	var floor []key
	if needsSearch(q) {
		led := delivery.Query{
			AccountID: q.AccountID, ID: q.ID, EventKey: q.EventKey, SubscriptionID: q.SubscriptionID,
			Since: q.Since, Until: q.Until, Before: q.Before,
		}
		err := s.queryDeliveries(db, led).Order("deliveries.id DESC").Offset(most-1).Limit(1).Pluck("deliveries.id", &floor).Error
		if err != nil {
			return delivery.Page{}, translate(err, "delivery")
		}
	}
	if len(floor) > 0 {
		found = found.Where("deliveries.id >= ?", floor[0])
	}
	limit := page(q.Limit)
	var rows []deliveryRow
	if err := found.Order("deliveries.id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return delivery.Page{}, translate(err, "delivery")
	}
	var out delivery.Page
	switch {
	case len(rows) > limit:
		rows = rows[:limit]
		out.Next = uuid.UUID(rows[limit-1].ID)
	case len(floor) > 0:
		out.Next = uuid.UUID(floor[0])
	}
	var err error
	out.Records, err = s.records(db, rows)
	return out, err
}

// needsSearch tells whether a query selects by what no index leads to.
func needsSearch(q delivery.Query) bool {
	return q.Provider != "" || q.Namespace != nil || len(q.Statuses)+len(q.EventTypes)+len(q.ResponseStatuses) > 0
}

// answered selects deliveries by the answer to their last attempt, which is in
// their own row where it was the first and succeeded.
func answered(db, deliveries *gorm.DB, statuses []int) *gorm.DB {
	last := db.Model(&attemptRow{}).Select("1").
		Where("attempts.account_id = deliveries.account_id AND attempts.delivery_id = deliveries.id").
		Where("attempts.number = deliveries.attempt_count AND attempts.response_status IN ?", statuses)
	own := db.Where("attempt_count = 1 AND attempt_response_status IN ?", statuses)
	return deliveries.Where(own.Or("EXISTS (?)", last))
}
