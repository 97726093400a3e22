package gateway

import (
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
)

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
	ctx, span := g.tracer.Start(
		propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header)),
		spanName(r.Method, ""), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(requestAttributes(r)...))
	defer span.End()
	r = r.WithContext(ctx)
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler { //nolint:errorlint,err113 // net/http compares by identity too
			rec.cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			if rec.status == 0 {
				writeProblem(rec, r, problem{Status: http.StatusInternalServerError, Detail: "Internal error."})
				p = nil
			} else {
				p = http.ErrAbortHandler // the client must not take the rest for an answer
			}
		}
		finishSpan(span, r.Method, rec)
		g.logFailure(r, rec, time.Since(started))
		if p != nil {
			panic(p)
		}
	}()
	serve(rec, r)
	if rec.status == 0 && r.Context().Err() == nil {
		rec.status = http.StatusOK // net/http answers for a handler that did not
	}
}

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
		attribute.String("switchhook.request_id", RequestID(r.Context())),
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
	if rec.provider != "" {
		span.SetName(spanName(method, rec.route))
		span.SetAttributes(attribute.String("switchhook.provider", rec.provider))
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
	g.log.LogAttrs(r.Context(), slog.LevelError, "request failed", attrs...)
}
