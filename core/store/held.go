package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/switchhook/switchhook/core/delivery"
)

// ClaimHeld implements delivery.Store.
func (s *Store) ClaimHeld(ctx context.Context, node uuid.UUID, ref delivery.SubscriptionRef, limit int) ([]delivery.Claimed, error) {
	return s.claimDeliveries(ctx, node, func(db *gorm.DB) *gorm.DB {
		return db.Where("account_id = ? AND subscription_id = ? AND held = TRUE", key(ref.AccountID), key(ref.SubscriptionID)).
			Order("id").Limit(limit)
	})
}

// heldSubscriptions jumps from one subscription to the next in the index: what
// it costs does not grow with the deliveries that are held. gorm has no words for
// a recursive query.
const heldSubscriptions = `
WITH RECURSIVE held_subscriptions (n, account_id, subscription_id) AS (
	SELECT 0, CAST(? AS %[1]s), CAST(? AS %[1]s)
	UNION ALL
	SELECT n + 1,
		(SELECT d.account_id FROM deliveries d WHERE d.held = TRUE AND (d.account_id, d.subscription_id) > (h.account_id, h.subscription_id)
			ORDER BY d.account_id, d.subscription_id LIMIT 1),
		(SELECT d.subscription_id FROM deliveries d WHERE d.held = TRUE AND (d.account_id, d.subscription_id) > (h.account_id, h.subscription_id)
			ORDER BY d.account_id, d.subscription_id LIMIT 1)
	FROM held_subscriptions h WHERE n < ? AND h.account_id IS NOT NULL
)
SELECT account_id, subscription_id FROM held_subscriptions WHERE n > 0 AND account_id IS NOT NULL ORDER BY n`

// HeldSubscriptions implements delivery.Store.
func (s *Store) HeldSubscriptions(ctx context.Context, after delivery.SubscriptionRef, limit int) ([]delivery.SubscriptionRef, error) {
	var rows []struct{ AccountID, SubscriptionID key }
	err := s.read.WithContext(ctx).
		Raw(fmt.Sprintf(heldSubscriptions, s.dialect.bytes()), key(after.AccountID), key(after.SubscriptionID), page(limit)).Scan(&rows).Error
	if err != nil {
		return nil, translate(err, "held delivery")
	}
	out := make([]delivery.SubscriptionRef, len(rows))
	for i, r := range rows {
		out[i] = delivery.SubscriptionRef{AccountID: uuid.UUID(r.AccountID), SubscriptionID: uuid.UUID(r.SubscriptionID)}
	}
	return out, nil
}

// backlog counts in one statement, so that what is claimed meanwhile is counted
// once. Each part reads an index alone, for which SQLite must see the index's own
// "held = TRUE", not "held". A delivery is in at most one of them. Events that wait
// for their time are no backlog.
const backlog = `
SELECT account_id, count(*) AS n FROM pending_events GROUP BY account_id
UNION ALL SELECT account_id, -count(*) FROM pending_events WHERE due_at IS NOT NULL GROUP BY account_id
UNION ALL SELECT account_id, count(*) FROM deliveries WHERE due_at IS NOT NULL GROUP BY account_id
UNION ALL SELECT account_id, count(*) FROM deliveries WHERE node_id IS NOT NULL GROUP BY account_id
UNION ALL SELECT account_id, count(*) FROM deliveries WHERE held = TRUE GROUP BY account_id`

// Backlog implements delivery.Store.
func (s *Store) Backlog(ctx context.Context) (map[uuid.UUID]int64, error) {
	var rows []struct {
		AccountID key
		N         int64
	}
	if err := s.read.WithContext(ctx).Raw(backlog).Scan(&rows).Error; err != nil {
		return nil, translate(err, "backlog")
	}
	out := map[uuid.UUID]int64{}
	for _, r := range rows {
		out[uuid.UUID(r.AccountID)] += r.N
	}
	return out, nil
}
