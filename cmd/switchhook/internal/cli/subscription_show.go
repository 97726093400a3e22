package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/switchhook/switchhook/gen/switchhook"
)

func showSubscription(p *printer, s switchhook.SubscriptionWithSecret) {
	p.field("id", s.ID)
	p.field("external id", s.ExternalID)
	p.field("provider", s.Provider)
	p.field("namespace", s.Namespace)
	p.field("name", s.Name)
	p.field("url", s.URL)
	p.field("events", events(s.Events))
	if filters := string(s.Filters); filters != "[]" {
		p.field("filters", filters)
	}
	names := make([]string, len(s.Headers))
	for i, h := range s.Headers {
		names[i] = h.Name
	}
	p.field("headers", names)
	for _, name := range sortedKeys(s.Settings) {
		p.field("setting", name+"="+s.Settings[name])
	}
	showSending(p, &s.Delivery)
	showAuth(p, &s.Auth)
	p.field("enabled", s.Enabled)
	p.field("disabled by", (*string)(s.DisabledBy))
	p.field("disabled because", s.DisabledReason)
	p.field("failing since", s.FailingSince)
	p.field("created", s.CreatedAt)
	p.field("updated", s.UpdatedAt)
	p.field("old secret until", s.PreviousSecretExpiresAt)
	p.field("secret", s.Secret)
}

// showSending shows the settings of deliveries that are the subscription's own.
func showSending(p *printer, d *switchhook.SubscriptionDelivery) {
	p.field("max in flight", d.MaxInFlight)
	p.field("max per second", d.MaxPerSecond)
	if d.TimeoutSeconds != nil {
		p.field("timeout", duration(*d.TimeoutSeconds))
	}
	if d.Retry != nil {
		if waits := d.Retry.ScheduleSeconds; waits != nil {
			words := make([]string, len(*waits))
			for i, w := range *waits {
				words[i] = duration(w)
			}
			p.field("retries after", words)
		}
		p.field("max attempts", d.Retry.MaxAttempts)
	}
	p.field("traceparent", d.Traceparent)
}

func duration(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond).String()
}

// showAuth shows how the gateway authenticates, which answers have without secrets.
func showAuth(p *printer, a *switchhook.SubscriptionAuth) {
	if a.Basic != nil {
		p.row("basic auth", a.Basic.Username)
	}
	if o := a.Oauth2; o != nil {
		text := fmt.Sprintf("%s at %s", o.ClientID, o.TokenURL)
		if o.Scopes != nil {
			text += ", scopes " + strings.Join(*o.Scopes, ",")
		}
		if o.Audience != nil {
			text += ", audience " + *o.Audience
		}
		p.row("oauth2", text)
	}
	if a.Mtls != nil {
		text := "given"
		if a.Mtls.ExpiresAt != nil {
			text = "until " + cell(a.Mtls.ExpiresAt)
		}
		p.row("client certificate", text)
	}
}

// events lists patterns; none is every type.
func events(patterns []string) string {
	if len(patterns) == 0 {
		return "*"
	}
	return strings.Join(patterns, ",")
}

// orDash keeps a column of a table that is empty from vanishing for the eye.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
