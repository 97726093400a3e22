package pluginclient

import (
	"context"
	"errors"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// callEngine turns a call of the wire into one of the engine.
func callEngine(ctx context.Context, e sdk.Engine, call *adapterv1.EngineCall) (*adapterv1.EngineReply, error) {
	switch c := call.GetCall().(type) {
	case *adapterv1.EngineCall_CreateSubscription:
		sub, err := e.CreateSubscription(ctx, sdk.SubscriptionSpecFromProto(c.CreateSubscription.GetSpec()))
		return subscriptionReply(sub, true, err)
	case *adapterv1.EngineCall_PutSubscription:
		sub, created, err := e.PutSubscription(ctx, sdk.SubscriptionSpecFromProto(c.PutSubscription.GetSpec()))
		return subscriptionReply(sub, created, err)
	case *adapterv1.EngineCall_GetSubscription:
		sub, err := e.GetSubscription(ctx, c.GetSubscription.GetId())
		return subscriptionReply(sub, false, err)
	case *adapterv1.EngineCall_ListSubscriptions:
		return listSubscriptions(ctx, e, c.ListSubscriptions)
	case *adapterv1.EngineCall_UpdateSubscription:
		patch := sdk.SubscriptionPatchFromProto(c.UpdateSubscription.GetPatch())
		sub, err := e.UpdateSubscription(ctx, c.UpdateSubscription.GetId(), patch)
		return subscriptionReply(sub, false, err)
	case *adapterv1.EngineCall_DeleteSubscription:
		sub, err := e.DeleteSubscription(ctx, c.DeleteSubscription.GetId())
		return subscriptionReply(sub, false, err)
	case *adapterv1.EngineCall_ListDeliveries:
		return listDeliveries(ctx, e, c.ListDeliveries)
	case *adapterv1.EngineCall_Probe:
		return probe(ctx, e, c.Probe)
	case *adapterv1.EngineCall_PublishTo:
		in := c.PublishTo
		if data := in.GetData(); len(data) > 0 && !jsondata.Valid(data) {
			return nil, sdk.Errorf(sdk.CodeInvalid, "The event's data must be JSON")
		}
		id, err := e.PublishTo(ctx, in.GetSubscriptionId(), in.GetEventType(), in.GetData())
		return &adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Published{Published: &adapterv1.Published{EventId: id}}}, err
	default:
		return nil, errors.New("unknown engine call")
	}
}

func subscriptionReply(sub *sdk.Subscription, created bool, err error) (*adapterv1.EngineReply, error) {
	if err != nil {
		return nil, err
	}
	return &adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Subscription{
		Subscription: &adapterv1.SubscriptionReply{Subscription: sub.Proto(), Created: created},
	}}, nil
}

func listSubscriptions(ctx context.Context, e sdk.Engine, in *adapterv1.ListSubscriptions) (*adapterv1.EngineReply, error) {
	list, err := e.ListSubscriptions(ctx, int(in.GetLimit()), in.GetCursor())
	if err != nil {
		return nil, err
	}
	out := &adapterv1.SubscriptionList{NextCursor: list.NextCursor}
	for i := range list.Subscriptions {
		out.Subscriptions = append(out.Subscriptions, list.Subscriptions[i].Proto())
	}
	return &adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Subscriptions{Subscriptions: out}}, nil
}

func listDeliveries(ctx context.Context, e sdk.Engine, in *adapterv1.ListDeliveries) (*adapterv1.EngineReply, error) {
	list, err := e.ListDeliveries(ctx, sdk.DeliveryQueryFromProto(in))
	if err != nil {
		return nil, err
	}
	out := &adapterv1.DeliveryList{Total: uint64(max(list.Total, 0)), NextCursor: list.NextCursor}
	for i := range list.Deliveries {
		out.Deliveries = append(out.Deliveries, list.Deliveries[i].Proto())
	}
	return &adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Deliveries{Deliveries: out}}, nil
}

func probe(ctx context.Context, e sdk.Engine, in *adapterv1.Probe) (*adapterv1.EngineReply, error) {
	result, err := e.Probe(ctx, sdk.ProbeFromProto(in))
	if err != nil {
		return nil, err
	}
	return &adapterv1.EngineReply{Reply: &adapterv1.EngineReply_Probe{Probe: result.Proto()}}, nil
}
