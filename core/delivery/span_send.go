package delivery

import (
	"context"
	"errors"
	"strconv"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// startSend begins the span of the HTTP request, whose context the receiver gets.
func (e *Engine) startSend(a *attempt) (ctx context.Context, traceparent string, span trace.Span) {
	if !a.recording() {
		return a.ctx, a.traceparent, spans.None
	}
	number := a.AttemptCount + 1
	attrs := append(spans.Target(a.request.URL), accountOf(a.AccountID), spans.Attempt.Int(number), semconv.HTTPRequestMethodKey.String(a.request.Method))
	if number > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(number-1))
	}
	ctx, span = e.Tracer.Start(spans.WithID(a.ctx, spans.AttemptID(a.ID, number)), spans.AttemptOf+" "+a.request.Method,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...))
	return ctx, spans.TraceParent(ctx), span
}

// endSend ends the span of the HTTP request.
func endSend(span trace.Span, resp egress.Response, err error, failure string) {
	if !span.IsRecording() {
		return
	}
	if resp.Status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(resp.Status))
	}
	if failure != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(errorType(resp, err)))
		span.SetStatus(codes.Error, failure)
	}
	span.End()
}

// errorType is the word for why an exchange failed.
func errorType(resp egress.Response, err error) string {
	var ee *egress.Error
	switch {
	case errors.As(err, &ee):
		return string(ee.Kind)
	case err != nil || resp.Status == 0:
		return "_OTHER" // as the conventions say it
	default:
		return strconv.Itoa(resp.Status)
	}
}

// endAttempt completes the deliver span, which ends with the record. What failed
// before there was a request has the span of an attempt here.
func (e *Engine) endAttempt(a *attempt, r *result, o *Outcome) {
	if !a.recording() {
		return
	}
	a.traced.span.SetAttributes(spans.Status.String(o.Delivery.Status.String()))
	if r.failure == "" {
		return
	}
	kind := "render"
	if !r.ours {
		kind = errorType(r.response, r.err)
	}
	a.traced.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	a.traced.span.SetStatus(codes.Error, r.failure)
	if !r.ours {
		return
	}
	_, span := e.Tracer.Start(spans.WithID(a.ctx, spans.AttemptID(a.ID, o.Attempt.Number)), spans.AttemptOf,
		trace.WithTimestamp(r.started), trace.WithAttributes(
			accountOf(a.AccountID), spans.Attempt.Int(o.Attempt.Number), semconv.ErrorTypeKey.String(kind)))
	span.SetStatus(codes.Error, r.failure)
	span.End()
}

// startToken begins the span of waiting for an access token.
func (e *Engine) startToken(ctx context.Context, a *attempt) (context.Context, trace.Span) {
	if !a.recording() {
		return ctx, spans.None
	}
	return e.Tracer.Start(ctx, spans.Token, trace.WithAttributes(accountOf(a.AccountID)))
}

// endToken ends it.
func endToken(span trace.Span, err error) {
	if err != nil {
		span.SetAttributes(semconv.ErrorTypeKey.String(errorType(egress.Response{}, err)))
		span.SetStatus(codes.Error, "no access token")
	}
	span.End()
}
