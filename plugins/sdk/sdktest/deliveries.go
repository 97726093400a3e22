package sdktest

import (
	"context"
	"slices"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// ListDeliveries implements [sdk.Engine] over what [Engine.AddDelivery] recorded.
func (e *Engine) ListDeliveries(_ context.Context, q sdk.DeliveryQuery) (*sdk.DeliveryList, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure != nil {
		return nil, e.failure
	}
	var found []sdk.DeliveryRecord
	for _, d := range slices.Backward(e.deliveries) {
		if selects(q, d) {
			found = append(found, d)
		}
	}
	list := &sdk.DeliveryList{Total: len(found)}
	found = found[min(q.Offset, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	list.Deliveries = found
	return list, nil
}

func selects(q sdk.DeliveryQuery, d sdk.DeliveryRecord) bool {
	return (q.SubscriptionID == "" || q.SubscriptionID == d.SubscriptionID) &&
		(len(q.Statuses) == 0 || slices.Contains(q.Statuses, d.Status)) &&
		(len(q.EventTypes) == 0 || slices.Contains(q.EventTypes, d.EventType))
}
