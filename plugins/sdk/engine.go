package sdk

import "context"

// Engine is what an adapter may ask of the gateway while it handles a request.
// Every call acts for the caller of that request only. Errors are [*Error].
type Engine interface {
	// CreateSubscription makes a subscription. Errors: invalid (URL, event types),
	// conflict (name), limit.
	CreateSubscription(ctx context.Context, spec SubscriptionSpec) (*Subscription, error)
	// PutSubscription replaces the caller's only subscription, or makes it, and
	// tells which. A secret that the spec leaves out stays. Of calls at the same
	// time one creates and the others update.
	PutSubscription(ctx context.Context, spec SubscriptionSpec) (sub *Subscription, created bool, err error)
	// GetSubscription reads one with its secret. An id of "" is the caller's only
	// subscription. Errors: not found.
	GetSubscription(ctx context.Context, id string) (*Subscription, error)
	// ListSubscriptions reads a page, oldest first, without secrets. A limit of 0
	// is the engine's own bound; a cursor of "" starts. Errors: invalid (cursor).
	ListSubscriptions(ctx context.Context, limit int, cursor string) (*SubscriptionList, error)
	// UpdateSubscription changes what the patch names. An id of "" is the caller's
	// only subscription. Errors: not found and those of create.
	UpdateSubscription(ctx context.Context, id string, patch SubscriptionPatch) (*Subscription, error)
	// DeleteSubscription removes one, cancels its open deliveries and returns its
	// last state. An id of "" is the caller's only subscription. Errors: not found.
	DeleteSubscription(ctx context.Context, id string) (*Subscription, error)
	// ListDeliveries reads deliveries with their attempts, newest first.
	ListDeliveries(ctx context.Context, q DeliveryQuery) (*DeliveryList, error)
}

// noEngine is the engine outside of a request.
type noEngine struct{}

var _ Engine = noEngine{}

func (noEngine) err() *Error {
	return Errorf(CodeInternal, "The engine can only be called while a request is handled")
}

func (e noEngine) CreateSubscription(context.Context, SubscriptionSpec) (*Subscription, error) {
	return nil, e.err()
}

func (e noEngine) PutSubscription(context.Context, SubscriptionSpec) (*Subscription, bool, error) {
	return nil, false, e.err()
}

func (e noEngine) GetSubscription(context.Context, string) (*Subscription, error) {
	return nil, e.err()
}

func (e noEngine) ListSubscriptions(context.Context, int, string) (*SubscriptionList, error) {
	return nil, e.err()
}

func (e noEngine) UpdateSubscription(context.Context, string, SubscriptionPatch) (*Subscription, error) {
	return nil, e.err()
}

func (e noEngine) DeleteSubscription(context.Context, string) (*Subscription, error) {
	return nil, e.err()
}

func (e noEngine) ListDeliveries(context.Context, DeliveryQuery) (*DeliveryList, error) {
	return nil, e.err()
}
