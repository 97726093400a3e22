package vonage

import (
	"context"

	"github.com/switchhook/switchhook/gen/vonage"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// api serves the operations of openapi/vonage.yaml.
type api struct{}

var _ vonage.StrictServerInterface = (*api)(nil)

// ListEventTypes lists the catalogue with its JSON Schemas.
func (*api) ListEventTypes(context.Context, vonage.ListEventTypesRequestObject) (vonage.ListEventTypesResponseObject, error) {
	list := vonage.EventTypeList{EventTypes: make([]vonage.EventType, len(eventTypes))}
	for i, t := range eventTypes {
		list.EventTypes[i] = vonage.EventType{Name: t.Name, Description: t.Description, JSONSchema: t.JSONSchema}
	}
	return vonage.ListEventTypes200ApplicationVndNewvoicemediaV1PlusJSONResponse{
		Body:    list,
		Headers: vonage.ListEventTypes200ResponseHeaders{CacheControl: cacheControl},
	}, nil
}

// CreateSubscription makes a subscription; the answer alone shows its secret.
func (*api) CreateSubscription(ctx context.Context, req vonage.CreateSubscriptionRequestObject) (vonage.CreateSubscriptionResponseObject, error) {
	b := req.Body
	if err := check(&b.Events, b.Secret); err != nil {
		return nil, err
	}
	spec := sdk.SubscriptionSpec{Name: b.Name, URL: b.URL, EventTypes: b.Events, Enabled: b.Enabled == nil || *b.Enabled}
	if b.Secret != nil {
		spec.Secret = sdk.Secret(*b.Secret)
	}
	sub, err := sdk.EngineFrom(ctx).CreateSubscription(ctx, spec)
	if err != nil {
		return nil, err
	}
	return vonage.CreateSubscription200ApplicationVndNewvoicemediaV1PlusJSONResponse{
		Body: vonage.CreatedSubscription{
			SubscriptionID: sub.ID, Name: sub.Name, URL: sub.URL, Events: sub.EventTypes, Enabled: sub.Enabled,
			Secret: sub.Secret.Reveal(),
		},
		Headers: vonage.CreateSubscription200ResponseHeaders{CacheControl: cacheControl},
	}, nil
}

// ListSubscriptions lists all subscriptions: the vendor's list has no pages.
func (*api) ListSubscriptions(ctx context.Context, _ vonage.ListSubscriptionsRequestObject) (vonage.ListSubscriptionsResponseObject, error) {
	subs, err := sdk.AllSubscriptions(ctx)
	if err != nil {
		return nil, err
	}
	list := vonage.SubscriptionList{Subscriptions: make([]vonage.Subscription, len(subs))}
	for i := range subs {
		list.Subscriptions[i] = subscription(&subs[i])
	}
	return vonage.ListSubscriptions200ApplicationVndNewvoicemediaV1PlusJSONResponse{
		Body:    list,
		Headers: vonage.ListSubscriptions200ResponseHeaders{CacheControl: cacheControl},
	}, nil
}

// GetSubscription reads one subscription.
func (*api) GetSubscription(ctx context.Context, req vonage.GetSubscriptionRequestObject) (vonage.GetSubscriptionResponseObject, error) {
	sub, err := sdk.EngineFrom(ctx).GetSubscription(ctx, req.SubscriptionID)
	if err != nil {
		return nil, notFound(err)
	}
	return vonage.GetSubscription200ApplicationVndNewvoicemediaV1PlusJSONResponse{
		Body:    subscription(sub),
		Headers: vonage.GetSubscription200ResponseHeaders{CacheControl: cacheControl},
	}, nil
}

// UpdateSubscription changes what the body names.
func (*api) UpdateSubscription(ctx context.Context, req vonage.UpdateSubscriptionRequestObject) (vonage.UpdateSubscriptionResponseObject, error) {
	b := req.Body
	if err := check(b.Events, b.Secret); err != nil {
		return nil, err
	}
	sub, err := sdk.EngineFrom(ctx).UpdateSubscription(ctx, req.SubscriptionID, sdk.SubscriptionPatch{
		Name: b.Name, URL: b.URL, EventTypes: b.Events, Enabled: b.Enabled, Secret: (*sdk.Secret)(b.Secret),
	})
	if err != nil {
		return nil, notFound(err)
	}
	return vonage.UpdateSubscription200ApplicationVndNewvoicemediaV1PlusJSONResponse{
		Body:    subscription(sub),
		Headers: vonage.UpdateSubscription200ResponseHeaders{CacheControl: cacheControl},
	}, nil
}

// DeleteSubscription removes one subscription. That it can be deleted is
// documented, the answer is not: 204.
func (*api) DeleteSubscription(ctx context.Context, req vonage.DeleteSubscriptionRequestObject) (vonage.DeleteSubscriptionResponseObject, error) {
	if _, err := sdk.EngineFrom(ctx).DeleteSubscription(ctx, req.SubscriptionID); err != nil {
		return nil, notFound(err)
	}
	return vonage.DeleteSubscription204Response{Headers: vonage.DeleteSubscription204ResponseHeaders{CacheControl: cacheControl}}, nil
}

// check holds the parts of a body that the document cannot describe.
func check(events *[]string, secret *string) error {
	if events != nil {
		if err := checkEvents(*events); err != nil {
			return err
		}
	}
	if secret != nil {
		return checkSecret(*secret)
	}
	return nil
}

func notFound(err error) error {
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return errNoSubscription()
	}
	return err
}

func subscription(s *sdk.Subscription) vonage.Subscription {
	return vonage.Subscription{SubscriptionID: s.ID, Name: s.Name, URL: s.URL, Events: s.EventTypes, Enabled: s.Enabled}
}
