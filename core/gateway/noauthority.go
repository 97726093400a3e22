package gateway

import (
	"context"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// noAuthority is the engine of a request that may do nothing: one that has
// failed already, or of an operation that asks for no key.
type noAuthority struct{}

var _ sdk.Engine = noAuthority{}

func (noAuthority) err() *sdk.Error {
	return sdk.Errorf(sdk.CodeDenied, "This request has no authority over the engine")
}

func (n noAuthority) CreateSubscription(context.Context, sdk.SubscriptionSpec) (*sdk.Subscription, error) {
	return nil, n.err()
}

func (n noAuthority) PutSubscription(context.Context, sdk.SubscriptionSpec) (*sdk.Subscription, bool, error) {
	return nil, false, n.err()
}

func (n noAuthority) GetSubscription(context.Context, string) (*sdk.Subscription, error) {
	return nil, n.err()
}

func (n noAuthority) ListSubscriptions(context.Context, int, string) (*sdk.SubscriptionList, error) {
	return nil, n.err()
}

func (n noAuthority) UpdateSubscription(context.Context, string, sdk.SubscriptionPatch) (*sdk.Subscription, error) {
	return nil, n.err()
}

func (n noAuthority) DeleteSubscription(context.Context, string) (*sdk.Subscription, error) {
	return nil, n.err()
}

func (n noAuthority) ListDeliveries(context.Context, sdk.DeliveryQuery) (*sdk.DeliveryList, error) {
	return nil, n.err()
}
