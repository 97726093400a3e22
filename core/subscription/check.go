package subscription

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Lengths are in characters, as OpenAPI's maxLength counts them; one takes at
// most four bytes.
const (
	maxName        = 1024
	maxURL         = 2048
	maxEventTypes  = 500
	maxFilters     = 100
	maxFilterValue = 1024
	maxHeaders     = 99
	maxHeaderName  = 256
	maxHeaderSize  = 1024
	maxSettings    = 16 << 10
	maxSecret      = 4096
)

// reservedHeaders are the gateway's or HTTP's own.
var reservedHeaders = []string{
	"baggage", "connection", "content-length", "content-type", "expect", "host", "keep-alive", "proxy-authorization",
	"proxy-connection", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade",
}

// fieldErrors collects what is wrong with a spec.
type fieldErrors []sdk.FieldError

func (f *fieldErrors) add(pointer, format string, args ...any) {
	*f = append(*f, sdk.FieldError{In: "body", Field: pointer, Message: fmt.Sprintf(format, args...)})
}

func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return &sdk.Error{Code: sdk.CodeInvalid, Message: "The subscription is invalid", Fields: f}
}

// check tells everything that is wrong with a spec for a provider, and with its
// options.
func (s *Service) check(p *provider.Provider, spec sdk.SubscriptionSpec, opts Options, authFresh bool) error {
	var f fieldErrors
	if utf8.RuneCountInString(spec.Name) > maxName {
		f.add("/name", "must have at most %d characters", maxName)
	}
	if !utf8.ValidString(spec.Name) || strings.ContainsFunc(spec.Name, unicode.IsControl) {
		f.add("/name", "must be UTF-8 without control characters")
	}
	checkSecret(&f, p, spec)
	checkFilters(&f, p, spec)
	s.checkURL(&f, p, spec.URL)
	checkEventTypes(&f, p, spec.EventTypes)
	checkHeaders(&f, spec.Headers)
	checkSettings(&f, spec.Settings)
	s.checkOptions(&f, spec, opts, authFresh)
	return f.err()
}

func checkSecret(f *fieldErrors, p *provider.Provider, spec sdk.SubscriptionSpec) {
	secret := spec.Secret
	if utf8.RuneCountInString(secret.Reveal()) > maxSecret {
		f.add("/secret", "must have at most %d characters", maxSecret)
		return
	}
	if !utf8.ValidString(secret.Reveal()) {
		f.add("/secret", "must be UTF-8")
		return
	}
	policy, err := p.Manifest.SecretFor(spec.Settings)
	if invalid := (*sdk.Error)(nil); errors.As(err, &invalid) {
		*f = append(*f, invalid.Fields...)
		return
	}
	if secret != "" && !matches(policy.Pattern, secret) {
		f.add("/secret", "must match %s", policy.Pattern)
	}
}

func (s *Service) checkURL(f *fieldErrors, p *provider.Provider, raw string) {
	if utf8.RuneCountInString(raw) > maxURL {
		f.add("/url", "must have at most %d characters", maxURL)
		return
	}
	if err := s.urls(raw); err != nil {
		f.add("/url", "%s", err)
		return
	}
	scheme, _, _ := strings.Cut(raw, ":")
	if schemes := p.Manifest.URL.Schemes; !slices.Contains(schemes, strings.ToLower(scheme)) {
		f.add("/url", "must start with %s://", strings.Join(schemes, ":// or "))
		return
	}
	pattern := p.Manifest.URL.Pattern
	if ok, err := regexp.MatchString("^(?:"+pattern+")$", raw); pattern != "" && (err != nil || !ok) {
		f.add("/url", "must match %s", pattern)
	}
}

func checkEventTypes(f *fieldErrors, p *provider.Provider, patterns []string) {
	if len(patterns) > maxEventTypes {
		f.add("/event_types", "must have at most %d entries", maxEventTypes)
		return
	}
	for i, text := range patterns {
		pattern, err := ParsePattern(text)
		if err != nil {
			f.add(fmt.Sprintf("/event_types/%d", i), "%q %s", text, err)
			continue
		}
		if !selectsAny(p, pattern) {
			f.add(fmt.Sprintf("/event_types/%d", i), "%q is no event type of %s", text, p.Manifest.Provider)
		}
	}
}

// checkSettings bounds what an adapter keeps with a subscription.
func checkSettings(f *fieldErrors, settings map[string]string) {
	size := 0
	for name, value := range settings {
		size += utf8.RuneCountInString(name) + utf8.RuneCountInString(value)
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			f.add("/settings", "must be UTF-8")
			return
		}
	}
	if size > maxSettings {
		f.add("/settings", "must have at most %d characters in all", maxSettings)
	}
}

// selectsAny tells whether the provider has an event type that a pattern selects.
func selectsAny(p *provider.Provider, pattern Pattern) bool {
	if pattern.Exact() {
		return len(p.NativeTypes(p.Name()+"."+pattern.String(), nil)) > 0
	}
	return p.Manifest.OpenCatalogue || slices.ContainsFunc(p.Manifest.EventTypes, func(t sdk.EventType) bool {
		return pattern.couldMatch(t.Name)
	})
}

// checkFilters wants every filter's key to be one of an event type that the
// patterns select.
func checkFilters(f *fieldErrors, p *provider.Provider, spec sdk.SubscriptionSpec) {
	if len(spec.Filters) > maxFilters {
		f.add("/filters", "must have at most %d entries", maxFilters)
		return
	}
	known := filterKeys(p, spec.EventTypes)
	for i, filter := range spec.Filters {
		at := fmt.Sprintf("/filters/%d", i)
		switch {
		case len(known) == 0:
			f.add(at+"/key", "these event types have no filters")
		case !slices.Contains(known, filter.Key):
			f.add(at+"/key", "%q is no filter of these event types; there are %s", filter.Key, strings.Join(known, ", "))
		case utf8.RuneCountInString(filter.Value) > maxFilterValue:
			f.add(at+"/value", "must have at most %d characters", maxFilterValue)
		}
	}
}

// filterKeys are those of every event type that the patterns select.
func filterKeys(p *provider.Provider, patterns []string) []string {
	known := map[string]bool{}
	add := func(keys []sdk.FilterKey) {
		for _, k := range keys {
			known[k.Key] = true
		}
	}
	for _, t := range p.Manifest.EventTypes {
		if len(patterns) == 0 {
			add(t.FilterKeys)
		}
	}
	for _, text := range patterns {
		pattern, err := ParsePattern(text)
		switch {
		case err != nil:
		case pattern.Exact():
			add(p.FilterKeys(text))
		default:
			for _, t := range p.Manifest.EventTypes {
				if pattern.Match(t.Name) {
					add(t.FilterKeys)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(known))
}

func checkHeaders(f *fieldErrors, headers []sdk.Header) {
	if len(headers) > maxHeaders {
		f.add("/headers", "must have at most %d entries", maxHeaders)
		return
	}
	for i, h := range headers {
		at := fmt.Sprintf("/headers/%d", i)
		switch {
		case len(h.Name) > maxHeaderName || !httpguts.ValidHeaderFieldName(h.Name):
			f.add(at+"/name", "is not the name of an HTTP header of at most %d characters", maxHeaderName)
		case slices.Contains(reservedHeaders, strings.ToLower(h.Name)):
			f.add(at+"/name", "%s is set by the gateway", h.Name)
		case utf8.RuneCountInString(h.Value) > maxHeaderSize || !utf8.ValidString(h.Value) || !httpguts.ValidHeaderFieldValue(h.Value):
			f.add(at+"/value", "must be at most %d characters of UTF-8 without line breaks", maxHeaderSize)
		}
	}
}
