package bird

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// create makes a subscription. The answer shows the signing key that the caller
// sent; reads never do.
func (s scope) create(ctx context.Context, b *bird.CreateWebhookSubscriptionRequest) (bird.WebhookSubscription, error) {
	if err := checkEvent(b.Service, b.Event); err != nil {
		return bird.WebhookSubscription{}, err
	}
	spec := sdk.SubscriptionSpec{URL: b.URL, EventTypes: []string{b.Event}, Enabled: true, Settings: map[string]string{}}
	if b.EventFilters != nil {
		filters, err := newFilters(*b.EventFilters)
		if err != nil {
			return bird.WebhookSubscription{}, err
		}
		spec.Filters = filters
	}
	if b.SigningKey != nil {
		spec.Secret = sdk.Secret(*b.SigningKey)
	}
	if b.Template != nil {
		spec.Settings[settingTemplate] = *b.Template
	}
	if s.organizationID != "" {
		spec.Settings[settingOrganization] = s.organizationID
	}
	sub, err := sdk.EngineFrom(ctx).CreateSubscription(ctx, spec)
	if err != nil {
		return bird.WebhookSubscription{}, err
	}
	out := s.answer(ctx, sub)
	out.SigningKey = b.SigningKey
	return out, nil
}

func (s scope) get(ctx context.Context, id string) (bird.WebhookSubscription, error) {
	id, err := subscriptionID(id)
	if err != nil {
		return bird.WebhookSubscription{}, err
	}
	sub, err := sdk.EngineFrom(ctx).GetSubscription(ctx, id)
	if err != nil {
		return bird.WebhookSubscription{}, notFound(err)
	}
	return s.answer(ctx, sub), nil
}

// update changes what the body names.
func (s scope) update(ctx context.Context, id string, b *bird.UpdateWebhookSubscriptionRequest) (bird.WebhookSubscription, error) {
	id, err := subscriptionID(id)
	if err != nil {
		return bird.WebhookSubscription{}, err
	}
	patch := sdk.SubscriptionPatch{URL: b.URL, Secret: (*sdk.Secret)(b.SigningKey)}
	if b.Status != nil {
		enabled := *b.Status == bird.Active
		patch.Enabled = &enabled
	}
	if patch.Filters, err = patchedFilters(b.EventFilters); err != nil {
		return bird.WebhookSubscription{}, err
	}
	if b.Template != nil {
		if patch.Settings, err = patchedSettings(ctx, id, *b.Template); err != nil {
			return bird.WebhookSubscription{}, notFound(err)
		}
	}
	sub, err := sdk.EngineFrom(ctx).UpdateSubscription(ctx, id, patch)
	if err != nil {
		return bird.WebhookSubscription{}, notFound(err)
	}
	return s.answer(ctx, sub), nil
}

func (s scope) remove(ctx context.Context, id string) error {
	id, err := subscriptionID(id)
	if err != nil {
		return err
	}
	_, err = sdk.EngineFrom(ctx).DeleteSubscription(ctx, id)
	return notFound(err)
}

// patchedSettings are a subscription's settings with another template.
func patchedSettings(ctx context.Context, id, template string) (*map[string]string, error) {
	sub, err := sdk.EngineFrom(ctx).GetSubscription(ctx, id)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	maps.Copy(settings, sub.Settings)
	settings[settingTemplate] = template
	return &settings, nil
}

// patchedFilters reads the filters of an update: absent keeps them, null removes them.
func patchedFilters(raw json.RawMessage) (*[]sdk.Filter, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var in []bird.EventFilter
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, envelope.BadBody(err)
	}
	filters, err := newFilters(in)
	if err != nil {
		return nil, err
	}
	return &filters, nil
}

// newFilters refuses a second channelId and a second interactionType: several
// need several subscriptions (documented). Other keys may have several values,
// as the documentation of voice events has it for status.
func newFilters(in []bird.EventFilter) ([]sdk.Filter, error) {
	out := make([]sdk.Filter, len(in))
	seen := map[string]bool{}
	for i, f := range in {
		if seen[f.Key] && (f.Key == byChannel.Key || f.Key == byInteractionType.Key) {
			return nil, sdk.InvalidField(fmt.Sprintf("/filters/%d/key", i), "a subscription has one %s at most; create another one", f.Key)
		}
		seen[f.Key] = true
		out[i] = sdk.Filter{Key: f.Key, Value: f.Value}
	}
	return out, nil
}

// checkEvent tells whether the service has the event.
func checkEvent(service bird.Service, event string) error {
	of, known := serviceOf(event)
	switch {
	case len(eventsOf(service)) == 0:
		return sdk.InvalidField("/service", "%s has no events to subscribe to; available-webhooks lists the services that have some", service)
	case !known:
		return sdk.InvalidField("/event", "%q is no event of %s; available-webhooks lists them", event, service)
	case of != service:
		return sdk.InvalidField("/event", "%q is an event of the service %s, not of %s", event, of, service)
	default:
		return nil
	}
}
