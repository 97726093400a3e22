package dashboard

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// tracesPage lists recorded traces. It does not follow what happens: the API groups
// the spans of the account for each look.
type tracesPage struct {
	Form
	Items       []switchhook.TraceSummary
	Next, First string
	Filtered    bool
	// Account is the one that an operator acts for; "" for an account's key.
	Account string
}

var traceFilters = []string{"since", "until", "errors"}

func (v *visit) traces() error {
	f := newForm(v.r.URL.Query())
	if id := f.text("trace_id"); id != "" {
		return v.redirect(Path+"/traces/"+url.PathEscape(id), "")
	}
	q := pick(f.Values, "errors", "cursor")
	known(f, traceFilters...)
	times(f, q, "since", "until")
	q.Set("limit", "50")
	out := tracesPage{Form: f, Filtered: len(pick(f.Values, traceFilters...)) > 0}
	if v.session.Operator {
		out.Account = cmp.Or(v.session.Account, "default")
	}
	if f.ok() {
		list, err := v.api.ListTracesWithResponse(v, nil, with(q))
		if err == nil {
			out.Items = list.JSON200.Items
			out.Next, out.First = v.pages(list.JSON200.NextCursor)
		} else if err = out.take(err); err != nil {
			return err
		}
	}
	return v.render("traces", "traces", "Traces", out)
}

// tracePage shows one recorded trace, and what is known of the events in it.
type tracePage struct {
	Name   string
	Trace  *waterfall
	Events []tracedEvent
	Names  map[uuid.UUID]string
}

// tracedEvent is an event that was published in the trace, with its first deliveries.
type tracedEvent struct {
	switchhook.Event
	Deliveries []switchhook.Delivery
	More       bool
}

// mostTraced are the events of a trace that its page tells of: a publisher may have
// many in one.
const mostTraced = 5

func (v *visit) trace() error {
	got, err := v.api.GetTraceWithResponse(v, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	out := tracePage{Trace: newWaterfall(*got.JSON200)}
	if out.Trace == nil {
		return errNoPage
	}
	out.Trace.Whole, out.Name = true, out.Trace.Rows[0].Name
	for _, id := range eventsIn(got.JSON200.Spans) {
		// What is beside the trace may be gone, or not be for this key to see.
		e, err := v.api.GetEventWithResponse(v, id)
		if err != nil {
			continue
		}
		one := tracedEvent{Event: *e.JSON200}
		one.Deliveries, one.More = v.deliveriesOf(id)
		out.Events = append(out.Events, one)
	}
	if len(out.Events) > 0 {
		out.Names = v.names()
	}
	return v.render("trace", "traces", out.Name, out)
}

// eventsIn are the first events that spans name.
func eventsIn(spans []switchhook.Span) (ids []uuid.UUID) {
	for _, s := range spans {
		text, _ := s.Attributes["switchhook.event.id"].(string)
		id, err := uuid.Parse(text)
		if err == nil && !slices.Contains(ids, id) && len(ids) < mostTraced {
			ids = append(ids, id)
		}
	}
	return ids
}

// deliveriesOf are the latest deliveries of an event; more tells that there are others.
func (v *visit) deliveriesOf(event uuid.UUID) (items []switchhook.Delivery, more bool) {
	limit := pageSize
	list, err := v.api.ListDeliveriesWithResponse(v, &switchhook.ListDeliveriesParams{EventID: &event, Limit: &limit})
	if err != nil {
		return nil, false
	}
	return list.JSON200.Items, list.JSON200.NextCursor != nil
}
