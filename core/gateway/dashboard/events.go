package dashboard

import (
	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// eventsPage lists events.
type eventsPage struct {
	Form
	Items         []switchhook.EventSummary
	Next, First   string
	Filtered      bool
	Live          bool
	Self          string
	Pause, Resume string
	Newest        string
}

var eventFilters = []string{"type", "source", "cloudevent_id"}

func (v *visit) events() error {
	f := newForm(v.r.URL.Query())
	q := pick(f.Values, append(eventFilters, "cursor")...)
	out := eventsPage{Form: f, Filtered: len(pick(f.Values, eventFilters...)) > 0, Self: v.address("live", ""), Pause: v.address("live", "off")}
	known(f, eventFilters...)
	q.Set("limit", "50")
	list, err := v.api.ListEventsWithResponse(v, nil, with(q))
	if err != nil {
		if err = out.take(err); err != nil {
			return err
		}
		return v.render("events", "events", "Events", out)
	}
	out.Items = list.JSON200.Items
	out.Next, out.First = v.pages(list.JSON200.NextCursor)
	out.Live, out.Resume = f.Get("cursor") == "" && f.Get("live") != "off", out.Self
	if len(out.Items) > 0 {
		out.Newest = out.Items[0].Type + " was accepted"
	}
	return v.render("events", "events", "Events", out)
}

// eventPage shows one event with its deliveries.
type eventPage struct {
	switchhook.Event
	Deliveries []switchhook.Delivery
	More       bool
	Names      map[uuid.UUID]string
	Trace      *waterfall
	CanCancel  bool
	Once       string
}

func (v *visit) event() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	got, err := v.api.GetEventWithResponse(v, id)
	if err != nil {
		return err
	}
	out := eventPage{Event: *got.JSON200, Once: once(), Names: v.names()}
	out.CanCancel = out.DeliverAt != nil && out.CancelledAt == nil && out.DeliverAt.After(v.d.cfg.Now())
	out.Deliveries, out.More = v.deliveriesOf(id)
	out.Trace = v.eventTrace(id)
	return v.render("event", "events", out.Type, out)
}

func (v *visit) cancelEvent() error {
	return v.act("/events/", "cancelled", func(id uuid.UUID, once switchhook.RequestEditorFn) error {
		_, err := v.api.CancelEventWithResponse(v, id, once)
		return err
	})
}

// eventTypesPage lists event types.
type eventTypesPage struct {
	Form
	Items       []switchhook.AccountEventType
	Next, First string
}

func (v *visit) eventTypes() error {
	f := newForm(v.r.URL.Query())
	out := eventTypesPage{Form: f}
	list, err := v.api.ListEventTypesWithResponse(v, nil, v.query("origin", "cursor"))
	if err != nil {
		return err
	}
	out.Items = list.JSON200.Items
	out.Next, out.First = v.pages(list.JSON200.NextCursor)
	return v.render("event-types", "event-types", "Event types", out)
}
