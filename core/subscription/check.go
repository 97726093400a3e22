package subscription

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	maxName       = 1024
	maxEventTypes = 500
	maxHeaders    = 99
	maxHeaderSize = 1024
	maxSecret     = 4096
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

// check tells everything that is wrong with a spec for a provider.
func (s *Service) check(p *provider.Provider, spec sdk.SubscriptionSpec) error {
	var f fieldErrors
	if len(spec.Name) > maxName {
		f.add("/name", "must have at most %d characters", maxName)
	}
	checkSecret(&f, p, spec.Secret)
	if len(spec.Filters) > 0 {
		f.add("/filters", "%s has no filters", p.Manifest.Provider)
	}
	s.checkURL(&f, p, spec.URL)
	checkEventTypes(&f, p, spec.EventTypes)
	checkHeaders(&f, spec.Headers)
	return f.err()
}

func checkSecret(f *fieldErrors, p *provider.Provider, secret sdk.Secret) {
	if len(secret.Reveal()) > maxSecret {
		f.add("/secret", "must have at most %d characters", maxSecret)
		return
	}
	pattern := p.Manifest.Secret.Pattern
	if secret == "" || pattern == "" {
		return
	}
	if ok, err := regexp.MatchString("^(?:"+pattern+")$", secret.Reveal()); err != nil || !ok {
		f.add("/secret", "must match %s", pattern)
	}
}

func (s *Service) checkURL(f *fieldErrors, p *provider.Provider, raw string) {
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

// selectsAny tells whether the provider has an event type that a pattern selects.
func selectsAny(p *provider.Provider, pattern Pattern) bool {
	if pattern.Exact() {
		return len(p.NativeTypes(p.Name()+"."+pattern.String(), nil)) > 0
	}
	return p.Manifest.OpenCatalogue || slices.ContainsFunc(p.Manifest.EventTypes, func(t sdk.EventType) bool {
		return pattern.Match(t.Name)
	})
}

func checkHeaders(f *fieldErrors, headers []sdk.Header) {
	if len(headers) > maxHeaders {
		f.add("/headers", "must have at most %d entries", maxHeaders)
		return
	}
	for i, h := range headers {
		at := fmt.Sprintf("/headers/%d", i)
		switch {
		case !httpguts.ValidHeaderFieldName(h.Name):
			f.add(at+"/name", "is not the name of an HTTP header")
		case slices.Contains(reservedHeaders, strings.ToLower(h.Name)):
			f.add(at+"/name", "%s is set by the gateway", h.Name)
		case len(h.Value) > maxHeaderSize || !httpguts.ValidHeaderFieldValue(h.Value):
			f.add(at+"/value", "must be at most %d characters without line breaks", maxHeaderSize)
		}
	}
}
