package unified

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// RotateSubscriptionSecret replaces the secret and shows the new one.
func (s *server) RotateSubscriptionSecret(ctx context.Context, req switchhook.RotateSubscriptionSecretRequestObject) (switchhook.RotateSubscriptionSecretResponseObject, error) {
	var r subscription.Rotation
	if b := req.Body; b != nil {
		r.Secret = sdk.Secret(value(b.Secret))
		if b.OverlapSeconds != nil {
			r.Overlap = new(time.Duration(*b.OverlapSeconds) * time.Second)
		}
	}
	sub, err := s.Subscriptions.RotateSecret(ctx, selector(ctx, req.ID), r)
	if err != nil {
		return nil, subscriptionError(err)
	}
	return switchhook.RotateSubscriptionSecret200JSONResponse{
		Body:    subscriptionWithSecret(sub),
		Headers: switchhook.RotateSubscriptionSecret200ResponseHeaders{ETag: etag(sub), CacheControl: noStore},
	}, nil
}

// TestSubscription publishes an event that one subscription alone gets. It counts
// against the account's limits as every other.
func (s *server) TestSubscription(ctx context.Context, req switchhook.TestSubscriptionRequestObject) (switchhook.TestSubscriptionResponseObject, error) {
	var eventType string
	var data []byte
	if b := req.Body; b != nil {
		eventType, data = value(b.Type), value(b.Data)
	}
	sample, err := s.Subscriptions.Sample(ctx, selector(ctx, req.ID), eventType, data)
	if err != nil {
		return nil, err
	}
	sub, c := sample.Subscription, callOf(ctx)
	if c.pace, err = s.Accounts.Admit(ctx, sub.AccountID, []sdk.Event{sample.Event}); err != nil {
		return nil, err
	}
	accepted, err := s.Events.PublishTo(ctx, sub.AccountID, sub.ID, sample.Event)
	if err != nil {
		return nil, err
	}
	policy, left := paceText(c.pace)
	return switchhook.TestSubscription202JSONResponse{
		Body:    switchhook.TestedSubscription{EventID: accepted.Key, DeliveryID: delivery.NewID(accepted.Key, sub.ID)},
		Headers: switchhook.TestSubscription202ResponseHeaders{RateLimitPolicy: optional(policy), RateLimit: optional(left)},
	}, nil
}
