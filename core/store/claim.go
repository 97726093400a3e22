package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// ClaimEvents implements delivery.Store.
func (s *Store) ClaimEvents(ctx context.Context, node uuid.UUID, limit int) ([]*event.Event, error) {
	if err := s.giveBack(s.write.WithContext(ctx), node); err != nil {
		return nil, translate(err, "pending event")
	}
	out, err := s.claimEvents(ctx, node, func(db *gorm.DB) *gorm.DB {
		return db.Where("due_at <= ?", micros(s.now())).Order("due_at").Limit(limit)
	})
	if err != nil || len(out) == limit {
		return out, err
	}
	free, err := s.claimEvents(ctx, node, func(db *gorm.DB) *gorm.DB {
		return db.Where("node_id IS NULL AND due_at IS NULL").Order("event_key").Limit(limit - len(out))
	})
	if err != nil && len(out) > 0 {
		return out, nil // these are this node's now; the others can wait
	}
	return append(out, free...), err
}

// claimEvents takes the pending events that wanted selects.
func (s *Store) claimEvents(ctx context.Context, node uuid.UUID, wanted func(*gorm.DB) *gorm.DB) ([]*event.Event, error) {
	if idle, err := nothing(s.read.WithContext(ctx), &pendingRow{}, wanted); idle || err != nil {
		return nil, err
	}
	var out []*event.Event
	var refs []eventRef
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := checkAlive(tx, node); err != nil {
			return err
		}
		var rows []pendingRow
		if err := wanted(tx.Clauses(skipLocked)).Find(&rows).Error; err != nil {
			return err
		}
		refs = make([]eventRef, len(rows))
		for i, r := range rows {
			refs[i] = eventRef{r.AccountID, r.EventKey}
		}
		for accountID, eventKeys := range groupByAccount(refs) {
			err := tx.Model(&pendingRow{}).Where("account_id = ? AND event_key IN ?", accountID, eventKeys).
				Updates(map[string]any{"node_id": key(node), "due_at": nil}).Error
			if err != nil {
				return err
			}
		}
		events, err := eventsByKey(tx, refs)
		for _, r := range refs {
			if e, ok := events[r]; ok {
				out = append(out, e)
			}
		}
		return err
	})
	if err != nil {
		s.lost.add(refs, nil)
		return nil, translate(err, "pending event")
	}
	return out, nil
}

// ClaimDeliveries implements delivery.Store.
func (s *Store) ClaimDeliveries(ctx context.Context, node uuid.UUID, now time.Time, limit int) ([]delivery.Claimed, error) {
	return s.claimDeliveries(ctx, node, func(db *gorm.DB) *gorm.DB {
		return db.Where("due_at <= ?", micros(now)).Order("due_at").Limit(limit)
	})
}

// claimDeliveries takes the deliveries that wanted selects.
func (s *Store) claimDeliveries(ctx context.Context, node uuid.UUID, wanted func(*gorm.DB) *gorm.DB) ([]delivery.Claimed, error) {
	if err := s.giveBack(s.write.WithContext(ctx), node); err != nil {
		return nil, translate(err, "delivery")
	}
	if idle, err := nothing(s.read.WithContext(ctx), &deliveryRow{}, wanted); idle || err != nil {
		return nil, err
	}
	var out []delivery.Claimed
	var claimed []eventRef
	err := s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := checkAlive(tx, node); err != nil {
			return err
		}
		var rows []deliveryRow
		if err := wanted(tx.Clauses(skipLocked)).Find(&rows).Error; err != nil {
			return err
		}
		if err := claim(tx, node, rows); err != nil {
			return err
		}
		refs := make([]eventRef, len(rows))
		for i := range rows {
			refs[i] = eventRef{rows[i].AccountID, rows[i].EventKey}
			claimed = append(claimed, eventRef{rows[i].AccountID, rows[i].ID})
		}
		events, err := eventsByKey(tx, uniqueRefs(refs))
		for i := range rows {
			due := fromOptionalMicros(rows[i].DueAt)
			rows[i].DueAt, rows[i].Held = nil, false
			rows[i].Lease++
			out = append(out, delivery.Claimed{Delivery: rows[i].domain(), Event: events[refs[i]], DueAt: due})
		}
		return err
	})
	if err != nil {
		s.lost.add(nil, claimed)
		return nil, translate(err, "delivery")
	}
	return out, nil
}

// nothing tells, without taking the writer, that there is nothing to claim.
func nothing(db *gorm.DB, model any, where func(*gorm.DB) *gorm.DB) (bool, error) {
	var one []int
	err := where(db.Model(model)).Select("1").Limit(1).Find(&one).Error
	return len(one) == 0, err
}

// nextLease makes what is recorded of the claim before void.
var nextLease = gorm.Expr("lease + 1")

func claim(tx *gorm.DB, node uuid.UUID, rows []deliveryRow) error {
	byAccount := map[key][]key{}
	for i := range rows {
		byAccount[rows[i].AccountID] = append(byAccount[rows[i].AccountID], rows[i].ID)
	}
	for accountID, ids := range byAccount {
		err := tx.Model(&deliveryRow{}).Where("account_id = ? AND id IN ?", accountID, ids).
			Updates(map[string]any{"node_id": key(node), "due_at": nil, "held": false, "lease": nextLease}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func uniqueRefs(refs []eventRef) []eventRef {
	seen := map[eventRef]bool{}
	return slices.DeleteFunc(slices.Clone(refs), func(r eventRef) bool {
		repeated := seen[r]
		seen[r] = true
		return repeated
	})
}

// Retry implements delivery.Store.
func (s *Store) Retry(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*delivery.Record, error) {
	err := s.audited(ctx, func(tx *gorm.DB) error {
		before, err := lockDelivery(tx, key(accountID), key(id))
		if err != nil {
			return err
		}
		res := unclaimed(tx).Model(&deliveryRow{}).Where("account_id = ? AND id = ?", key(accountID), key(id)).
			Updates(map[string]any{
				"status": int(sdk.DeliveryRetrying), "due_at": micros(now), "held": false, "first_attempt_at": nil, "updated_at": micros(now),
				"node_id": nil, "lease": nextLease,
			})
		if res.Error == nil && res.RowsAffected == 0 {
			return sdk.Errorf(sdk.CodeConflict, "The delivery is being attempted right now; try again in a moment")
		}
		if res.Error != nil {
			return res.Error
		}
		was, is := before.domain(), before.domain()
		is.Status, is.DueAt = sdk.DeliveryRetrying, now
		return delivery.NoteChange(ctx, &was, &is)
	})
	if err != nil {
		return nil, translate(err, "delivery")
	}
	return s.Delivery(ctx, accountID, id)
}

// lockDelivery reads what decides about a delivery, for a change by hand.
func lockDelivery(tx *gorm.DB, account, id key) (*deliveryRow, error) {
	var row deliveryRow
	err := tx.Clauses(forUpdate).Select("account_id", "id", "event_key", "subscription_id", "status", "attempt_count", "due_at", "node_id", "lease").
		Where("account_id = ? AND id = ?", account, id).Take(&row).Error
	return &row, err
}
