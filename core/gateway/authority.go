package gateway

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	defaultPage = 100
	maxPage     = 500
	// maxDeliveryPage is less: each delivery carries its event's data, and a page
	// must fit in one message to the plugin.
	maxDeliveryPage = 100
)

// Subscriptions makes and changes subscriptions; see [subscription.Service].
type Subscriptions interface {
	Create(ctx context.Context, o subscription.Owner, spec sdk.SubscriptionSpec) (*subscription.Subscription, error)
	Put(ctx context.Context, o subscription.Owner, spec sdk.SubscriptionSpec) (*subscription.Subscription, bool, error)
	Get(ctx context.Context, sel subscription.Selector) (*subscription.Subscription, error)
	List(ctx context.Context, q subscription.Query) ([]subscription.Subscription, error)
	Update(ctx context.Context, sel subscription.Selector, version int64, patch sdk.SubscriptionPatch) (*subscription.Subscription, error)
	Delete(ctx context.Context, sel subscription.Selector) (*subscription.Subscription, error)
	NoteError(ctx context.Context, sel subscription.Selector, message string) error
}

// engine is what authorities act with.
type engine struct {
	subscriptions Subscriptions
	deliveries    Deliveries
	events        Publisher
	limits        Limits // may be nil
	prober        Prober
	background    *background
	log           *slog.Logger
}

// noAuthority is the engine of a request that may do nothing: one that has
// failed already, or of an operation that asks for no key.
var noAuthority = sdk.RefuseCalls(sdk.Errorf(sdk.CodeDenied, "This request has no authority over the engine"))

// authority is the engine of one request: it acts for the account, provider and
// namespace of that request only, and only while the request lives.
type authority struct {
	// request ends with the request, and the authority with it. It is kept since
	// calls come with contexts of their own.
	request context.Context
	*engine
	owner subscription.Owner
}

var _ sdk.Engine = (*authority)(nil)

// newAuthority returns the engine of the request that ctx belongs to.
func newAuthority(ctx context.Context, e *engine, owner subscription.Owner) *authority {
	return &authority{request: ctx, engine: e, owner: owner}
}

// call runs one engine call under the authority of the request.
func call[T any](ctx context.Context, a *authority, f func(ctx context.Context) (T, error)) (T, error) {
	var none T
	if a.request.Err() != nil {
		return none, sdk.Errorf(sdk.CodeUnavailable, "The request has ended")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.request, cancel)()
	out, err := f(audit.Carry(ctx, a.request))
	if err != nil {
		return none, a.public(ctx, err)
	}
	return out, nil
}

// public is what the adapter may know of an error; the rest is logged.
func (a *authority) public(ctx context.Context, err error) error {
	if e := (*sdk.Error)(nil); !errors.As(err, &e) && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "engine call failed",
			slog.String("request_id", RequestID(a.request)), slog.String("provider", a.owner.Provider),
			slog.String("account", a.owner.AccountID.String()), slog.Any("error", err))
	}
	return sdk.AsError(err)
}

// contract is a subscription as adapters see it.
func contract(s *subscription.Subscription, err error) (*sdk.Subscription, error) {
	if err != nil {
		return nil, err
	}
	return s.Contract(), nil
}

func (a *authority) CreateSubscription(ctx context.Context, spec sdk.SubscriptionSpec) (*sdk.Subscription, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.Subscription, error) {
		return contract(a.subscriptions.Create(ctx, a.owner, spec))
	})
}

func (a *authority) PutSubscription(ctx context.Context, spec sdk.SubscriptionSpec) (sub *sdk.Subscription, created bool, err error) {
	sub, err = call(ctx, a, func(ctx context.Context) (*sdk.Subscription, error) {
		s, is, err := a.subscriptions.Put(ctx, a.owner, spec)
		created = is
		return contract(s, err)
	})
	return sub, created && err == nil, err
}

func (a *authority) GetSubscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.Subscription, error) {
		return contract(a.subscriptions.Get(ctx, a.owner.Select(id)))
	})
}

func (a *authority) UpdateSubscription(ctx context.Context, id string, patch sdk.SubscriptionPatch) (*sdk.Subscription, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.Subscription, error) {
		return contract(a.subscriptions.Update(ctx, a.owner.Select(id), 0, patch))
	})
}

func (a *authority) DeleteSubscription(ctx context.Context, id string) (*sdk.Subscription, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.Subscription, error) {
		return contract(a.subscriptions.Delete(ctx, a.owner.Select(id)))
	})
}

func (a *authority) ListSubscriptions(ctx context.Context, limit int, cursor string) (*sdk.SubscriptionList, error) {
	return call(ctx, a, func(ctx context.Context) (*sdk.SubscriptionList, error) {
		after, err := parseCursor(cursor)
		if err != nil {
			return nil, err
		}
		limit := pageSize(limit)
		subs, err := a.subscriptions.List(ctx, subscription.Query{
			AccountID: a.owner.AccountID, Provider: a.owner.Provider, Namespace: &a.owner.Namespace,
			After: after, Limit: limit + 1, // one more tells whether there is a next page
		})
		if err != nil {
			return nil, err
		}
		out := &sdk.SubscriptionList{}
		if len(subs) > limit {
			subs = subs[:limit]
			out.NextCursor = cursorAfter(subs[limit-1].ID)
		}
		for i := range subs {
			s := *subs[i].Contract() // a copy: the original may be shared
			s.Secret = ""
			out.Subscriptions = append(out.Subscriptions, s)
		}
		return out, nil
	})
}

// cursorAfter is the cursor of the page after an id.
func cursorAfter(id uuid.UUID) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// parseCursor reads the id that the page before ended with.
func parseCursor(cursor string) (uuid.UUID, error) {
	if cursor == "" {
		return uuid.Nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if id, idErr := uuid.FromBytes(b); err == nil && idErr == nil {
		return id, nil
	}
	return uuid.Nil, explain.Invalid(sdk.FieldError{In: "query", Field: "cursor", Message: "must be a cursor that a list has returned"})
}

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}
