// Package keep hands ended spans of sampled traces to the gateway's own trace store.
package keep

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/core/waterfall"
)

// Sink takes spans. It must not wait.
type Sink interface {
	Take(s *waterfall.Span)
}

// Processor returns a span processor that hands spans to a sink, bounded in size.
func Processor(sink Sink) sdktrace.SpanProcessor { return processor{sink} }

type processor struct{ sink Sink }

// OnStart implements [sdktrace.SpanProcessor].
func (processor) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements [sdktrace.SpanProcessor].
func (p processor) OnEnd(s sdktrace.ReadOnlySpan) {
	if s.SpanContext().IsSampled() {
		p.sink.Take(convert(s))
	}
}

// Shutdown implements [sdktrace.SpanProcessor]; the sink has an owner of its own.
func (processor) Shutdown(context.Context) error { return nil }

// ForceFlush implements [sdktrace.SpanProcessor].
func (processor) ForceFlush(context.Context) error { return nil }

// Bounds of what is kept of a span.
const (
	maxAttributes = 48
	maxItems      = 32 // events, links
	maxText       = 512
)

func convert(s sdktrace.ReadOnlySpan) *waterfall.Span {
	out := &waterfall.Span{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: text(s.Name()),
		Kind: kinds[s.SpanKind()], Service: waterfall.Service, Start: s.StartTime(), Duration: max(s.EndTime().Sub(s.StartTime()), 0),
		Status: waterfall.Unset, Attributes: attributes(s.Attributes()), Source: waterfall.Recorded,
	}
	if s.Parent().HasSpanID() {
		out.ParentSpanID = s.Parent().SpanID().String()
	}
	switch s.Status().Code {
	case codes.Error:
		out.Status, out.StatusMessage = waterfall.Failed, text(s.Status().Description)
	case codes.Ok:
		out.Status = waterfall.OK
	case codes.Unset:
	}
	if name, ok := s.Resource().Set().Value("service.name"); ok {
		out.Service = text(name.AsString())
	}
	for _, a := range s.Attributes() {
		switch a.Key {
		case spans.AccountID:
			out.AccountID = id(a.Value)
		case spans.DeliveryID:
			out.DeliveryID = id(a.Value)
		case spans.Attempt:
			out.Attempt = int(max(a.Value.AsInt64(), 0))
		}
	}
	for _, e := range s.Events()[:min(len(s.Events()), maxItems)] {
		out.Events = append(out.Events, waterfall.Event{Name: text(e.Name), Time: e.Time, Attributes: attributes(e.Attributes)})
	}
	for _, l := range s.Links()[:min(len(s.Links()), maxItems)] {
		out.Links = append(out.Links, waterfall.Link{
			TraceID: l.SpanContext.TraceID().String(), SpanID: l.SpanContext.SpanID().String(), Attributes: attributes(l.Attributes),
		})
	}
	return out
}

var kinds = map[trace.SpanKind]string{
	trace.SpanKindUnspecified: waterfall.Internal, trace.SpanKindInternal: waterfall.Internal, trace.SpanKindServer: waterfall.Server,
	trace.SpanKindClient: waterfall.Client, trace.SpanKindProducer: waterfall.Producer, trace.SpanKindConsumer: waterfall.Consumer,
}

// id reads one that the gateway has written; zero for what is none.
func id(v attribute.Value) uuid.UUID {
	out, err := uuid.Parse(v.AsString())
	if err != nil {
		return uuid.Nil
	}
	return out
}

func attributes(in []attribute.KeyValue) waterfall.Attributes {
	if len(in) == 0 {
		return nil
	}
	out := make(waterfall.Attributes, len(in))
	for _, a := range in[:min(len(in), maxAttributes)] {
		switch a.Value.Type() {
		case attribute.BOOL:
			out[string(a.Key)] = a.Value.AsBool()
		case attribute.INT64:
			out[string(a.Key)] = a.Value.AsInt64()
		case attribute.FLOAT64:
			out[string(a.Key)] = a.Value.AsFloat64()
		default:
			out[string(a.Key)] = text(a.Value.String())
		}
	}
	return out
}

// text is a text's start, without half of a character: Postgres would refuse that
// with all that is written beside it.
func text(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }
