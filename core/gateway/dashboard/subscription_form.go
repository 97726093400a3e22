package dashboard

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

// subscriptionForm makes or changes a subscription.
type subscriptionForm struct {
	Form
	// ID is that of the one that is changed; nil for a new one.
	ID        *uuid.UUID
	Providers []switchhook.Provider
	Provider  *switchhook.Provider
	// HasHeaders tells that there are headers, whose values are not shown.
	HasHeaders []string
	// Auth is how the subscription authenticates now.
	Auth     switchhook.SubscriptionAuth
	Conflict bool
}

var subscriptionFields = append([]string{
	"provider", "url", "name", "namespace", "events", "filters", "headers", "secret", "settings", "delivery.max_in_flight",
	"delivery.max_per_second", "delivery.timeout_seconds", "delivery.retry.schedule_seconds", "delivery.retry.max_attempts", "delivery.traceparent",
}, authFields...)

func (v *visit) newSubscription() error {
	f := newForm(v.r.URL.Query())
	f.Values.Set("delivery.traceparent", "on")
	f.Values.Set("auth", authNone)
	if f.Get("provider") == "" {
		f.Values.Set("provider", "standard")
	}
	return v.subscriptionForm(subscriptionForm{Form: f})
}

func (v *visit) subscriptionForm(out subscriptionForm) error {
	list, err := v.api.ListProvidersWithResponse(v)
	if err != nil {
		return err
	}
	out.Providers = list.JSON200.Items
	for i, p := range out.Providers {
		if p.Name == out.Get("provider") {
			out.Provider = &out.Providers[i]
		}
	}
	title := "New subscription"
	if out.ID != nil {
		title = "Edit subscription"
	}
	return v.render("subscription-form", "subscriptions", title, out)
}

func (v *visit) createSubscription() error {
	f, err := v.posted()
	if err != nil {
		return err
	}
	known(f, subscriptionFields...)
	out := subscriptionForm{Form: f}
	c := readSubscription(f)
	body := switchhook.NewSubscription{
		Auth: c.auth, URL: f.text("url"), Events: &c.events, Filters: c.filters, Delivery: &c.delivery, Headers: c.headers, Settings: c.settings,
		Provider: f.optional("provider"), Name: f.optional("name"), Namespace: f.optional("namespace"), Secret: f.optional("secret"),
	}
	forget(f)
	if f.ok() {
		got, err := v.api.CreateSubscriptionWithResponse(v, body, f.doneOnce())
		if err == nil {
			if got.JSON201.Secret == nil {
				return v.redirect(Path+"/subscriptions/"+got.JSON201.ID.String(), "saved")
			}
			return v.showSecret(*got.JSON201, false)
		}
		if err = out.take(err); err != nil {
			return err
		}
	}
	return v.subscriptionForm(out)
}

func (v *visit) editSubscription() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	out, err := v.filledForm(id)
	if err != nil {
		return err
	}
	return v.subscriptionForm(out)
}

// filledForm is the form with the subscription as it is now.
func (v *visit) filledForm(id uuid.UUID) (subscriptionForm, error) {
	got, err := v.api.GetSubscriptionWithResponse(v, id)
	if err != nil {
		return subscriptionForm{}, err
	}
	s := got.JSON200
	f := newForm(url.Values{
		"provider": {s.Provider}, "url": {s.URL}, "name": {s.Name}, "namespace": {s.Namespace}, "events": {strings.Join(s.Events, "\n")},
		"etag": {got.HTTPResponse.Header.Get("ETag")},
	})
	if text := pretty(s.Filters); text != "[]" && text != "null" {
		f.Values.Set("filters", text)
	}
	fillDelivery(f, s.Delivery)
	fillAuth(f, s.Auth)
	var lines []string
	for name, value := range s.Settings {
		lines = append(lines, name+"="+value)
	}
	f.Values.Set("settings", strings.Join(lines, "\n"))
	out := subscriptionForm{Form: f, ID: &id, Auth: s.Auth}
	for _, h := range s.Headers {
		out.HasHeaders = append(out.HasHeaders, h.Name)
	}
	return out, nil
}

func fillDelivery(f Form, d switchhook.SubscriptionDelivery) {
	if d.MaxInFlight != nil {
		f.Values.Set("delivery.max_in_flight", strconv.Itoa(*d.MaxInFlight))
	}
	if d.MaxPerSecond != nil {
		f.Values.Set("delivery.max_per_second", plain(*d.MaxPerSecond))
	}
	if d.TimeoutSeconds != nil {
		f.Values.Set("delivery.timeout_seconds", plain(*d.TimeoutSeconds))
	}
	if d.Traceparent == nil || *d.Traceparent {
		f.Values.Set("delivery.traceparent", "on")
	}
	if d.Retry == nil {
		return
	}
	if d.Retry.MaxAttempts != nil {
		f.Values.Set("delivery.retry.max_attempts", strconv.Itoa(*d.Retry.MaxAttempts))
	}
	if d.Retry.ScheduleSeconds != nil {
		var parts []string
		for _, s := range *d.Retry.ScheduleSeconds {
			parts = append(parts, plain(s))
		}
		f.Values.Set("delivery.retry.schedule_seconds", strings.Join(parts, ", "))
	}
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// updateSubscription saves the form, unless somebody else has changed the
// subscription since it was filled: then the form stays, and saving again overwrites.
func (v *visit) updateSubscription() error {
	id, f, err := v.postedTo()
	if err != nil {
		return err
	}
	known(f, subscriptionFields...)
	body := readPatch(f)
	forget(f)
	out := subscriptionForm{Form: f, ID: &id}
	if f.ok() {
		_, err := v.api.UpdateSubscriptionWithResponse(v, id, nil, body, unchanged(f.Get("etag")))
		var p *client.Problem
		switch {
		case err == nil:
			return v.redirect(Path+"/subscriptions/"+id.String(), "saved")
		case errors.As(err, &p) && p.Status == http.StatusPreconditionFailed:
			out.Conflict = true
			out.Problem = "Somebody has changed the subscription since you opened this form. " +
				"Compare with how it is now, then save again to overwrite it."
		default:
			if err = out.take(err); err != nil {
				return err
			}
		}
	}
	now, err := v.filledForm(id)
	if err != nil {
		return err
	}
	out.HasHeaders, out.Auth = now.HasHeaders, now.Auth
	if out.Conflict {
		f.Values.Set("etag", now.Get("etag"))
	}
	return v.subscriptionForm(out)
}

// readPatch is a change of all that the form has.
func readPatch(f Form) switchhook.SubscriptionPatch {
	c := readSubscription(f)
	name, address := f.text("name"), f.text("url")
	body := switchhook.SubscriptionPatch{
		URL: &address, Name: &name, Events: &c.events, Filters: c.filters, Delivery: &c.delivery, Headers: c.headers, Settings: c.settings, Auth: c.auth,
	}
	if c.filters == nil {
		none := switchhook.EventFilters("[]")
		body.Filters = &none
	}
	if f.On("no_headers") {
		body.Headers = &[]switchhook.Header{}
	}
	return body
}

// optional is a field's value; nil if it is empty.
func (f Form) optional(name string) *string {
	if text := f.text(name); text != "" {
		return &text
	}
	return nil
}
