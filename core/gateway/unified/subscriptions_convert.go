package unified

import (
	"errors"
	"strings"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func specIn(b *switchhook.NewSubscription) sdk.SubscriptionSpec {
	return sdk.SubscriptionSpec{
		Name: value(b.Name), URL: b.URL, EventTypes: value(b.Events), Secret: sdk.Secret(value(b.Secret)),
		Headers: headersIn(value(b.Headers)), Enabled: b.Enabled == nil || *b.Enabled, Settings: value(b.Settings),
	}
}

func patchIn(b *switchhook.SubscriptionPatch) sdk.SubscriptionPatch {
	p := sdk.SubscriptionPatch{
		Name: b.Name, URL: b.URL, EventTypes: b.Events, Secret: (*sdk.Secret)(b.Secret), Enabled: b.Enabled,
		Settings: (*map[string]string)(b.Settings),
	}
	if b.Headers != nil {
		headers := headersIn(*b.Headers)
		p.Headers = &headers
	}
	return p
}

func headersIn(in []switchhook.Header) []sdk.Header {
	out := make([]sdk.Header, len(in))
	for i, h := range in {
		out[i] = sdk.Header{Name: h.Name, Value: h.Value}
	}
	return out
}

// subscriptionOut shows a subscription without its secret and without the values
// of its headers, which may be credentials.
func subscriptionOut(s *subscription.Subscription) switchhook.Subscription {
	out := switchhook.Subscription{
		ID: s.ID, ExternalID: s.ExternalID, Provider: s.Provider, Namespace: s.Namespace, Name: s.Name, URL: s.URL,
		Events: s.EventTypes, Filters: filtersOut(&s.Options), Delivery: sendingOut(&s.Options.Delivery), Auth: authOut(&s.Options.Auth),
		Headers: make([]switchhook.Header, len(s.Headers)), Settings: s.Settings, Enabled: s.Enabled,
		DisabledReason: optional(s.DisabledReason), FailingSince: optional(s.FailingSince),
		PreviousSecretExpiresAt: optional(s.PreviousSecretUntil), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
	}
	if !s.Enabled {
		out.DisabledReason, out.DisabledBy = disabled(s)
	}
	for i, h := range s.Headers {
		out.Headers[i] = switchhook.Header{Name: h.Name, Value: sdk.Redacted}
	}
	if out.Events == nil {
		out.Events = []string{}
	}
	if out.Settings == nil {
		out.Settings = map[string]string{}
	}
	return out
}

// disabled tells why a subscription is, and by whom.
func disabled(s *subscription.Subscription) (reason *string, by *switchhook.DisabledBy) {
	who := switchhook.DisabledByOwner
	reason = optional(s.OwnerReason)
	if s.DisabledReason != "" {
		who, reason = switchhook.DisabledByGateway, &s.DisabledReason
	}
	return reason, &who
}

func subscriptionWithSecret(s *subscription.Subscription) switchhook.SubscriptionWithSecret {
	o := subscriptionOut(s)
	return switchhook.SubscriptionWithSecret{
		ID: o.ID, ExternalID: o.ExternalID, Provider: o.Provider, Namespace: o.Namespace, Name: o.Name, URL: o.URL,
		Events: o.Events, Filters: o.Filters, Delivery: o.Delivery, Auth: o.Auth, Headers: o.Headers, Settings: o.Settings, Enabled: o.Enabled,
		DisabledReason: o.DisabledReason, DisabledBy: o.DisabledBy, FailingSince: o.FailingSince,
		PreviousSecretExpiresAt: o.PreviousSecretExpiresAt, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
		Secret: optional(s.Secret.Reveal()),
	}
}

// subscriptionError names fields as this API does: the engine's event_types are
// called events here.
func subscriptionError(err error) error {
	var found *sdk.Error
	if !errors.As(err, &found) {
		return err
	}
	e := *found
	e.Fields = make([]sdk.FieldError, len(found.Fields))
	for i, f := range found.Fields {
		if rest, ok := strings.CutPrefix(f.Field, "/event_types"); ok {
			f.Field = "/events" + rest
		}
		e.Fields[i] = f
	}
	return &e
}
