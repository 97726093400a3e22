package unified

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/core/tracestore"
	"github.com/switchhook/switchhook/core/waterfall"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// tracedEvents is the most events whose rows are read for one trace: a publisher may
// have many in one.
const tracedEvents = 5

// ListTraces lists recorded traces.
func (s *server) ListTraces(ctx context.Context, req switchhook.ListTracesRequestObject) (switchhook.ListTracesResponseObject, error) {
	p, err := newPage(req.Params.Limit, req.Params.Cursor)
	if err != nil {
		return nil, err
	}
	q := tracestore.Query{
		Accounts: visible(ctx), Since: value(req.Params.Since), Until: value(req.Params.Until), Errors: value(req.Params.Errors),
		Before: p.last, Limit: p.fetch(),
	}
	if err := checkRange("since", "until", q.Since, q.Until); err != nil {
		return nil, err
	}
	found, err := s.Traces.Traces(ctx, q)
	if err != nil {
		return nil, err
	}
	found, next := cut(p, found, (*tracestore.Summary).Cursor)
	items := make([]switchhook.TraceSummary, len(found))
	for i := range found {
		t := &found[i]
		items[i] = switchhook.TraceSummary{
			TraceID: hex.EncodeToString(t.TraceID[:]), Name: t.Name, StartTime: t.Started, DurationMs: inMillis(t.Duration),
			Spans: t.Spans, Errors: t.Errors, Services: append([]string{}, t.Services...), EventID: optional(t.EventKey), AccountID: optional(t.AccountID),
		}
	}
	return switchhook.ListTraces200JSONResponse{Items: items, NextCursor: next}, nil
}

// visible are the accounts whose spans the caller sees: its own, and those that are
// of no account where it is an operator.
func visible(ctx context.Context) []uuid.UUID {
	p := principal(ctx)
	if p.Operator {
		return []uuid.UUID{p.AccountID, uuid.Nil}
	}
	return []uuid.UUID{p.AccountID}
}

// GetTrace reads a recorded trace, with what the rows of its events tell beside it.
func (s *server) GetTrace(ctx context.Context, req switchhook.GetTraceRequestObject) (switchhook.GetTraceResponseObject, error) {
	id, ok := waterfall.ParseTraceID(req.ID)
	if !ok {
		return nil, explain.Invalid(sdk.FieldError{In: "path", Field: "id", Message: "must be 32 lower-case hexadecimal digits, not all zero"})
	}
	spans, truncated, err := tracestore.Read(ctx, s.Traces, visible(ctx), id)
	if err != nil {
		return nil, err
	}
	if len(spans) == 0 {
		return nil, sdk.Errorf(sdk.CodeNotFound, "No trace of this id was recorded, or it is not kept any more; deliveries and events have traces of their own")
	}
	t := waterfall.Recording(req.ID, spans, truncated)
	for _, key := range eventsOf(spans) {
		e, err := s.Events.Get(ctx, principal(ctx).AccountID, key)
		if sdk.IsCode(err, sdk.CodeNotFound) {
			continue // it is not kept any more
		}
		if err != nil {
			return nil, err
		}
		computed, err := s.storedTrace(ctx, e)
		if err != nil {
			return nil, err
		}
		t = waterfall.Merge(computed, t.Spans, t.Truncated)
	}
	return switchhook.GetTrace200JSONResponse(s.traceOut(t)), nil
}

func eventsOf(spans []waterfall.Span) (keys []uuid.UUID) {
	for i := range spans {
		if key, ok := spans[i].EventKey(); ok && !slices.Contains(keys, key) && len(keys) < tracedEvents {
			keys = append(keys, key)
		}
	}
	return keys
}

// withRecorded puts what was recorded of an event into its trace; of one delivery,
// unless that is zero.
func (s *server) withRecorded(ctx context.Context, t *waterfall.Trace, e *event.Event, deliveryID uuid.UUID) (*waterfall.Trace, error) {
	traceID, publish := waterfall.TraceOf(e)
	id, ok := waterfall.ParseTraceID(traceID)
	if !ok || publish == "" {
		return t, nil
	}
	spans, truncated, err := tracestore.Read(ctx, s.Traces, visible(ctx), id)
	if err != nil {
		return nil, err
	}
	return waterfall.Merge(t, waterfall.Around(spans, publish, deliveryID), truncated), nil
}
