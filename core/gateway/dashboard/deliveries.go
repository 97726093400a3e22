package dashboard

import (
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

const (
	pageSize = 50
	// mostNames are the subscriptions whose names a list of deliveries shows; others
	// go by their id.
	mostNames = 100
)

// deliveriesPage lists deliveries.
type deliveriesPage struct {
	Form
	Items     []switchhook.Delivery
	Names     map[uuid.UUID]string
	Providers []string
	Statuses  []string
	// Next is the address of the next page, First that of the first one where this
	// is another; "" if there is none.
	Next, First string
	// Live tells that the list follows what happens; Pause and Resume change that.
	Live          bool
	Self          string
	Pause, Resume string
	Filtered      bool
	// Newest words the delivery at the top, for those who cannot see the list change.
	Newest string
}

var deliveryStatuses = []string{"pending", "retrying", "delivered", "dead", "cancelled"}

var deliveryFilters = []string{"event_id", "subscription_id", "provider", "status", "response_status", "event_type"}

func (v *visit) deliveries() error {
	f := newForm(v.r.URL.Query())
	q := pick(f.Values, append(deliveryFilters, "cursor")...)
	out := deliveriesPage{Form: f, Statuses: deliveryStatuses, Filtered: len(pick(f.Values, append(deliveryFilters, "created_after", "created_before")...)) > 0}
	known(f, append(deliveryFilters, "created_after", "created_before")...)
	times(f, q, "created_after", "created_before")
	q.Set("limit", "50")
	if f.ok() {
		list, err := v.api.ListDeliveriesWithResponse(v, nil, with(q))
		if err != nil {
			if err = out.take(err); err != nil {
				return err
			}
		} else {
			out.Items = list.JSON200.Items
			out.Next, out.First = v.pages(list.JSON200.NextCursor)
		}
	}
	out.Names, out.Providers = v.names(), v.providerNames()
	out.Live = f.ok() && f.Get("cursor") == "" && f.Get("live") != "off"
	out.Self = v.address("live", "")
	out.Pause, out.Resume = v.address("live", "off"), out.Self
	if len(out.Items) > 0 {
		newest := out.Items[0]
		out.Newest = newest.EventType + " is " + string(newest.Status)
	}
	return v.render("deliveries", "deliveries", "Deliveries", out)
}

// known has errors of the API stand beside the fields of a page, given or not.
func known(f Form, names ...string) {
	for _, name := range names {
		if _, ok := f.Values[name]; !ok {
			f.Values[name] = nil
		}
	}
}

// times turns what a field of date and time has, in UTC, into the API's form.
func times(f Form, q url.Values, names ...string) {
	for _, name := range names {
		text := f.text(name)
		if text == "" {
			continue
		}
		t, err := readTime(text)
		if err != nil {
			f.wrong(name, "Write a date and a time, such as 2026-11-22T09:00, in UTC.")
			continue
		}
		q.Set(name, t.Format(time.RFC3339Nano))
	}
}

// readTime reads a time as browsers send it, without a zone, which means UTC here,
// or one with a zone.
func readTime(text string) (time.Time, error) {
	var last error
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04:05.999", time.RFC3339Nano, time.DateOnly} {
		t, err := time.Parse(layout, text)
		if err == nil {
			return t.UTC(), nil
		}
		last = err
	}
	return time.Time{}, last
}

// address is the page's own with one field changed, and from the first page on where
// the field is another than the cursor.
func (v *visit) address(name, value string) string {
	q := v.r.URL.Query()
	q.Del("notice")
	for field := range q {
		if q.Get(field) == "" {
			q.Del(field)
		}
	}
	if q.Del(name); value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return v.r.URL.Path
	}
	return v.r.URL.Path + "?" + q.Encode()
}

// pages returns the addresses of the next page and of the first one.
func (v *visit) pages(next *string) (string, string) {
	var after, first string
	if next != nil {
		after = v.address("cursor", *next)
	}
	if v.r.URL.Query().Get("cursor") != "" {
		first = v.address("cursor", "")
	}
	return after, first
}

// names words subscriptions by their name, or where they are; what cannot be had is
// left out, and goes by its id.
func (v *visit) names() map[uuid.UUID]string {
	limit := mostNames
	list, err := v.api.ListSubscriptionsWithResponse(v, &switchhook.ListSubscriptionsParams{Limit: &limit})
	if err != nil {
		return nil
	}
	out := make(map[uuid.UUID]string, len(list.JSON200.Items))
	for _, s := range list.JSON200.Items {
		out[s.ID] = nameOf(s.Name, s.URL)
	}
	return out
}

// nameOf is what a subscription goes by.
func nameOf(name, address string) string {
	if name != "" {
		return name
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host + u.Path
}

// providerNames lists what a choice of providers offers.
func (v *visit) providerNames() []string {
	list, err := v.api.ListProvidersWithResponse(v)
	if err != nil {
		return nil
	}
	var out []string
	for _, p := range list.JSON200.Items {
		out = append(out, p.Name)
	}
	return out
}
