package sdk

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

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
	// ListDeliveries reads deliveries with their attempts, newest first. Errors:
	// not found (the subscription), invalid (cursor).
	ListDeliveries(ctx context.Context, q DeliveryQuery) (*DeliveryList, error)
	// Probe sends one request to a subscriber, through the guard that deliveries go
	// through, as vendors do to verify a URL. Errors: invalid (URL).
	Probe(ctx context.Context, p Probe) (*ProbeResult, error)
	// PublishTo publishes an event of a native type, its data the payload, to one
	// enabled subscription, whatever its patterns and filters, and returns the
	// event's id. Errors: not found, invalid (event type, data).
	PublishTo(ctx context.Context, subscriptionID, eventType string, data []byte) (eventID string, err error)
}

// AllSubscriptions reads every page of the caller's subscriptions, for lists that the
// vendor has no pages of. Errors are those of ListSubscriptions.
func AllSubscriptions(ctx context.Context) ([]Subscription, error) {
	var all []Subscription
	for cursor := ""; ; {
		page, err := EngineFrom(ctx).ListSubscriptions(ctx, 0, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Subscriptions...)
		if cursor = page.NextCursor; cursor == "" {
			return all, nil
		}
	}
}

// Probe is a request to a subscriber.
type Probe struct {
	// Method defaults to GET.
	Method  string
	URL     string
	Headers []Header
	Body    []byte
	// Timeout is at most, and defaults to, the engine's own bound of ten seconds.
	Timeout time.Duration
	// Background makes Probe return at once with an empty result. Where the request
	// fails, or is not answered with ExpectBody and a status of 2xx, the failure
	// becomes the LastError of SubscriptionID.
	Background     bool
	SubscriptionID string
	ExpectBody     []byte
}

// ProbeResult is what came of a probe.
type ProbeResult struct {
	// Status is 0 when no answer came.
	Status  int
	Headers []Header
	// Body is the start of the answer's body.
	Body []byte
	// Error is why no answer came, fit for the subscriber.
	Error string
}

// Failure says why a result is not what the probe expects; "" if it is.
func (p Probe) Failure(r ProbeResult) string {
	switch {
	case r.Error != "":
		return r.Error
	case r.Status < http.StatusOK || r.Status >= http.StatusMultipleChoices:
		return fmt.Sprintf("the verification request was answered with HTTP %d", r.Status)
	case len(p.ExpectBody) > 0 && !bytes.Equal(bytes.TrimSpace(r.Body), p.ExpectBody):
		return "the verification request was not answered with the expected body"
	default:
		return ""
	}
}

// RefuseCalls returns an engine that answers every call with err.
func RefuseCalls(err *Error) Engine { return refusing{err} }

var outsideRequest = RefuseCalls(Errorf(CodeInternal, "The engine can only be called while a request is handled"))

type refusing struct{ err *Error }

func (r refusing) CreateSubscription(context.Context, SubscriptionSpec) (*Subscription, error) {
	return nil, r.err
}

func (r refusing) PutSubscription(context.Context, SubscriptionSpec) (*Subscription, bool, error) {
	return nil, false, r.err
}

func (r refusing) GetSubscription(context.Context, string) (*Subscription, error) {
	return nil, r.err
}

func (r refusing) ListSubscriptions(context.Context, int, string) (*SubscriptionList, error) {
	return nil, r.err
}

func (r refusing) UpdateSubscription(context.Context, string, SubscriptionPatch) (*Subscription, error) {
	return nil, r.err
}

func (r refusing) DeleteSubscription(context.Context, string) (*Subscription, error) {
	return nil, r.err
}

func (r refusing) ListDeliveries(context.Context, DeliveryQuery) (*DeliveryList, error) {
	return nil, r.err
}

func (r refusing) Probe(context.Context, Probe) (*ProbeResult, error) { return nil, r.err }

func (r refusing) PublishTo(context.Context, string, string, []byte) (string, error) {
	return "", r.err
}
