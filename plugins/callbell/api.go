package callbell

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/gen/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// createdAtLayout is the form of the webhook's createdAt in the vendor's example.
const createdAtLayout = "2006-01-02 15:04:05 -0700"

// api serves the operations of openapi/callbell.yaml.
type api struct{}

var _ callbell.StrictServerInterface = (*api)(nil)

// Subscribe creates the account's webhook or replaces its URL and events and
// enables it. It updates first, because that keeps what this API does not have:
// the vendor changes the secret in its dashboard only, the gateway has headers too.
func (*api) Subscribe(ctx context.Context, req callbell.SubscribeRequestObject) (callbell.SubscribeResponseObject, error) {
	names, err := subscriptionNames(req.Body.Subscriptions)
	if err != nil {
		return nil, err
	}
	engine, enabled := sdk.EngineFrom(ctx), true
	sub, err := engine.UpdateSubscription(ctx, "", sdk.SubscriptionPatch{URL: &req.Body.URL, EventTypes: &names, Enabled: &enabled})
	if sdk.IsCode(err, sdk.CodeNotFound) {
		sub, _, err = engine.PutSubscription(ctx, sdk.SubscriptionSpec{URL: req.Body.URL, EventTypes: names, Enabled: true})
	}
	if err != nil {
		return nil, err
	}
	return callbell.Subscribe200JSONResponse{Webhook: webhook(sub)}, nil
}

// Unsubscribe removes the account's webhook.
func (*api) Unsubscribe(ctx context.Context, _ callbell.UnsubscribeRequestObject) (callbell.UnsubscribeResponseObject, error) {
	_, err := sdk.EngineFrom(ctx).DeleteSubscription(ctx, "")
	if sdk.IsCode(err, sdk.CodeNotFound) {
		return nil, sdk.Errorf(sdk.CodeNotFound, "The account has no webhook")
	}
	if err != nil {
		return nil, err
	}
	return callbell.Unsubscribe200JSONResponse{Status: "webhook was destroyed"}, nil
}

func webhook(s *sdk.Subscription) callbell.Webhook {
	return callbell.Webhook{
		URL:           s.URL,
		Subscriptions: s.EventTypes,
		CreatedAt:     s.CreatedAt.In(time.UTC).Format(createdAtLayout),
		Enabled:       s.Enabled,
	}
}
