package unified

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// edge is what every request passes before its operation.
type edge struct {
	cfg        Config
	operations map[endpoint]*operation
}

func newEdge(cfg Config) (*edge, error) {
	doc, err := switchhook.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("parse the unified API's document: %w", err)
	}
	return &edge{cfg: cfg, operations: newOperations(doc)}, nil
}

const maxRequestID = 128

// identify gives the request an id: the one that the answer has already, the
// caller's where it is short visible ASCII, or a new one.
func (e *edge) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answered := w.Header().Get("X-Request-Id")
		id := answered
		if id == "" {
			id = r.Header.Get("X-Request-Id")
		}
		if !validRequestID(id) {
			id = uuid.NewString()
		}
		if id != answered {
			w.Header().Set("X-Request-Id", id)
		}
		next.ServeHTTP(w, begin(r, id))
	})
}

func validRequestID(id string) bool {
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxRequestID
}

// recover answers 500 for a handler that panics, and logs where.
func (e *edge) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() { //nolint:contextcheck // the request carries it
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint,err113 // net/http compares by identity too
				panic(p) // net/http's own way to end a connection
			}
			e.cfg.Logger.ErrorContext(r.Context(), "handler panicked", slog.Any("panic", p),
				slog.String("stack", string(debug.Stack())), slog.String("request_id", requestID(r.Context())))
			if out.Status() == 0 {
				e.write(out, r, problemOf(sdk.Errorf(sdk.CodeInternal, "Internal error")))
			}
		}()
		next.ServeHTTP(out, r)
	})
}

// trace names the server span that the request has. Without one it starts one, as
// the child of the caller's where the request has a traceparent (W3C Trace
// Context). Baggage is not taken.
func (e *edge) trace(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if span := trace.SpanFromContext(c); span.SpanContext().IsValid() {
			if span.IsRecording() {
				span.SetName(c.operation.name)
				span.SetAttributes(attribute.String("http.route", c.operation.Path))
			}
			next.ServeHTTP(w, r)
			return
		}
		parent := propagation.TraceContext{}.Extract(c.Context, propagation.HeaderCarrier(r.Header))
		ctx, span := e.cfg.Tracer.Start(parent, c.operation.name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", r.Method), attribute.String("http.route", c.operation.Path), attribute.String("url.path", r.URL.Path),
		))
		defer span.End()
		c.Context = ctx
		out := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(out, r)
		span.SetAttributes(attribute.Int("http.response.status_code", out.Status()))
		if out.Status() >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(out.Status()))
		}
	})
}
