package store

import (
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// upsertDelivery writes the new state of a delivery. What is final stays, unless
// the late news is that it was delivered after all.
var upsertDelivery = clause.OnConflict{
	Columns:   []clause.Column{{Name: "account_id"}, {Name: "id"}},
	DoUpdates: clause.AssignmentColumns([]string{"status", "attempt_count", "first_attempt_at", "due_at", "node_id", "updated_at"}),
	Where: clause.Where{Exprs: []clause.Expression{clause.Expr{
		SQL: fmt.Sprintf("deliveries.status IN (%d, %d) OR excluded.status = %d",
			sdk.DeliveryPending, sdk.DeliveryRetrying, sdk.DeliveryDelivered),
	}}},
}

// recordOutcomes writes deliveries, attempts and what they changed about
// subscriptions.
func recordOutcomes(tx *gorm.DB, outcomes []*delivery.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	deliveries := make([]deliveryRow, len(outcomes))
	attempts := make([]attemptRow, 0, len(outcomes))
	for i, o := range outcomes {
		deliveries[i] = newDeliveryRow(&o.Delivery)
		if o.Attempt == nil {
			continue
		}
		row, err := newAttemptRow(&o.Delivery, o.Attempt)
		if err != nil {
			return err
		}
		attempts = append(attempts, row)
	}
	if err := tx.Clauses(upsertDelivery).CreateInBatches(deliveries, insertChunk).Error; err != nil {
		return err
	}
	if len(attempts) > 0 {
		// A number exists already where an attempt was recorded and its node died
		// before it knew: the first record stays.
		if err := tx.Clauses(doNothing).CreateInBatches(attempts, insertChunk).Error; err != nil {
			return err
		}
	}
	for _, o := range outcomes {
		if o.Health != nil {
			if err := recordHealth(tx, o.Health, micros(o.Delivery.UpdatedAt)); err != nil {
				return err
			}
		}
	}
	return nil
}

func recordHealth(tx *gorm.DB, h *delivery.Health, now int64) error {
	where := tx.Model(&subscriptionRow{AccountID: key(h.AccountID), ID: key(h.SubscriptionID)})
	if h.DisabledReason == "" {
		return where.Update("failing_since", optionalMicros(h.FailingSince)).Error
	}
	return where.Where("enabled").Updates(map[string]any{
		"failing_since": optionalMicros(h.FailingSince), "enabled": false, "disabled_reason": h.DisabledReason,
		"version": gorm.Expr("version + 1"), "updated_at": now,
	}).Error
}
