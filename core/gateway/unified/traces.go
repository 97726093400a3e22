package unified

import (
	"context"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/waterfall"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// tracedDeliveries is the most deliveries of an event that its trace has.
const tracedDeliveries = 500

// GetDeliveryTrace reads how a delivery went.
func (s *server) GetDeliveryTrace(ctx context.Context, req switchhook.GetDeliveryTraceRequestObject) (switchhook.GetDeliveryTraceResponseObject, error) {
	r, err := s.Deliveries.Delivery(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	if r.Event == nil { // the last moment of its retention
		return nil, sdk.Errorf(sdk.CodeNotFound, "The event of the delivery is not kept any more")
	}
	t, err := s.withRecorded(ctx, waterfall.Of(r.Event, []delivery.Record{*r}, false), r.Event, r.ID)
	if err != nil {
		return nil, err
	}
	return switchhook.GetDeliveryTrace200JSONResponse(s.traceOut(t)), nil
}

// GetEventTrace reads how an event went with all of its deliveries.
func (s *server) GetEventTrace(ctx context.Context, req switchhook.GetEventTraceRequestObject) (switchhook.GetEventTraceResponseObject, error) {
	e, err := s.Events.Get(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	t, err := s.storedTrace(ctx, e)
	if err != nil {
		return nil, err
	}
	if t, err = s.withRecorded(ctx, t, e, uuid.Nil); err != nil {
		return nil, err
	}
	return switchhook.GetEventTrace200JSONResponse(s.traceOut(t)), nil
}

// storedTrace computes the trace of an event from the rows.
func (s *server) storedTrace(ctx context.Context, e *event.Event) (*waterfall.Trace, error) {
	found, err := s.Deliveries.SearchDeliveries(ctx, delivery.Query{AccountID: e.AccountID, EventKey: e.Key, Limit: tracedDeliveries})
	if err != nil {
		return nil, err
	}
	return waterfall.Of(e, found.Records, found.Next != uuid.Nil), nil
}

func (s *server) traceOut(t *waterfall.Trace) switchhook.Trace {
	out := switchhook.Trace{
		TraceID: t.ID, ViewerURL: s.viewerURL(t.ID), Recorded: t.Recorded, Truncated: t.Truncated,
		StartTime: t.Start.UTC(), DurationMs: inMillis(t.Duration), Spans: make([]switchhook.Span, len(t.Spans)),
	}
	for i := range t.Spans {
		out.Spans[i] = spanOut(&t.Spans[i])
	}
	return out
}

// viewerURL is where the operator's own viewer shows a trace; nil for no viewer.
func (s *server) viewerURL(traceID string) *string {
	return optional(strings.ReplaceAll(s.TraceViewer, "{trace_id}", url.PathEscape(traceID)))
}

func spanOut(s *waterfall.Span) switchhook.Span {
	out := switchhook.Span{
		SpanID: s.SpanID, ParentSpanID: optional(s.ParentSpanID), Name: s.Name, Kind: switchhook.SpanKind(s.Kind), Service: s.Service,
		StartTime: s.Start.UTC(), DurationMs: inMillis(s.Duration), Status: switchhook.SpanStatus(s.Status), StatusMessage: optional(s.StatusMessage),
		Attributes: attributesOut(s.Attributes), Events: make([]switchhook.SpanEvent, len(s.Events)), Links: make([]switchhook.SpanLink, len(s.Links)),
		Source: switchhook.SpanSource(s.Source), DeliveryID: optional(s.DeliveryID), Attempt: optional(s.Attempt),
	}
	for i, e := range s.Events {
		out.Events[i] = switchhook.SpanEvent{Name: e.Name, Time: e.Time.UTC(), Attributes: attributesOut(e.Attributes)}
	}
	for i, l := range s.Links {
		out.Links[i] = switchhook.SpanLink{TraceID: l.TraceID, SpanID: l.SpanID, Attributes: attributesOut(l.Attributes)}
	}
	return out
}

func attributesOut(a waterfall.Attributes) switchhook.SpanAttributes {
	if a == nil {
		return switchhook.SpanAttributes{}
	}
	return switchhook.SpanAttributes(a)
}
