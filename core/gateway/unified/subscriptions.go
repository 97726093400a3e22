package unified

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// defaultProvider is Switchhook's own flavour.
const defaultProvider = "standard"

// CreateSubscription makes a subscription; the answer shows its secret.
func (s *server) CreateSubscription(ctx context.Context, req switchhook.CreateSubscriptionRequestObject) (switchhook.CreateSubscriptionResponseObject, error) {
	b := req.Body
	o := subscription.Owner{AccountID: principal(ctx).AccountID, Provider: defaultProvider, Namespace: value(b.Namespace)}
	if b.Provider != nil {
		o.Provider = *b.Provider
	}
	sub, err := s.Subscriptions.CreateWith(ctx, o, specIn(b), optionsIn(b))
	if err != nil {
		return nil, subscriptionError(err)
	}
	return switchhook.CreateSubscription201JSONResponse{
		Body:    subscriptionWithSecret(sub),
		Headers: switchhook.CreateSubscription201ResponseHeaders{ETag: etag(sub), CacheControl: noStore},
	}, nil
}

// ListSubscriptions lists the account's subscriptions of any provider.
func (s *server) ListSubscriptions(ctx context.Context, req switchhook.ListSubscriptionsRequestObject) (switchhook.ListSubscriptionsResponseObject, error) {
	q := req.Params
	p, err := newPage(q.Limit, q.Cursor)
	if err != nil {
		return nil, err
	}
	subs, err := s.Subscriptions.List(ctx, subscription.Query{
		AccountID: principal(ctx).AccountID, Provider: value(q.Provider), Namespace: q.Namespace, After: p.last, Limit: p.fetch(),
	})
	if err != nil {
		return nil, err
	}
	subs, next := cut(p, subs, func(sub *subscription.Subscription) uuid.UUID { return sub.ID })
	items := make([]switchhook.Subscription, len(subs))
	for i := range subs {
		items[i] = subscriptionOut(&subs[i])
	}
	return switchhook.ListSubscriptions200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetSubscription reads one, without its secret.
func (s *server) GetSubscription(ctx context.Context, req switchhook.GetSubscriptionRequestObject) (switchhook.GetSubscriptionResponseObject, error) {
	sub, err := s.Subscriptions.Get(ctx, selector(ctx, req.ID))
	if err != nil {
		return nil, err
	}
	return switchhook.GetSubscription200JSONResponse{
		Body: subscriptionOut(sub), Headers: switchhook.GetSubscription200ResponseHeaders{ETag: etag(sub)},
	}, nil
}

// UpdateSubscription changes what the patch names, if the subscription is still
// in the state that If-Match names.
func (s *server) UpdateSubscription(ctx context.Context, req switchhook.UpdateSubscriptionRequestObject) (switchhook.UpdateSubscriptionResponseObject, error) {
	sel := selector(ctx, req.ID)
	version, err := s.matchVersion(ctx, sel, req.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	sub, err := s.Subscriptions.UpdateWith(ctx, sel, version, subscription.Patch{
		SubscriptionPatch: patchIn(req.Body), Options: optionsPatchIn(req.Body), DisabledReason: req.Body.DisabledReason,
	})
	if err != nil {
		return nil, staleError(version, subscriptionError(err))
	}
	return switchhook.UpdateSubscription200JSONResponse{
		Body: subscriptionOut(sub), Headers: switchhook.UpdateSubscription200ResponseHeaders{ETag: etag(sub)},
	}, nil
}

// DeleteSubscription removes one and cancels its open deliveries.
func (s *server) DeleteSubscription(ctx context.Context, req switchhook.DeleteSubscriptionRequestObject) (switchhook.DeleteSubscriptionResponseObject, error) {
	if _, err := s.Subscriptions.Delete(ctx, selector(ctx, req.ID)); err != nil {
		return nil, err
	}
	return switchhook.DeleteSubscription204Response{}, nil
}

func selector(ctx context.Context, id uuid.UUID) subscription.Selector {
	return subscription.ByID(principal(ctx).AccountID, id)
}
