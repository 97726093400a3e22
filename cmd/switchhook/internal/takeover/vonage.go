package takeover

import (
	"context"
	"strings"

	"github.com/switchhook/switchhook/gen/vonage"
)

// mediaType is what every request of Vonage Contact Center must accept.
const mediaType = "application/vnd.newvoicemedia.v1+json"

// newVonage speaks the Webhooks API of Vonage Contact Center.
func newVonage(s Side) (api[vonage.Subscription], error) {
	var out api[vonage.Subscription]
	base, err := s.base()
	if err != nil {
		return out, err
	}
	c, err := vonage.NewClient(base, vonage.WithHTTPClient(client()), vonage.WithRequestEditorFn(s.authorize("Bearer", mediaType)))
	if err != nil {
		return out, err
	}
	v := &vonageSide{c}
	return api[vonage.Subscription]{list: v.list, describe: describeVonage, create: v.create}, nil
}

type vonageSide struct{ *vonage.Client }

func (v *vonageSide) list(ctx context.Context) ([]vonage.Subscription, error) {
	all, err := decode[vonage.SubscriptionList](v.ListSubscriptions(ctx)) //nolint:bodyclose // decode closes it
	return all.Subscriptions, err
}

func describeVonage(w *vonage.Subscription) Webhook {
	return Webhook{
		ID: w.SubscriptionID, Title: w.Name, identity: w.Name, // names are unique
		Fields:   []Field{{"url", w.URL}, {"events", strings.Join(w.Events, ", ")}, {"enabled", onOff(w.Enabled)}},
		Unsigned: "the vendor's API does not show it: a new one is made, and shown once, unless --secrets names it",
	}
}

func (v *vonageSide) create(ctx context.Context, w *vonage.Subscription, secret string) (string, error) {
	body := vonage.CreateSubscriptionRequest{Name: w.Name, URL: w.URL, Events: w.Events, Enabled: &w.Enabled}
	if secret != "" {
		body.Secret = &secret
	}
	made, err := decode[vonage.CreatedSubscription](v.CreateSubscription(ctx, body)) //nolint:bodyclose // decode closes it
	if err != nil || secret != "" {
		return "", err
	}
	return made.Secret, nil
}
