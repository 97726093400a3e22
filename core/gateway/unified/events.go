package unified

import (
	"context"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// PublishEvents accepts one event or a batch, in any of the forms that
// [eventbody.Parse] reads. It goes by the call's bytes, not by what the generated
// server makes of them.
func (s *server) PublishEvents(ctx context.Context, _ switchhook.PublishEventsRequestObject) (switchhook.PublishEventsResponseObject, error) {
	c := callOf(ctx)
	in, err := eventbody.Parse(c.header, c.body)
	if err != nil {
		return nil, err
	}
	if c.once != nil {
		nameEvents(in.Events, c.once)
	}
	if c.pace, err = s.Accounts.Admit(ctx, c.principal.AccountID, in.Events); err != nil {
		s.Events.Refused(c.principal.AccountID, len(in.Events))
		return nil, err
	}
	out := published{batch: in.Mode == eventbody.Batch}
	if out.batch {
		out.events, err = s.publishBatch(ctx, c.principal.AccountID, in)
		return out, err
	}
	out.events, err = s.Events.Publish(ctx, c.principal.AccountID, in.Events)
	if err != nil {
		return nil, named(in, 0, err)
	}
	for i := range out.events[0].Warnings {
		out.events[0].Warnings[i] = in.Field(0, out.events[0].Warnings[i])
	}
	return out, nil
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
