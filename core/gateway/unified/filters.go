package unified

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/filter"
	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const scopeEventsRead = "events:read"

// ExplainFilters tells what event filters make of an event.
func (s *server) ExplainFilters(ctx context.Context, req switchhook.ExplainFiltersRequestObject) (switchhook.ExplainFiltersResponseObject, error) {
	b := req.Body
	if err := checkExplain(b); err != nil {
		return nil, err
	}
	f, err := s.filterOf(ctx, b)
	if err != nil {
		return nil, err
	}
	e, err := s.eventOf(ctx, b)
	if err != nil {
		return nil, err
	}
	x := f.Explain(filter.NewView(e))
	return switchhook.ExplainFilters200JSONResponse{
		Matched: x.Matched, FirstFailing: optional(x.FirstFailing), Clauses: clausesOut(x.Clauses),
	}, nil
}

// checkExplain wants one filter and one event.
func checkExplain(b *switchhook.ExplainFilters) error {
	var fields []sdk.FieldError
	one := func(has, orHas bool, name, or string) {
		switch {
		case has && orHas:
			fields = append(fields, sdk.FieldError{In: "body", Field: "/" + or, Message: "must not stand beside " + name + "; give one of the two"})
		case !has && !orHas:
			fields = append(fields, sdk.FieldError{In: "body", Field: "/" + name, Message: "is missing; give it, or " + or})
		}
	}
	one(b.Filters != nil, b.SubscriptionID != nil, "filters", "subscription_id")
	one(b.Event != nil, b.EventID != nil, "event", "event_id")
	if len(fields) > 0 {
		return explain.Invalid(fields...)
	}
	return nil
}

func (s *server) filterOf(ctx context.Context, b *switchhook.ExplainFilters) (*filter.Filter, error) {
	if b.SubscriptionID != nil {
		sub, err := s.Subscriptions.Get(ctx, selector(ctx, *b.SubscriptionID))
		if err != nil {
			return nil, err
		}
		return sub.Options.EventFilter()
	}
	f, err := filter.Parse(*b.Filters)
	var refused *filter.Error
	if errors.As(err, &refused) {
		return nil, explain.Invalid(sdk.FieldError{In: "body", Field: refused.Pointer, Message: refused.Message})
	}
	return f, err
}

// eventOf returns the event as it is, or would be, published.
func (s *server) eventOf(ctx context.Context, b *switchhook.ExplainFilters) (*sdk.Event, error) {
	if b.EventID == nil {
		return s.trialEvent(ctx, *b.Event)
	}
	if err := authorize(principal(ctx), scopeEventsRead); err != nil {
		return nil, err
	}
	e, err := s.Events.Get(ctx, principal(ctx).AccountID, *b.EventID)
	if err != nil {
		return nil, err
	}
	return &e.Event, nil
}

// trial keeps what would be committed.
type trial struct{ events []*event.Event }

// Commit implements event.Committer.
func (t *trial) Commit(_ context.Context, events []*event.Event) ([]uuid.UUID, error) {
	t.events = events
	return make([]uuid.UUID, len(events)), nil
}

func (s *server) trialEvent(ctx context.Context, raw json.RawMessage) (*sdk.Event, error) {
	var form struct {
		SpecVersion *json.RawMessage `json:"specversion"`
	}
	contentType := jsonType
	if json.Unmarshal(raw, &form) == nil && form.SpecVersion != nil {
		contentType = "application/cloudevents+json"
	}
	in, err := eventbody.Parse(http.Header{"Content-Type": {contentType}}, raw)
	if err != nil {
		return nil, belowEvent(nil, err)
	}
	var t trial
	service := event.NewService(nil, &t, s.Providers, noop.NewTracerProvider().Tracer(""), s.Now)
	if _, err := service.Publish(ctx, principal(ctx).AccountID, in.Events); err != nil {
		return nil, belowEvent(in, err)
	}
	return &t.events[0].Event, nil
}

// belowEvent names fields of the event as they stand in the request. in is nil for
// an event that could not be read.
func belowEvent(in *eventbody.Request, err error) error {
	var found *sdk.Error
	if !errors.As(err, &found) {
		return err
	}
	e := *found
	e.Fields = make([]sdk.FieldError, len(found.Fields))
	for i, f := range found.Fields {
		if in != nil {
			f = in.Field(0, f)
		}
		if f.In == "body" {
			f.Field = "/event" + f.Field
		}
		e.Fields[i] = f
	}
	return &e
}

func clausesOut(in []filter.Clause) []switchhook.FilterClause {
	out := make([]switchhook.FilterClause, len(in))
	for i, c := range in {
		out[i] = switchhook.FilterClause{
			Path: c.Path, Dialect: switchhook.FilterClauseDialect(c.Dialect), Matched: c.Matched, Reason: optional(c.Reason),
		}
		if len(c.Clauses) > 0 {
			inner := clausesOut(c.Clauses)
			out[i].Clauses = &inner
		}
	}
	return out
}
