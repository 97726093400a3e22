package gateway

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// startProbe begins the span of a request to a subscriber, where the request that
// asks for it has one. That may have ended: some probes go on after the answer.
func startProbe(ctx context.Context, accountID uuid.UUID, method, url string) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.SpanContext().IsSampled() {
		return ctx, spans.None
	}
	attrs := append(spans.Target(url), spans.AccountID.String(accountID.String()), semconv.HTTPRequestMethodKey.String(method))
	return parent.TracerProvider().Tracer(tracerName).Start(ctx, spans.Probe+" "+method,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
}

// endProbe ends it.
func endProbe(span trace.Span, resp egress.Response, err error) {
	if !span.IsRecording() {
		return
	}
	if resp.Status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(resp.Status))
	}
	if err != nil {
		kind := "_OTHER" // as the conventions say it
		if ee := (*egress.Error)(nil); errors.As(err, &ee) {
			kind = string(ee.Kind)
		}
		span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}
