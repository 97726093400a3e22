package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// batch is n events with one outcome each, of 1 KiB.
func batch(b testing.TB, node, accountID uuid.UUID, n int) journal.Batch {
	b.Helper()
	return mixed(b, node, accountID, n, 1)
}

// mixed is n events of 1 KiB with so many outcomes each.
func mixed(b testing.TB, node, accountID uuid.UUID, n, outcomes int) journal.Batch {
	b.Helper()
	out := journal.Batch{Node: node}
	for range n {
		key, err := uuid.NewV7()
		require.NoError(b, err)
		now := time.Now()
		e := &event.Event{
			AccountID: accountID, Key: key, AcceptedAt: now,
			Event: sdk.Event{ID: key.String(), Source: "/bench", Type: "order.created", Time: now, Data: make([]byte, 1024)},
		}
		out.Events = append(out.Events, journal.Entry{Event: e, Owned: true})
		for i := range outcomes {
			subscription := accountID
			subscription[15] += byte(i)
			out.Outcomes = append(out.Outcomes, &delivery.Outcome{
				Delivery: delivery.Delivery{
					AccountID: accountID, ID: delivery.NewID(key, subscription), EventKey: key, SubscriptionID: subscription,
					Provider: "standard", EventType: e.Type, Status: sdk.DeliveryDelivered, AttemptCount: 1, CreatedAt: now, UpdatedAt: now,
				},
				Attempt: &delivery.Attempt{Attempt: sdk.Attempt{Number: 1, StartedAt: now, ResponseStatus: 200}, TraceID: key.String(), Sent: make(delivery.Sent, 50)},
				Settles: i == outcomes-1,
			})
		}
	}
	return out
}
