package sdk

import (
	"context"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// engineClient is the engine of one Handle stream. Calls may overlap: each has
// an id, and receive hands its reply on.
type engineClient struct {
	send func(*adapterv1.HandleResponse) error

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan *adapterv1.EngineReply
	ended   bool
}

var _ Engine = (*engineClient)(nil)

func newEngineClient(send func(*adapterv1.HandleResponse) error) *engineClient {
	return &engineClient{send: send, waiting: map[uint64]chan *adapterv1.EngineReply{}}
}

// errNotText answers a call that cannot be carried: gRPC would end the stream for
// it. An id is what the path says, as bytes; made text, nothing has it.
var errNotText = Errorf(CodeInvalid, "The request has text that is not UTF-8")

var errStreamEnded = Errorf(CodeUnavailable, "The request has ended")

// call sends one call and waits for its reply.
func (e *engineClient) call(ctx context.Context, c *adapterv1.EngineCall) (*adapterv1.EngineReply, error) {
	if _, err := proto.Marshal(c); err != nil {
		return nil, errNotText
	}
	replies, err := e.start(c)
	if err != nil {
		return nil, err
	}
	select {
	case reply, ok := <-replies:
		if !ok {
			return nil, errStreamEnded
		}
		if reply.GetError() != nil {
			return nil, ErrorFromProto(reply.GetError())
		}
		return reply, nil
	case <-ctx.Done():
		e.forget(c.GetId())
		return nil, AsError(ctx.Err())
	}
}

// forget drops a call that nobody waits for any more.
func (e *engineClient) forget(id uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.waiting, id)
}

// start registers the call and sends it. The lock spans both, since a stream
// takes one sender at a time.
func (e *engineClient) start(c *adapterv1.EngineCall) (<-chan *adapterv1.EngineReply, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return nil, errStreamEnded
	}
	e.lastID++
	c.Id = e.lastID
	replies := make(chan *adapterv1.EngineReply, 1)
	e.waiting[c.Id] = replies
	if err := e.send(&adapterv1.HandleResponse{Message: &adapterv1.HandleResponse_Call{Call: c}}); err != nil {
		delete(e.waiting, c.Id)
		return nil, errStreamEnded
	}
	return replies, nil
}

// receive hands a reply to its call; replies to unknown calls are dropped.
func (e *engineClient) receive(reply *adapterv1.EngineReply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if replies, ok := e.waiting[reply.GetId()]; ok {
		delete(e.waiting, reply.GetId())
		replies <- reply
	}
}

// end fails the calls that still wait, and every later one.
func (e *engineClient) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	for id, replies := range e.waiting {
		delete(e.waiting, id)
		close(replies)
	}
}

func (e *engineClient) subscription(ctx context.Context, c *adapterv1.EngineCall) (*Subscription, bool, error) {
	reply, err := e.call(ctx, c)
	if err != nil {
		return nil, false, err
	}
	p := reply.GetSubscription()
	if p.GetSubscription() == nil {
		return nil, false, Errorf(CodeInternal, "The engine answered without a subscription")
	}
	return SubscriptionFromProto(p.GetSubscription()), p.GetCreated(), nil
}

// CreateSubscription asks the gateway; see [Engine].
func (e *engineClient) CreateSubscription(ctx context.Context, spec SubscriptionSpec) (*Subscription, error) {
	sub, _, err := e.subscription(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_CreateSubscription{
		CreateSubscription: &adapterv1.CreateSubscription{Spec: spec.Proto()},
	}})
	return sub, err
}

// PutSubscription asks the gateway; see [Engine].
func (e *engineClient) PutSubscription(ctx context.Context, spec SubscriptionSpec) (*Subscription, bool, error) {
	return e.subscription(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_PutSubscription{
		PutSubscription: &adapterv1.PutSubscription{Spec: spec.Proto()},
	}})
}

// GetSubscription asks the gateway; see [Engine].
func (e *engineClient) GetSubscription(ctx context.Context, id string) (*Subscription, error) {
	sub, _, err := e.subscription(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_GetSubscription{
		GetSubscription: &adapterv1.GetSubscription{Id: wireText(id)},
	}})
	return sub, err
}

// ListSubscriptions asks the gateway; see [Engine].
func (e *engineClient) ListSubscriptions(ctx context.Context, limit int, cursor string) (*SubscriptionList, error) {
	reply, err := e.call(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_ListSubscriptions{
		ListSubscriptions: &adapterv1.ListSubscriptions{Limit: uint32(max(limit, 0)), Cursor: cursor}, //nolint:gosec // bounded below
	}})
	if err != nil {
		return nil, err
	}
	if reply.GetSubscriptions() == nil {
		return nil, Errorf(CodeInternal, "The engine answered without a list of subscriptions")
	}
	list := &SubscriptionList{NextCursor: reply.GetSubscriptions().GetNextCursor()}
	for _, p := range reply.GetSubscriptions().GetSubscriptions() {
		list.Subscriptions = append(list.Subscriptions, *SubscriptionFromProto(p))
	}
	return list, nil
}

// UpdateSubscription asks the gateway; see [Engine].
func (e *engineClient) UpdateSubscription(ctx context.Context, id string, patch SubscriptionPatch) (*Subscription, error) {
	sub, _, err := e.subscription(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_UpdateSubscription{
		UpdateSubscription: &adapterv1.UpdateSubscription{Id: wireText(id), Patch: patch.Proto()},
	}})
	return sub, err
}

// DeleteSubscription asks the gateway; see [Engine].
func (e *engineClient) DeleteSubscription(ctx context.Context, id string) (*Subscription, error) {
	sub, _, err := e.subscription(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_DeleteSubscription{
		DeleteSubscription: &adapterv1.DeleteSubscription{Id: wireText(id)},
	}})
	return sub, err
}

// ListDeliveries asks the gateway; see [Engine].
func (e *engineClient) ListDeliveries(ctx context.Context, q DeliveryQuery) (*DeliveryList, error) {
	reply, err := e.call(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_ListDeliveries{ListDeliveries: q.Proto()}})
	if err != nil {
		return nil, err
	}
	if reply.GetDeliveries() == nil {
		return nil, Errorf(CodeInternal, "The engine answered without a list of deliveries")
	}
	list := &DeliveryList{
		Total:      int(reply.GetDeliveries().GetTotal()), //nolint:gosec // a count of rows
		NextCursor: reply.GetDeliveries().GetNextCursor(),
	}
	for _, p := range reply.GetDeliveries().GetDeliveries() {
		list.Deliveries = append(list.Deliveries, DeliveryRecordFromProto(p))
	}
	return list, nil
}

func (e *engineClient) Probe(ctx context.Context, p Probe) (*ProbeResult, error) {
	reply, err := e.call(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_Probe{Probe: p.Proto()}})
	if err != nil {
		return nil, err
	}
	result := ProbeResultFromProto(reply.GetProbe())
	return &result, nil
}

func (e *engineClient) PublishTo(ctx context.Context, subscriptionID, eventType string, data []byte) (string, error) {
	reply, err := e.call(ctx, &adapterv1.EngineCall{Call: &adapterv1.EngineCall_PublishTo{
		PublishTo: &adapterv1.PublishTo{SubscriptionId: wireText(subscriptionID), EventType: eventType, Data: data},
	}})
	if err != nil {
		return "", err
	}
	return reply.GetPublished().GetEventId(), nil
}
