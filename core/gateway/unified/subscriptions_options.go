package unified

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// optionsIn reads the engine's settings of a new subscription.
func optionsIn(b *switchhook.NewSubscription) subscription.Options {
	var out subscription.Options
	if b.Filters != nil {
		out.Filters = compact(*b.Filters)
	}
	if b.Delivery != nil {
		out.Delivery = deliveryIn(b.Delivery)
	}
	if b.Auth != nil {
		out.Auth = authIn(b.Auth)
	}
	return out
}

func optionsPatchIn(b *switchhook.SubscriptionPatch) subscription.OptionsPatch {
	var out subscription.OptionsPatch
	if b.Filters != nil {
		filters := compact(*b.Filters)
		out.Filters = &filters
	}
	if b.Delivery != nil {
		delivery := deliveryIn(b.Delivery)
		out.Delivery = &delivery
	}
	if b.Auth != nil {
		auth := authIn(b.Auth)
		out.Auth = &auth
	}
	return out
}

// compact is JSON without spaces; none for an empty list.
func compact(raw json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return raw // is refused with its reason
	}
	if out.String() == "[]" {
		return nil
	}
	return out.Bytes()
}

func deliveryIn(d *switchhook.SubscriptionDelivery) subscription.DeliveryOptions {
	out := subscription.DeliveryOptions{
		MaxInFlight: value(d.MaxInFlight), MaxPerSecond: value(d.MaxPerSecond), Timeout: seconds(value(d.TimeoutSeconds)),
		NoTraceParent: d.Traceparent != nil && !*d.Traceparent,
	}
	if r := d.Retry; r != nil {
		out.MaxAttempts = value(r.MaxAttempts)
		for _, wait := range value(r.ScheduleSeconds) {
			out.Schedule = append(out.Schedule, seconds(wait))
		}
	}
	return out
}

// seconds is a time in whole milliseconds.
func seconds(n float64) time.Duration { return time.Duration(math.Round(n*1000)) * time.Millisecond }

func authIn(a *switchhook.SubscriptionAuth) (out subscription.Auth) {
	if b := a.Basic; b != nil {
		out.Basic = &subscription.BasicAuth{Username: b.Username, Password: sdk.Secret(b.Password)}
	}
	if o := a.Oauth2; o != nil {
		out.OAuth2 = &subscription.OAuth2{
			TokenURL: o.TokenURL, ClientID: o.ClientID, ClientSecret: sdk.Secret(o.ClientSecret), Scopes: value(o.Scopes), Audience: value(o.Audience),
		}
	}
	if c := a.Mtls; c != nil {
		out.MTLS = &subscription.ClientCertificate{Certificate: c.Certificate, PrivateKey: sdk.Secret(c.PrivateKey)}
	}
	return out
}

func filtersOut(o *subscription.Options) json.RawMessage {
	if o.Filters == nil {
		return json.RawMessage("[]")
	}
	return o.Filters
}

func sendingOut(d *subscription.DeliveryOptions) (out switchhook.SubscriptionDelivery) {
	out.MaxInFlight, out.MaxPerSecond = optional(d.MaxInFlight), optional(d.MaxPerSecond)
	out.TimeoutSeconds = optional(d.Timeout.Seconds())
	if d.NoTraceParent {
		out.Traceparent = new(false)
	}
	if d.Schedule == nil && d.MaxAttempts == 0 {
		return out
	}
	out.Retry = &switchhook.SubscriptionRetry{MaxAttempts: optional(d.MaxAttempts)}
	if d.Schedule != nil {
		waits := make([]float64, len(d.Schedule))
		for i, wait := range d.Schedule {
			waits[i] = wait.Seconds()
		}
		out.Retry.ScheduleSeconds = &waits
	}
	return out
}

// authOut shows how a subscription authenticates, without its secrets.
func authOut(a *subscription.Auth) (out switchhook.SubscriptionAuth) {
	if b := a.Basic; b != nil {
		out.Basic = &switchhook.BasicAuth{Username: b.Username, Password: sdk.Redacted}
	}
	if o := a.OAuth2; o != nil {
		out.Oauth2 = &switchhook.OAuth2Client{TokenURL: o.TokenURL, ClientID: o.ClientID, ClientSecret: sdk.Redacted, Audience: optional(o.Audience)}
		if o.Scopes != nil {
			out.Oauth2.Scopes = &o.Scopes
		}
	}
	if c := a.MTLS; c != nil {
		out.Mtls = &switchhook.ClientCertificate{Certificate: c.Certificate, PrivateKey: sdk.Redacted, ExpiresAt: optional(c.Expires())}
	}
	return out
}
