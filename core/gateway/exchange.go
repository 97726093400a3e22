package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/audit"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// exchange is one request of a vendor API on its road.
type exchange struct {
	g       *Gateway
	flavour *flavour
	w       *recorder
	r       *http.Request
	// path is canonical; below the document's server URL once it is routed.
	path string

	op          *operation // nil until it is known
	params      map[string]string
	principal   *account.Principal // nil until, or unless, it is known
	body        []byte
	contentType string // of the body; "" leaves the client's own
	namespace   string
}

// road lists the checks in their order: who is not authenticated learns nothing
// of what the API takes.
var road = []func(*exchange) *sdk.Error{
	(*exchange).find, (*exchange).authorize, (*exchange).pace, (*exchange).negotiate,
	(*exchange).read, (*exchange).settleContentType, (*exchange).validate, (*exchange).settleNamespace,
}

// serve takes a request down the road. A panic becomes the vendor's internal
// error, once.
func (x *exchange) serve() {
	defer func() {
		if p := recover(); p != nil {
			x.recovered(p)
			x.fail(&sdk.Error{Code: sdk.CodeInternal, Message: "Internal error"})
		}
	}()
	for _, step := range road {
		if failure := step(x); failure != nil {
			x.fail(failure)
			return
		}
	}
	x.handle()
}

// recovered notes a panic, or passes it on when the answer has begun.
func (x *exchange) recovered(p any) {
	if p == http.ErrAbortHandler || x.w.status != 0 { //nolint:errorlint,err113 // net/http compares by identity too
		panic(p)
	}
	x.w.cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
}

func (x *exchange) find() *sdk.Error {
	path, ok := below(x.flavour.base, x.path)
	x.path = path
	if !ok {
		return sdk.Errorf(sdk.CodeNotFound, "There is no such path")
	}
	op, params, failure := x.flavour.route(x.r.Method, path)
	if failure != nil {
		return failure
	}
	x.op, x.params = op, params
	x.w.route = "/" + x.flavour.provider.Name() + x.flavour.base + op.template
	return nil
}

func (x *exchange) settleNamespace() *sdk.Error {
	namespace, failure := x.op.namespace.fill(x.params)
	x.namespace = namespace
	return failure
}

// handle has the adapter answer, with the engine at its hand.
func (x *exchange) handle() {
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel() // and with it the adapter's authority
	req := x.request()
	req.Body = x.body
	response, err := x.g.cfg.Plugins.Handle(ctx, x.flavour.provider.Name(), req, x.engine(ctx))
	switch {
	case err == nil:
		x.w.respond(response, x.r.Method)
	case x.r.Context().Err() != nil: // the client is gone
	case isDown(err):
		x.unavailable(err)
	default:
		x.w.cause = err
		x.fail(&sdk.Error{Code: sdk.CodeInternal, Message: "Internal error"})
	}
}

// engine is what the adapter may do: nothing where nobody was asked for a key.
func (x *exchange) engine(ctx context.Context) sdk.Engine {
	if x.principal == nil {
		return noAuthority
	}
	owner := subscription.Owner{
		AccountID: x.principal.AccountID, Provider: x.flavour.provider.Name(), Namespace: x.namespace,
	}
	log := &audit.Log{
		Actor: x.principal.Actor(), Action: x.flavour.provider.Name() + "." + x.op.id,
		RequestID: RequestID(x.r.Context()), Now: x.g.cfg.Now,
	}
	return newAuthority(audit.With(ctx, log), x.g.engine, owner)
}

// fail has the adapter put a failure in the vendor's envelope. If that fails
// too, the envelope that the plugin gave beforehand must do.
func (x *exchange) fail(failure *sdk.Error) {
	req := x.request()
	req.Failure = failure
	response, err := x.g.cfg.Plugins.Handle(x.r.Context(), x.flavour.provider.Name(), req, noAuthority)
	switch {
	case err == nil:
		x.w.respond(response, x.r.Method)
	case x.r.Context().Err() != nil:
	default:
		x.unavailable(err)
	}
}

func (x *exchange) unavailable(err error) {
	if x.w.cause == nil {
		x.w.cause = err
	}
	x.g.metrics.refused.Add(1, instrument.RefusedPlugin)
	x.w.respond(withRetryAfter(x.flavour.provider.Manifest.Unavailable), x.r.Method)
}

func isDown(err error) bool {
	return errors.Is(err, pluginhost.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// request is what the adapter gets to see, but for the body.
func (x *exchange) request() pluginhost.APIRequest {
	req := pluginhost.APIRequest{
		Method: x.r.Method, Path: x.path, Query: x.r.URL.RawQuery,
		Headers: forwarded(x.r, x.flavour.credentials, x.contentType, RequestID(x.r.Context())),
	}
	if x.op != nil {
		req.OperationID = x.op.id
	}
	if x.principal != nil {
		req.Caller = sdk.Caller{
			AccountID: x.principal.AccountID.String(), Namespace: x.namespace, Scopes: x.principal.Scopes,
		}
	}
	return req
}
