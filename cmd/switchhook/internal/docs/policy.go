package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Limits says how many subscriptions there may be.
func (p provider) Limits() string {
	scopes := map[sdk.LimitScope]string{
		sdk.LimitScopeAccount:     "an account",
		sdk.LimitScopeNamespace:   "a namespace",
		sdk.LimitScopeSameFilters: "with the same events and filters",
	}
	parts := make([]string, 0, len(p.Manifest.Limits)+1)
	for _, l := range p.Manifest.Limits {
		parts = append(parts, fmt.Sprintf("at most %d %s", l.Max, scopes[l.Scope]))
	}
	if p.Manifest.UniqueName {
		parts = append(parts, "each with a name of its own")
	}
	if len(parts) == 0 {
		return "as many as wanted"
	}
	return strings.Join(parts, ", ")
}

// IDs says what subscription ids look like.
func (p provider) IDs() string {
	return map[sdk.IDFormat]string{
		sdk.IDFormatUUID:    "UUID",
		sdk.IDFormatKSUID:   "27 letters and digits (KSUID)",
		sdk.IDFormatHex24:   "24 hexadecimal digits",
		sdk.IDFormatInteger: "1, 2, 3, … within an account",
	}[p.Manifest.IDFormat]
}

// URLs says where deliveries may go.
func (p provider) URLs() string {
	text := strings.Join(p.Manifest.URL.Schemes, " or ") + ", of a public host"
	if p.Manifest.URL.Pattern != "" {
		text += "; must match " + code(p.Manifest.URL.Pattern)
	}
	return text
}

// Secrets says where signing secrets come from.
func (p provider) Secrets() string {
	s := p.Manifest.Secret
	form := map[sdk.SecretEncoding]string{sdk.SecretEncodingBase64: "Base64", sdk.SecretEncodingHex: "hexadecimal"}[s.Encoding]
	text := "the subscriber's own, where the API takes one"
	if s.Bytes > 0 {
		generated := fmt.Sprintf("%d random bytes in %s", s.Bytes, form)
		if s.Prefix != "" {
			generated += " after " + code(s.Prefix)
		}
		if s.Generate {
			text += "; else " + generated
		} else {
			text += "; `POST /v1/subscriptions/{id}/secret` generates one: " + generated
		}
	}
	if s.Pattern != "" {
		text += "; one of its own must match " + code(s.Pattern)
	}
	return text
}

// Rate says how many requests an account may make.
func (p provider) Rate() string {
	if p.Manifest.RequestsPerSecond == 0 {
		return "no limit, unless the operator sets one"
	}
	return fmt.Sprintf("%d a second of one account; then 429", p.Manifest.RequestsPerSecond)
}

// Success says which answers mean delivered.
func (p provider) Success() string {
	ranges := p.Manifest.Delivery.Success
	if len(ranges) == 0 {
		ranges = []sdk.StatusRange{{From: http.StatusOK, To: http.StatusMultipleChoices - 1}}
	}
	parts := make([]string, len(ranges))
	for i, r := range ranges {
		parts[i] = fmt.Sprintf("%d–%d", r.From, r.To)
	}
	return fmt.Sprintf("%s within %s", strings.Join(parts, ", "), duration(p.Manifest.Delivery.Timeout))
}

// Retries says when a failed delivery is tried again.
func (p provider) Retries() string {
	d := p.Manifest.Delivery
	waits := make([]string, len(d.Schedule))
	for i, wait := range d.Schedule {
		waits[i] = duration(wait)
	}
	if last := len(waits) - 1; last >= 0 && (d.MaxAttempts == 0 || d.MaxAttempts > len(waits)+1) {
		waits[last] = "then every " + waits[last]
	}
	text := "after " + strings.Join(waits, ", ")
	if d.MaxAttempts > 0 {
		text += fmt.Sprintf("; %d attempts", d.MaxAttempts)
	}
	if d.Budget > 0 {
		text += "; for " + duration(d.Budget)
	}
	if d.Jitter > 0 {
		text += fmt.Sprintf("; each wait changed at random by up to %.0f %%", d.Jitter*100)
	}
	return text
}

// Disabling says when a subscription is disabled for its failures.
func (p provider) Disabling() string {
	if p.Manifest.Delivery.DisableAfter == 0 {
		return "only by an answer 410"
	}
	return "by an answer 410, or when every attempt has failed for " + duration(p.Manifest.Delivery.DisableAfter)
}

// duration is a duration in its largest whole unit.
func duration(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if d >= unit.length && d%unit.length == 0 {
			return fmt.Sprintf("%d %s", d/unit.length, unit.name)
		}
	}
	return d.String()
}
