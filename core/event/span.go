package event

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// startSpan starts the trace of an event, as the child of the publisher's. Its
// name and attributes follow OTel's conventions for messaging.
func (s *Service) startSpan(ctx context.Context, e *Event) trace.Span {
	_, span := s.tracer.Start(ctx, spans.Publish+" "+e.Type, trace.WithSpanKind(trace.SpanKindProducer))
	if !span.IsRecording() {
		return span
	}
	span.SetAttributes(
		spans.AccountID.String(e.AccountID.String()),
		spans.EventKey.String(e.Key.String()),
		semconv.MessagingSystemKey.String("switchhook"),
		semconv.MessagingOperationName("publish"),
		semconv.MessagingOperationTypeSend,
		semconv.MessagingMessageID(e.ID),
		semconv.CloudEventsEventID(e.ID),
		semconv.CloudEventsEventSource(e.Source),
		semconv.CloudEventsEventType(e.Type),
	)
	return span
}

// endSpan ends it; err is why the event was not accepted.
func endSpan(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// parentCarrier takes a traceparent and nothing else.
type parentCarrier string

// Get implements propagation.TextMapCarrier.
func (c *parentCarrier) Get(string) string { return string(*c) }

// Set implements propagation.TextMapCarrier.
func (c *parentCarrier) Set(name, value string) {
	if name == "traceparent" {
		*c = parentCarrier(value)
	}
}

// Keys implements propagation.TextMapCarrier.
func (*parentCarrier) Keys() []string { return []string{"traceparent"} }

func traceParent(span trace.Span) string {
	var carrier parentCarrier
	propagation.TraceContext{}.Inject(trace.ContextWithSpan(context.Background(), span), &carrier)
	return string(carrier)
}
