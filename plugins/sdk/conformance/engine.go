package conformance

import (
	"context"
	"sync"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// watched is the engine of one request. It notes what the adapter asked.
type watched struct {
	sdk.Engine

	mu sync.Mutex
	// calls counts all, created and written those that made or changed something.
	calls, created, written int
	// refusal is the last error that a call was answered with.
	refusal *sdk.Error
	// blocked, where set, holds every call back until its context ends; entered
	// tells that one is held.
	blocked bool
	entered chan struct{}
}

func watch(e sdk.Engine) *watched { return &watched{Engine: e, entered: make(chan struct{}, 1)} }

// begin notes a call.
func (w *watched) begin(ctx context.Context) error {
	w.mu.Lock()
	w.calls++
	blocked := w.blocked
	w.mu.Unlock()
	if !blocked {
		return nil
	}
	select {
	case w.entered <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

// end notes how a call ended.
func (w *watched) end(err error, created, written bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil:
		w.refusal = sdk.AsError(err)
	case created:
		w.created++
		w.written++
	case written:
		w.written++
	}
}

// seen returns what was noted so far.
func (w *watched) seen() (calls, created, written int, refusal *sdk.Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls, w.created, w.written, w.refusal
}

// CreateSubscription implements [sdk.Engine].
func (w *watched) CreateSubscription(ctx context.Context, spec sdk.SubscriptionSpec) (*sdk.Subscription, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	sub, err := w.Engine.CreateSubscription(ctx, spec)
	w.end(err, true, true)
	return sub, err
}

// PutSubscription implements [sdk.Engine].
func (w *watched) PutSubscription(ctx context.Context, spec sdk.SubscriptionSpec) (*sdk.Subscription, bool, error) {
	if err := w.begin(ctx); err != nil {
		return nil, false, err
	}
	sub, created, err := w.Engine.PutSubscription(ctx, spec)
	w.end(err, created, true)
	return sub, created, err
}

// GetSubscription implements [sdk.Engine].
func (w *watched) GetSubscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	sub, err := w.Engine.GetSubscription(ctx, id)
	w.end(err, false, false)
	return sub, err
}

// ListSubscriptions implements [sdk.Engine].
func (w *watched) ListSubscriptions(ctx context.Context, limit int, cursor string) (*sdk.SubscriptionList, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	list, err := w.Engine.ListSubscriptions(ctx, limit, cursor)
	w.end(err, false, false)
	return list, err
}

// UpdateSubscription implements [sdk.Engine].
func (w *watched) UpdateSubscription(ctx context.Context, id string, patch sdk.SubscriptionPatch) (*sdk.Subscription, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	sub, err := w.Engine.UpdateSubscription(ctx, id, patch)
	w.end(err, false, true)
	return sub, err
}

// DeleteSubscription implements [sdk.Engine].
func (w *watched) DeleteSubscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	sub, err := w.Engine.DeleteSubscription(ctx, id)
	w.end(err, false, true)
	return sub, err
}

// ListDeliveries implements [sdk.Engine].
func (w *watched) ListDeliveries(ctx context.Context, q sdk.DeliveryQuery) (*sdk.DeliveryList, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	list, err := w.Engine.ListDeliveries(ctx, q)
	w.end(err, false, false)
	return list, err
}

// Probe implements [sdk.Engine].
func (w *watched) Probe(ctx context.Context, p sdk.Probe) (*sdk.ProbeResult, error) {
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	result, err := w.Engine.Probe(ctx, p)
	w.end(err, false, false)
	return result, err
}

// PublishTo implements [sdk.Engine].
func (w *watched) PublishTo(ctx context.Context, subscriptionID, eventType string, data []byte) (string, error) {
	if err := w.begin(ctx); err != nil {
		return "", err
	}
	id, err := w.Engine.PublishTo(ctx, subscriptionID, eventType, data)
	w.end(err, false, true)
	return id, err
}
