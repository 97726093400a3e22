// Package unified serves Switchhook's own API, /v1, as openapi/switchhook.yaml
// describes it. Requests are authenticated, bounded and checked against the
// document before a handler sees them; every error is an RFC 9457 problem. The
// generated types end here.
package unified

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/statistics"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/core/tracestore"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// Deliveries reads deliveries and makes them due again. The delivery engine's
// store has these methods; errors are those it documents.
type Deliveries interface {
	Delivery(ctx context.Context, accountID, id uuid.UUID) (*delivery.Record, error)
	SearchDeliveries(ctx context.Context, q delivery.Query) (delivery.Page, error)
	Retry(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*delivery.Record, error)
	Cancel(ctx context.Context, accountID, id uuid.UUID, now time.Time) (*delivery.Record, error)
}

// Providers gives the providers that are known now.
type Providers interface {
	Providers() *provider.Set
}

// PluginStatus is the state of one provider's plugin.
type PluginStatus struct {
	Provider string
	// State is starting, up or down.
	State string
	// LastError is why it was last down; operators alone see it.
	LastError string
}

// Config is what the API stands on. All fields must be set except where it says
// otherwise.
type Config struct {
	Accounts      *account.Service
	Subscriptions *subscription.Service
	Events        *event.Service
	Deliveries    Deliveries
	Replays       *replay.Service
	Idempotency   *idempotency.Service
	EventTypes    *eventtype.Service
	Providers     Providers
	// PluginStatus lists the plugins, those that were never up too.
	PluginStatus func() []PluginStatus
	// Wake tells the engine that a delivery has become due.
	Wake func()
	// Audit keeps who changed what; nil keeps nothing.
	Audit Audit
	// Statistics has what was counted.
	Statistics statistics.Store
	// Traces has recorded spans.
	Traces tracestore.Store
	// TraceViewer is the URL of a trace in a viewer of the operator's, with {trace_id}
	// in it; empty: there is none.
	TraceViewer string
	// MaxBodyBytes bounds a request's body.
	MaxBodyBytes int64
	Logger       *slog.Logger
	Tracer       trace.Tracer
	Now          func() time.Time
}

// server implements the generated interface, one file a resource.
type server struct {
	Config
	document []byte
}

var _ switchhook.StrictServerInterface = (*server)(nil)

// New returns the API's handler. It serves the whole path, /v1/…, whichever
// prefix it is mounted at.
func New(cfg Config) (http.Handler, error) {
	document, err := switchhook.GetSpecJSON()
	if err != nil {
		return nil, fmt.Errorf("read the unified API's document: %w", err)
	}
	s := &server{Config: cfg, document: document}
	e, err := newEdge(cfg)
	if err != nil {
		return nil, err
	}
	mux := chi.NewRouter()
	mux.NotFound(e.notFound)
	mux.MethodNotAllowed(e.methodNotAllowed(mux))
	strict := switchhook.NewStrictHandlerWithOptions(s, nil, switchhook.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: e.badRequest, ResponseErrorHandlerFunc: e.fail,
	})
	switchhook.HandlerWithOptions(unread{ServerInterface: strict, server: s, fail: e.fail}, switchhook.ChiServerOptions{
		BaseRouter: mux.With(e.operation, e.trace, e.authenticate, e.readBody, e.validate, e.once, e.audit), ErrorHandlerFunc: e.badRequest,
	})
	return e.identify(e.recover(mux)), nil
}

// unread hands requests past the generated reader whose bodies are read from their
// bytes: it reads JSON into structs, and would lose the publisher's bytes.
type unread struct {
	switchhook.ServerInterface
	server *server
	fail   func(http.ResponseWriter, *http.Request, error)
}

// PublishEvents implements switchhook.ServerInterface.
func (u unread) PublishEvents(w http.ResponseWriter, r *http.Request) {
	answer, err := u.server.PublishEvents(r.Context(), switchhook.PublishEventsRequestObject{})
	if err == nil {
		setPace(w.Header(), callOf(r.Context()).pace)
		err = answer.VisitPublishEventsResponse(w)
	}
	if err != nil {
		u.fail(w, r, err)
	}
}

// ImportEventTypes implements switchhook.ServerInterface.
func (u unread) ImportEventTypes(w http.ResponseWriter, r *http.Request, params switchhook.ImportEventTypesParams) {
	answer, err := u.server.ImportEventTypes(r.Context(), switchhook.ImportEventTypesRequestObject{Params: params})
	if err == nil {
		err = answer.VisitImportEventTypesResponse(w)
	}
	if err != nil {
		u.fail(w, r, err)
	}
}
