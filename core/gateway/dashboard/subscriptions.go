package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// subscriptionsPage lists subscriptions.
type subscriptionsPage struct {
	Form
	Items     []subscriptionRow
	Providers []string
	// Next and First are as in a list of deliveries.
	Next, First string
	Filtered    bool
	// Searched tells that only some of the page's subscriptions are shown.
	Searched bool
}

// subscriptionRow is a subscription with what became of its last deliveries.
type subscriptionRow struct {
	switchhook.Subscription
	State  string
	Recent []switchhook.Delivery
}

func newRow(s switchhook.Subscription) subscriptionRow {
	row := subscriptionRow{Subscription: s, State: "enabled"}
	switch {
	case !s.Enabled:
		row.State = "disabled"
	case s.FailingSince != nil:
		row.State = "failing"
	}
	return row
}

func (v *visit) subscriptions() error {
	f := newForm(v.r.URL.Query())
	q := pick(f.Values, "provider", "namespace", "cursor")
	q.Set("limit", "100")
	out := subscriptionsPage{Form: f, Filtered: len(pick(f.Values, "provider", "namespace", "q", "state")) > 0, Providers: v.providerNames()}
	known(f, "provider", "namespace")
	list, err := v.api.ListSubscriptionsWithResponse(v, nil, with(q))
	if err != nil {
		if err = out.take(err); err != nil {
			return err
		}
		return v.render("subscriptions", "subscriptions", "Subscriptions", out)
	}
	recent := v.recent()
	for _, s := range list.JSON200.Items {
		row := newRow(s)
		row.Recent = recent[s.ID]
		if matches(row, f.text("q"), f.Get("state")) {
			out.Items = append(out.Items, row)
		}
	}
	out.Next, out.First = v.pages(list.JSON200.NextCursor)
	out.Searched = (f.text("q") != "" || f.Get("state") != "") && out.Next != ""
	return v.render("subscriptions", "subscriptions", "Subscriptions", out)
}

// matches tells whether a row is looked for.
func matches(row subscriptionRow, text, state string) bool {
	if state != "" && row.State != state {
		return false
	}
	text = strings.ToLower(text)
	for _, part := range append([]string{row.Name, row.URL, row.ID.String(), row.ExternalID, row.Namespace}, row.Events...) {
		if strings.Contains(strings.ToLower(part), text) {
			return true
		}
	}
	return false
}

const (
	// recentLooked are the account's latest deliveries, of which each subscription
	// shows at most recentShown.
	recentLooked = 100
	recentShown  = 10
)

// recent sorts the account's latest deliveries by their subscription, newest first.
func (v *visit) recent() map[uuid.UUID][]switchhook.Delivery {
	limit := recentLooked
	list, err := v.api.ListDeliveriesWithResponse(v, &switchhook.ListDeliveriesParams{Limit: &limit})
	if err != nil {
		return nil
	}
	out := map[uuid.UUID][]switchhook.Delivery{}
	for _, d := range list.JSON200.Items {
		if len(out[d.SubscriptionID]) < recentShown {
			out[d.SubscriptionID] = append(out[d.SubscriptionID], d)
		}
	}
	return out
}

// subscriptionPage shows one subscription.
type subscriptionPage struct {
	subscriptionRow
	Form
	ETag string
	// Secret is shown once, after it was made.
	Secret string
	Made   bool
	// Overlap tells that deliveries can be signed under two secrets for a while.
	Rotated bool
}

func (v *visit) subscription() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	return v.showSubscription(id, newForm(url.Values{}))
}

func (v *visit) showSubscription(id uuid.UUID, f Form) error {
	got, err := v.api.GetSubscriptionWithResponse(v, id)
	if err != nil {
		return err
	}
	out := subscriptionPage{subscriptionRow: newRow(*got.JSON200), Form: f, ETag: got.HTTPResponse.Header.Get("ETag")}
	limit := recentShown
	if list, err := v.api.ListDeliveriesWithResponse(v, &switchhook.ListDeliveriesParams{SubscriptionID: &id, Limit: &limit}); err == nil {
		out.Recent = list.JSON200.Items
	}
	return v.render("subscription", "subscriptions", nameOf(out.Name, out.URL), out)
}

// refused shows a subscription with what is wrong with a form on its page.
func (v *visit) refused(id uuid.UUID, f Form, err error) error {
	if err = f.take(err); err != nil {
		return err
	}
	return v.showSubscription(id, f)
}

// setSubscriptionState enables a subscription, or disables it with a reason.
func (v *visit) setSubscriptionState() error {
	id, f, err := v.postedTo()
	if err != nil {
		return err
	}
	enabled, done := f.Get("do") == "enable", "disabled"
	body := switchhook.SubscriptionPatch{Enabled: &enabled}
	if enabled {
		done = "enabled"
	} else if why := f.text("disabled_reason"); why != "" {
		body.DisabledReason = &why
	}
	if _, err := v.api.UpdateSubscriptionWithResponse(v, id, nil, body); err != nil {
		return v.refused(id, f, err)
	}
	return v.redirect(Path+"/subscriptions/"+id.String(), done)
}

// testSubscription sends a test event and leads to its delivery.
func (v *visit) testSubscription() error {
	id, f, err := v.postedTo()
	if err != nil {
		return err
	}
	body := switchhook.SubscriptionTest{}
	if name := f.text("type"); name != "" {
		body.Type = &name
	}
	got, err := v.api.TestSubscriptionWithResponse(v, id, body, f.doneOnce())
	if err != nil {
		return v.refused(id, f, err)
	}
	return v.redirect(Path+"/events/"+got.JSON202.EventID.String(), "")
}

// rotateSecret replaces the secret and shows the new one, once.
func (v *visit) rotateSecret() error {
	id, f, err := v.postedTo()
	if err != nil {
		return err
	}
	known(f, "secret", "overlap_seconds")
	body := switchhook.SecretRotation{OverlapSeconds: f.integer("overlap_seconds")}
	if text := f.text("secret"); text != "" {
		body.Secret = &text
	}
	forget(f)
	if !f.ok() {
		return v.showSubscription(id, f)
	}
	got, err := v.api.RotateSubscriptionSecretWithResponse(v, id, body, f.doneOnce())
	if err != nil {
		return v.refused(id, f, err)
	}
	return v.showSecret(*got.JSON200, true)
}

// showSecret shows a subscription's secret after it was made.
func (v *visit) showSecret(s switchhook.SubscriptionWithSecret, rotated bool) error {
	out := subscriptionPage{Made: true, Rotated: rotated}
	out.ID, out.Name, out.URL, out.Provider, out.PreviousSecretExpiresAt = s.ID, s.Name, s.URL, s.Provider, s.PreviousSecretExpiresAt
	if s.Secret != nil {
		out.Secret = *s.Secret
	}
	return v.render("secret", "subscriptions", "Signing secret", out)
}

func (v *visit) confirmDelete() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	got, err := v.api.GetSubscriptionWithResponse(v, id)
	if err != nil {
		return err
	}
	return v.render("subscription-delete", "subscriptions", "Delete a subscription", newRow(*got.JSON200))
}

func (v *visit) deleteSubscription() error {
	return v.end("/subscriptions", "deleted", func(id uuid.UUID) error {
		_, err := v.api.DeleteSubscriptionWithResponse(v, id)
		return err
	})
}

// unchanged has a change refused if the subscription is another than when its form
// was filled.
func unchanged(etag string) switchhook.RequestEditorFn {
	return func(_ context.Context, r *http.Request) error {
		if etag != "" {
			r.Header.Set("If-Match", etag)
		}
		return nil
	}
}
