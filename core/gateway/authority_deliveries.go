package gateway

import (
	"context"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Deliveries reads deliveries; see [delivery.Store].
type Deliveries interface {
	ListDeliveries(ctx context.Context, q delivery.Query) ([]delivery.Record, error)
	CountDeliveries(ctx context.Context, q delivery.Query) (int, error)
}

func (a *authority) ListDeliveries(ctx context.Context, in sdk.DeliveryQuery) (*sdk.DeliveryList, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.DeliveryList, error) {
		q := delivery.Query{
			AccountID: a.owner.AccountID, Provider: a.owner.Provider, Namespace: &a.owner.Namespace,
			Statuses: in.Statuses, EventTypes: in.EventTypes, Limit: min(pageSize(in.Limit), maxDeliveryPage), Offset: max(in.Offset, 0),
		}
		if in.SubscriptionID != "" {
			sub, err := a.subscriptions.Get(ctx, a.owner.Select(in.SubscriptionID))
			if err != nil {
				return nil, err
			}
			q.SubscriptionID = sub.ID
		}
		total, err := a.deliveries.CountDeliveries(ctx, q)
		if err != nil {
			return nil, err
		}
		records, err := a.deliveries.ListDeliveries(ctx, q)
		if err != nil {
			return nil, err
		}
		out := &sdk.DeliveryList{Total: total, Deliveries: make([]sdk.DeliveryRecord, len(records))}
		for i := range records {
			out.Deliveries[i] = deliveryContract(&records[i])
		}
		return out, nil
	})
}

// deliveryContract is a delivery as adapters see it.
func deliveryContract(r *delivery.Record) sdk.DeliveryRecord {
	out := sdk.DeliveryRecord{
		ID: r.ID.String(), SubscriptionID: r.SubscriptionExternalID, EventType: r.EventType,
		Verbatim: r.Verbatim, Status: r.Status, CreatedAt: r.CreatedAt,
	}
	if r.Event != nil {
		out.Event = r.Event.Event
	}
	for i := range r.Attempts {
		out.Attempts = append(out.Attempts, r.Attempts[i].Attempt)
	}
	return out
}
