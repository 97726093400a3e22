package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// upsertDelivery writes the new state of a delivery, unless it was claimed again
// since: then the outcome is one that was recorded before, whose answer was lost.
// What is final stays, unless the late news is that it was delivered after all.
// What was cancelled while a node had it stays so whatever that node tells, which
// ends its claim.
var upsertDelivery = clause.OnConflict{
	Columns: []clause.Column{{Name: "account_id"}, {Name: "id"}},
	DoUpdates: slices.Concat(clause.AssignmentColumns([]string{"attempt_count", "first_attempt_at", "node_id", "updated_at"}),
		unlessTaken("status", "deliveries.status"), unlessTaken("due_at", "NULL"), unlessTaken("held", "FALSE"),
		unlessTaken("lease", "deliveries.lease + 1"), keepFirst()),
	Where: clause.Where{Exprs: []clause.Expression{clause.Expr{
		SQL: fmt.Sprintf("deliveries.lease = excluded.lease AND (deliveries.status IN (%d, %d) OR excluded.status = %d OR (%s))",
			sdk.DeliveryPending, sdk.DeliveryRetrying, sdk.DeliveryDelivered, takenAway),
	}}},
}

// takenAway is a delivery that was cancelled while a node had it.
var takenAway = fmt.Sprintf("deliveries.status = %d AND deliveries.node_id IS NOT NULL", sdk.DeliveryCancelled)

// unlessTaken assigns a column what is new, or otherwise where the delivery was
// taken away.
func unlessTaken(column, otherwise string) clause.Set {
	return clause.Set{{Column: clause.Column{Name: column}, Value: clause.Expr{
		SQL: fmt.Sprintf("CASE WHEN %s THEN %s ELSE excluded.%s END", takenAway, otherwise, column),
	}}}
}

// recordOutcomes appends what writes deliveries, attempts and what they changed
// about subscriptions.
func (s *Store) recordOutcomes(to []command, outcomes []*delivery.Outcome) ([]command, error) {
	deliveries := make([]*deliveryRow, len(outcomes))
	attempts := make([]*attemptRow, 0, len(outcomes))
	for i, o := range outcomes {
		deliveries[i] = newDeliveryRow(&o.Delivery)
		if o.Attempt == nil {
			continue
		}
		if a := newAttemptRow(&o.Delivery, o.Attempt); !deliveries[i].take(a) {
			attempts = append(attempts, a)
		}
	}
	var err error
	for _, rows := range withoutRepeatedDeliveries(deliveries) {
		if to, err = inserts(to, s.hot.deliveries, rows); err != nil {
			return nil, err
		}
	}
	// A number exists already where an attempt was recorded and its node died
	// before it knew: the first record stays.
	if to, err = inserts(to, s.hot.attempts, attempts); err != nil {
		return nil, err
	}
	return s.recordHealths(to, outcomes)
}

// withoutRepeatedDeliveries cuts rows where a delivery comes again: Postgres
// changes a row once in a statement.
func withoutRepeatedDeliveries(rows []*deliveryRow) (parts [][]*deliveryRow) {
	start, seen := 0, make(map[[2]key]bool, len(rows))
	for i, r := range rows {
		id := [2]key{r.AccountID, r.ID}
		if seen[id] {
			parts = append(parts, rows[start:i])
			start = i
			clear(seen)
		}
		seen[id] = true
	}
	return append(parts, rows[start:])
}

// recordHealths appends in the order of ids, so that nodes which write at the
// same time wait for each other in turn. Of one subscription the order stays.
func (s *Store) recordHealths(to []command, outcomes []*delivery.Outcome) ([]command, error) {
	changed := slices.DeleteFunc(slices.Clone(outcomes), func(o *delivery.Outcome) bool { return o.Health == nil })
	slices.SortStableFunc(changed, func(a, b *delivery.Outcome) int {
		return cmp.Or(bytes.Compare(a.Health.AccountID[:], b.Health.AccountID[:]),
			bytes.Compare(a.Health.SubscriptionID[:], b.Health.SubscriptionID[:]))
	})
	var counted uuid.UUID
	for _, o := range changed {
		if id := o.Health.AccountID; o.Health.DisabledReason != "" && id != counted {
			c, err := rare(countChange(dry(s.write), key(id)))
			if err != nil {
				return nil, err
			}
			to = append(to, c)
			counted = id
		}
	}
	for _, o := range changed {
		c, err := rare(recordHealth(dry(s.write), o.Health, micros(o.Delivery.UpdatedAt)))
		if err != nil {
			return nil, err
		}
		to = append(to, c)
	}
	return to, nil
}

func recordHealth(tx *gorm.DB, h *delivery.Health, now int64) *gorm.DB {
	where := tx.Model(&subscriptionRow{}).Where("account_id = ? AND id = ?", key(h.AccountID), key(h.SubscriptionID))
	changes := map[string]any{"failing_since": optionalMicros(h.FailingSince)}
	if h.LastError != "" {
		changes["last_error"], changes["last_error_at"] = text(h.LastError), now
	}
	if h.DisabledReason != "" {
		where = where.Where("enabled")
		changes["enabled"], changes["disabled_reason"] = false, h.DisabledReason
		changes["version"], changes["updated_at"] = gorm.Expr("version + 1"), now
	}
	return where.Updates(changes)
}
