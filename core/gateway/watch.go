package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
)

const tracerName = "github.com/switchhook/switchhook/core/gateway"

// knownMethods may stand in a span's name; others would make names without end.
var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// watched serves a request within its span, and writes the one log line of a
// request that failed for a reason of the gateway's own.
func (g *Gateway) watched(w http.ResponseWriter, r *http.Request, serve func(*recorder, *http.Request)) {
	started := time.Now()
	rec := &recorder{ResponseWriter: w}
	ctx, span := g.tracer.Start(parent(r), spanName(r.Method, ""), serverSpan...)
	defer span.End()
	r = r.WithContext(ctx)
	if !dropped(span) {
		span.SetAttributes(requestAttributes(r)...)
	}
	defer func() {
		p := broken(rec, r, recover())
		finishSpan(span, r.Method, rec)
		took := time.Since(started)
		g.metrics.served(r, rec, took)
		g.logFailure(r, rec, took)
		if p != nil {
			panic(p)
		}
	}()
	serve(rec, r)
	rec.finish(r)
}

// page serves a page of the dashboard, which is counted like an API's request. It
// has no span: pages that refresh themselves would fill the traces. The dashboard
// logs its own failures, but for a panic.
func (g *Gateway) page(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	rec := &recorder{ResponseWriter: w}
	defer func() {
		p := broken(rec, r, recover())
		took := time.Since(started)
		g.metrics.served(r, rec, took)
		if rec.cause != nil {
			g.logFailure(r, rec, took)
		}
		if p != nil {
			panic(p)
		}
	}()
	g.cfg.Dashboard.ServeHTTP(rec, r)
	rec.finish(r)
}

// broken answers 500 for a handler that has panicked with p, if it has. It returns
// what net/http is to be panicked with: nil where the answer is whole.
func broken(rec *recorder, r *http.Request, p any) any {
	if p == nil || p == http.ErrAbortHandler { //nolint:errorlint,err113 // net/http compares by identity too
		return p
	}
	rec.cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	if rec.status == 0 {
		writeProblem(rec, r, problem{Status: http.StatusInternalServerError, Detail: "Internal error."})
		return nil
	}
	return http.ErrAbortHandler // the client must not take the rest for an answer
}

var serverSpan = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}

// parent is the context of the request's span: that of the caller's, if it says
// one (W3C Trace Context).
func parent(r *http.Request) context.Context {
	if len(r.Header["Traceparent"]) == 0 {
		return r.Context()
	}
	return propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
}

// dropped tells that a sampler has left a span out: it has ids for those that
// come after, but nobody will see what is set on it.
func dropped(span trace.Span) bool { return !span.IsRecording() && span.SpanContext().IsValid() }

func spanName(method, route string) string {
	if !slices.Contains(knownMethods, method) {
		method = "HTTP"
	}
	if route == "" {
		return method
	}
	return method + " " + route
}

func requestAttributes(r *http.Request) []attribute.KeyValue {
	method := semconv.HTTPRequestMethodKey.String(r.Method)
	if !slices.Contains(knownMethods, r.Method) {
		method = semconv.HTTPRequestMethodOther
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return []attribute.KeyValue{
		method, semconv.URLPath(r.URL.Path), semconv.URLScheme(scheme), semconv.ServerAddress(hostName(r.Host)),
		spans.RequestID.String(RequestID(r.Context())),
	}
}

// finishSpan sets what is known only after the request. A name that the unified
// API has given stays.
func finishSpan(span trace.Span, method string, rec *recorder) {
	status := rec.status
	if status == 0 {
		span.SetStatus(codes.Error, "no answer: the client went away")
		return
	}
	if dropped(span) {
		return
	}
	if rec.provider != "" {
		span.SetName(spanName(method, rec.route))
		span.SetAttributes(spans.Provider.String(rec.provider))
		if rec.route != "" {
			span.SetAttributes(semconv.HTTPRoute(rec.route))
		}
	}
	span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, http.StatusText(status))
	}
}

func (g *Gateway) logFailure(r *http.Request, rec *recorder, took time.Duration) {
	if rec.status < http.StatusInternalServerError {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", rec.route), slog.Int("status", rec.status),
		slog.String("request_id", RequestID(r.Context())), slog.Duration("duration", took),
	}
	if rec.provider != "" {
		attrs = append(attrs, slog.String("provider", rec.provider))
	}
	if rec.cause != nil {
		attrs = append(attrs, slog.Any("error", rec.cause))
	}
	tell := func() { g.log.LogAttrs(r.Context(), slog.LevelError, "request failed", attrs...) }
	if rec.status == http.StatusServiceUnavailable {
		// While something is out of order every request is like the one before.
		g.outage.Do(tell)
		return
	}
	tell()
}
