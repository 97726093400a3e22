package gateway

import (
	"context"

	"github.com/google/uuid"

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
		q, err := a.deliveryQuery(ctx, in)
		if err != nil {
			return nil, err
		}
		total, err := a.deliveries.CountDeliveries(ctx, q)
		if err != nil || in.CountOnly {
			return &sdk.DeliveryList{Total: total}, err
		}
		limit := q.Limit
		q.Limit++ // one more tells whether there is a next page
		records, err := a.deliveries.ListDeliveries(ctx, q)
		if err != nil {
			return nil, err
		}
		out := &sdk.DeliveryList{Total: total}
		if len(records) > limit {
			records = records[:limit]
			out.NextCursor = cursorAfter(records[limit-1].ID)
		}
		out.Deliveries = make([]sdk.DeliveryRecord, len(records))
		for i := range records {
			out.Deliveries[i] = deliveryContract(&records[i])
		}
		return out, nil
	})
}

// deliveryQuery selects among the deliveries of the request's account, provider
// and namespace.
func (a *authority) deliveryQuery(ctx context.Context, in sdk.DeliveryQuery) (q delivery.Query, err error) {
	q = delivery.Query{
		AccountID: a.owner.AccountID, Provider: a.owner.Provider, Namespace: &a.owner.Namespace, Since: in.Since,
		Statuses: in.Statuses, EventTypes: in.EventTypes, Limit: min(pageSize(in.Limit), maxDeliveryPage), Offset: max(in.Offset, 0),
	}
	if q.Before, err = parseCursor(in.Cursor); err != nil {
		return q, err
	}
	if in.DeliveryID != "" {
		// An id that is none selects nothing, as an unknown one does.
		if q.ID, err = uuid.Parse(in.DeliveryID); err != nil {
			q.ID = uuid.Max
		}
	}
	if in.SubscriptionID != "" {
		sub, err := a.subscriptions.Get(ctx, a.owner.Select(in.SubscriptionID))
		if err != nil {
			return q, err
		}
		q.SubscriptionID = sub.ID
	}
	return q, nil
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
