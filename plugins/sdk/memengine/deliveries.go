package memengine

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
	if q.SubscriptionID != "" {
		if _, err := e.find(q.SubscriptionID); err != nil {
			return nil, err
		}
	}
	var found []sdk.DeliveryRecord
	for _, d := range slices.Backward(e.deliveries) {
		if selects(q, d) {
			found = append(found, d)
		}
	}
	list := &sdk.DeliveryList{Total: len(found)}
	if q.CountOnly {
		return list, nil
	}
	if q.Cursor != "" {
		i := slices.IndexFunc(found, func(d sdk.DeliveryRecord) bool { return d.ID == q.Cursor })
		if i < 0 {
			return nil, sdk.InvalidField("/cursor", "must be a cursor that a list has returned")
		}
		found = found[i+1:]
	}
	found = found[min(q.Offset, len(found)):]
	if q.Limit > 0 && q.Limit < len(found) {
		found = found[:q.Limit]
		list.NextCursor = found[q.Limit-1].ID
	}
	list.Deliveries = found
	return list, nil
}

func selects(q sdk.DeliveryQuery, d sdk.DeliveryRecord) bool {
	return (q.DeliveryID == "" || q.DeliveryID == d.ID) && !d.CreatedAt.Before(q.Since) &&
		(q.SubscriptionID == "" || q.SubscriptionID == d.SubscriptionID) &&
		(len(q.Statuses) == 0 || slices.Contains(q.Statuses, d.Status)) &&
		(len(q.EventTypes) == 0 || slices.Contains(q.EventTypes, d.EventType))
}
