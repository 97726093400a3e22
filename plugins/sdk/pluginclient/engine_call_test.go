package pluginclient

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestEngineCallsWithoutContent(t *testing.T) {
	t.Parallel()
	calls := []*adapterv1.EngineCall{
		{Call: &adapterv1.EngineCall_CreateSubscription{}},
		{Call: &adapterv1.EngineCall_PutSubscription{}},
		{Call: &adapterv1.EngineCall_GetSubscription{}},
		{Call: &adapterv1.EngineCall_ListSubscriptions{}},
		{Call: &adapterv1.EngineCall_UpdateSubscription{}},
		{Call: &adapterv1.EngineCall_DeleteSubscription{}},
		{Call: &adapterv1.EngineCall_ListDeliveries{}},
		{Call: &adapterv1.EngineCall_Probe{}},
		{Call: &adapterv1.EngineCall_PublishTo{}},
	}
	for _, c := range calls {
		// An engine that has no methods panics; so would a wire that trusts its input.
		x := &exchange{engine: emptyEngine{}}
		require.NotPanics(t, func() {
			reply, err := callEngine(t.Context(), x.engine, c)
			require.NoError(t, err)
			require.NotNil(t, reply.GetReply())
		})
	}
	_, err := callEngine(t.Context(), emptyEngine{}, &adapterv1.EngineCall{})
	require.Error(t, err)
}

func TestPublishedDataIsJSON(t *testing.T) {
	t.Parallel()
	for data, ok := range map[string]bool{"": true, `{"a":1}`: true, "a=1": false, "\"\xff\"": false} {
		_, err := callEngine(t.Context(), emptyEngine{}, &adapterv1.EngineCall{
			Call: &adapterv1.EngineCall_PublishTo{PublishTo: &adapterv1.PublishTo{Data: []byte(data)}},
		})
		require.Equal(t, !ok, sdk.IsCode(err, sdk.CodeInvalid), "%q: %v", data, err)
	}
}

// emptyEngine succeeds with nothing.
type emptyEngine struct{}

func (emptyEngine) CreateSubscription(context.Context, sdk.SubscriptionSpec) (*sdk.Subscription, error) {
	return &sdk.Subscription{}, nil
}

func (emptyEngine) PutSubscription(context.Context, sdk.SubscriptionSpec) (*sdk.Subscription, bool, error) {
	return &sdk.Subscription{}, true, nil
}

func (emptyEngine) GetSubscription(context.Context, string) (*sdk.Subscription, error) {
	return &sdk.Subscription{}, nil
}

func (emptyEngine) ListSubscriptions(context.Context, int, string) (*sdk.SubscriptionList, error) {
	return &sdk.SubscriptionList{}, nil
}

func (emptyEngine) UpdateSubscription(context.Context, string, sdk.SubscriptionPatch) (*sdk.Subscription, error) {
	return &sdk.Subscription{}, nil
}

func (emptyEngine) DeleteSubscription(context.Context, string) (*sdk.Subscription, error) {
	return &sdk.Subscription{}, nil
}

func (emptyEngine) ListDeliveries(context.Context, sdk.DeliveryQuery) (*sdk.DeliveryList, error) {
	return &sdk.DeliveryList{}, nil
}

func (emptyEngine) Probe(context.Context, sdk.Probe) (*sdk.ProbeResult, error) {
	return &sdk.ProbeResult{}, nil
}

func (emptyEngine) PublishTo(context.Context, string, string, []byte) (string, error) { return "", nil }
