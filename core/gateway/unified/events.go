package unified

import (
	"context"
	"io"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// PublishEvents accepts one event or a batch, in any of the forms that
// [eventbody.Parse] reads.
func (s *server) PublishEvents(ctx context.Context, req switchhook.PublishEventsRequestObject) (switchhook.PublishEventsResponseObject, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	in, err := eventbody.Parse(headers(ctx), body)
	if err != nil {
		return nil, err
	}
	if len(in.Events) == 0 {
		return publishedBatch{Items: []switchhook.PublishedEvent{}}, nil
	}
	accepted, err := s.Events.Publish(ctx, principal(ctx).AccountID, in.Events)
	if err != nil {
		return nil, s.publishError(ctx, in, err)
	}
	items := make([]switchhook.PublishedEvent, len(accepted))
	for i, a := range accepted {
		items[i] = switchhook.PublishedEvent{ID: a.Key, CloudeventID: a.ID, Duplicate: a.Duplicate}
	}
	if in.Mode == eventbody.Batch {
		return publishedBatch{Items: items}, nil
	}
	return publishedEvent(items[0]), nil
}

// publishError names the fields of an invalid event as the request had them.
func (s *server) publishError(ctx context.Context, in *eventbody.Request, err error) error {
	if !sdk.IsCode(err, sdk.CodeInvalid) {
		return err
	}
	e := *sdk.AsError(err)
	index := s.faultIndex(ctx, in.Events)
	fields := make([]sdk.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = in.Field(index, f)
	}
	e.Fields = fields
	return &e
}

// faultIndex finds the first invalid event of a batch, about which the event
// service says what is wrong, but not where it stands.
func (s *server) faultIndex(ctx context.Context, events []sdk.Event) int {
	for i := range events {
		if _, err := s.checker.Publish(ctx, uuid.Nil, events[i:i+1]); err != nil {
			return i
		}
	}
	return 0
}

// ListEvents lists events without their data.
func (s *server) ListEvents(ctx context.Context, req switchhook.ListEventsRequestObject) (switchhook.ListEventsResponseObject, error) {
	q := req.Params
	p, err := newPage(q.Limit, q.Cursor)
	if err != nil {
		return nil, err
	}
	events, err := s.Events.List(ctx, event.Query{
		AccountID: principal(ctx).AccountID, Type: value(q.Type), Source: value(q.Source), ID: value(q.CloudeventID),
		Before: p.last, Limit: p.fetch(),
	})
	if err != nil {
		return nil, err
	}
	events, next := cut(p, events, func(e *event.Event) uuid.UUID { return e.Key })
	items := make([]switchhook.EventSummary, len(events))
	for i := range events {
		items[i] = eventSummary(&events[i])
	}
	return switchhook.ListEvents200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetEvent reads an event with its data.
func (s *server) GetEvent(ctx context.Context, req switchhook.GetEventRequestObject) (switchhook.GetEventResponseObject, error) {
	e, err := s.Events.Get(ctx, principal(ctx).AccountID, req.ID)
	if err != nil {
		return nil, err
	}
	body, err := eventOut(e)
	if err != nil {
		return nil, err
	}
	return eventAnswer(body), nil
}
