package sdk

import (
	"context"
	"net/http"
)

// Adapter is one provider behind the adapter contract. All methods may be
// called at the same time.
type Adapter interface {
	// Manifest says what the adapter is. It is asked once, at start.
	Manifest() Manifest

	// Handler serves the vendor API. Paths are those of the OpenAPI document,
	// without its server URL. The request's context carries the engine
	// ([EngineFrom]); requests are authenticated and valid by the document.
	Handler() http.Handler

	// EncodeError writes err in the vendor's envelope. It also answers requests
	// that failed before the handler was reached, so r may be of any kind.
	EncodeError(w http.ResponseWriter, r *http.Request, err *Error)

	// Render makes the signed HTTP request of one delivery. It must not do I/O.
	// An [*Error] is shown to operators; with any code but [CodeUnavailable] the
	// delivery is given up, since rendering again would fail again.
	Render(ctx context.Context, d *Delivery) (*Request, error)
}

// Configurer is an adapter that takes settings of the operator.
type Configurer interface {
	// Configure is called before Manifest, once, with the settings of the plugin in
	// the gateway's configuration. The error names the setting and the remedy, and
	// keeps the plugin from starting. Settings may be credentials.
	Configure(settings map[string]Secret) error
}

// Caller is who makes a request of the vendor API.
type Caller struct {
	// AccountID is opaque to adapters; fit for logs.
	AccountID string
	// Namespace is the part of the account that the path names; may be empty.
	Namespace string
	// Scopes of the API key.
	Scopes []string
}

type contextKey int

const (
	engineKey contextKey = iota
	callerKey
	operationKey
)

// WithEngine returns a context that carries the engine and the caller it acts
// for. The SDK does this for every request; tests may do it themselves.
func WithEngine(ctx context.Context, e Engine, c Caller) context.Context {
	return context.WithValue(context.WithValue(ctx, engineKey, e), callerKey, c)
}

// EngineFrom returns the engine of the request. Outside of a request it returns
// an engine that answers every call with [CodeInternal].
func EngineFrom(ctx context.Context) Engine {
	if e, ok := ctx.Value(engineKey).(Engine); ok {
		return e
	}
	return outsideRequest
}

// CallerFrom returns who makes the request; the zero value outside of one.
func CallerFrom(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey).(Caller)
	return c
}

func withOperation(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, operationKey, id)
}

// OperationFrom returns the operationId of the request in the vendor's
// document, or "" when the request matched none.
func OperationFrom(ctx context.Context) string {
	id, _ := ctx.Value(operationKey).(string)
	return id
}
