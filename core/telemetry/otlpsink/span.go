package otlpsink

import (
	"encoding/hex"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is one span as it was received.
type Span struct {
	// TraceID, SpanID and ParentID are lower-case hexadecimal; ParentID is empty for
	// a root.
	TraceID, SpanID, ParentID string
	Name                      string
	// Kind is internal, server, client, producer or consumer.
	Kind string
	// Service is the resource's service.name, Scope the instrumentation's name.
	Service, Scope string
	Start, End     time.Time
	// Attributes hold string, bool, int64, float64, []byte, []any and map[string]any.
	Attributes map[string]any
	Events     []Event
	Links      []Link
	// Failed tells that the status is error; Status is its text.
	Failed bool
	Status string
}

// Event is something that happened within a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes map[string]any
}

// Link leads to another span.
type Link struct {
	// TraceID and SpanID are lower-case hexadecimal.
	TraceID, SpanID string
	Attributes      map[string]any
}

var kinds = map[tracepb.Span_SpanKind]string{
	tracepb.Span_SPAN_KIND_INTERNAL: "internal", tracepb.Span_SPAN_KIND_SERVER: "server",
	tracepb.Span_SPAN_KIND_CLIENT: "client", tracepb.Span_SPAN_KIND_PRODUCER: "producer",
	tracepb.Span_SPAN_KIND_CONSUMER: "consumer",
}

// fromProto converts what was received; rejected counts spans without valid ids.
func fromProto(resources []*tracepb.ResourceSpans) (spans []sized, rejected int64) {
	for _, r := range resources {
		service, _ := attributes(r.GetResource().GetAttributes())["service.name"].(string)
		for _, scope := range r.GetScopeSpans() {
			for _, p := range scope.GetSpans() {
				if len(p.GetTraceId()) != 16 || len(p.GetSpanId()) != 8 {
					rejected++
					continue
				}
				span := spanOf(p)
				span.Service, span.Scope = service, scope.GetScope().GetName()
				spans = append(spans, sized{span, proto.Size(p)})
			}
		}
	}
	return spans, rejected
}

func spanOf(p *tracepb.Span) Span {
	s := Span{
		TraceID: hex.EncodeToString(p.GetTraceId()), SpanID: hex.EncodeToString(p.GetSpanId()),
		ParentID: hex.EncodeToString(p.GetParentSpanId()),
		Name:     p.GetName(), Kind: kinds[p.GetKind()],
		Start: at(p.GetStartTimeUnixNano()), End: at(p.GetEndTimeUnixNano()),
		Attributes: attributes(p.GetAttributes()),
		Failed:     p.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR,
		Status:     p.GetStatus().GetMessage(),
	}
	for _, e := range p.GetEvents() {
		s.Events = append(s.Events, Event{Name: e.GetName(), Time: at(e.GetTimeUnixNano()), Attributes: attributes(e.GetAttributes())})
	}
	for _, l := range p.GetLinks() {
		s.Links = append(s.Links, Link{
			TraceID: hex.EncodeToString(l.GetTraceId()), SpanID: hex.EncodeToString(l.GetSpanId()), Attributes: attributes(l.GetAttributes()),
		})
	}
	return s
}

func at(unixNano uint64) time.Time {
	return time.Unix(0, int64(unixNano)).UTC() //nolint:gosec // an absurd time is shown as such
}

func attributes(in []*commonpb.KeyValue) map[string]any {
	out := make(map[string]any, len(in))
	for _, kv := range in {
		out[kv.GetKey()] = valueOf(kv.GetValue())
	}
	return out
}

// valueOf recurses no deeper than protobuf lets a message nest.
func valueOf(v *commonpb.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_DoubleValue:
		return v.DoubleValue
	case *commonpb.AnyValue_BytesValue:
		return v.BytesValue
	case *commonpb.AnyValue_ArrayValue:
		out := []any{}
		for _, item := range v.ArrayValue.GetValues() {
			out = append(out, valueOf(item))
		}
		return out
	case *commonpb.AnyValue_KvlistValue:
		return attributes(v.KvlistValue.GetValues())
	}
	return nil
}
