package unified

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/idempotency"
)

// call is one request on its way through the edge, and the context of it. What
// its layers find out stands here: a context value of each layer's own would
// copy the request as often.
type call struct {
	// Context is the caller's, with the span of the request once there is one.
	context.Context //nolint:containedctx // a call is a context, as context.WithValue's is
	id              string
	// header is the request's.
	header    http.Header
	operation *operation
	params    map[string]string
	principal *account.Principal
	body      []byte
	// pace is what the account's rate leaves it; nil if it has none.
	pace *account.Pace
	// once is what the request is by its Idempotency-Key; nil without one.
	once *idempotency.Request

	route chi.Context
	// pattern is room for the one that route gathers.
	pattern [1]string
}

type callKey struct{}

// Value implements context.Context. The router works in the call's own state, not
// in that of a router before this one: it would go by what that has left of the
// path.
func (c *call) Value(key any) any {
	switch key {
	case callKey{}:
		return c
	case chi.RouteCtxKey:
		return &c.route
	default:
		return c.Context.Value(key)
	}
}

// begin returns the request as a call with an id.
func begin(r *http.Request, id string) *http.Request {
	c := &call{Context: r.Context(), id: id, header: r.Header}
	c.route.RoutePatterns = c.pattern[:0]
	return r.WithContext(c)
}

// callOf returns the call that ctx belongs to; an empty one outside of any.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{Context: ctx}
}

// requestID is on every answer and in every log line.
func requestID(ctx context.Context) string { return callOf(ctx).id }

// principal is who asks.
func principal(ctx context.Context) *account.Principal { return callOf(ctx).principal }

// readParams takes the path's parameters from the route.
func (c *call) readParams() {
	route := c.route.URLParams
	if len(route.Keys) == 0 {
		return
	}
	c.params = make(map[string]string, len(route.Keys))
	for i, name := range route.Keys {
		value, err := url.PathUnescape(route.Values[i])
		if err != nil {
			value = route.Values[i]
		}
		c.params[name] = value
	}
}
