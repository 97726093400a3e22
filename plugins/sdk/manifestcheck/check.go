// Package manifestcheck checks a manifest as strictly as a user's input: what the
// gateway refuses at the start of a plugin, the conformance kit finds before.
package manifestcheck

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/net/http/httpguts"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Bounds of what a manifest may say. They are far above what any provider needs
// and keep a wrong unit or a broken plugin from doing harm.
const (
	maxEventTypes  = 10_000
	maxSchemaBytes = 1 << 20
	maxTimeout     = 10 * time.Minute
	maxWait        = 30 * 24 * time.Hour
	maxSchedule    = 100
	maxAttempts    = 1000
	minSecretBytes = 16
	maxSecretBytes = 64
	maxEnvelope    = 64 << 10
)

var (
	providerName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	// reservedName is what the gateway serves itself beside the providers.
	reservedName = regexp.MustCompile(`^(v[0-9]+|ui|docs|healthz|readyz|metrics)$`)
)

// MaxNameLength bounds the name of an event type, and texts of its kind, in bytes.
const MaxNameLength = 200

// FieldError is what is wrong with one field of a manifest.
type FieldError struct {
	// Field at fault, such as event_types[1].name.
	Field string
	// Err says what is wrong and what would be right.
	Err error
}

// Error names the field.
func (p *FieldError) Error() string { return fmt.Sprintf("manifest: %s: %v", p.Field, p.Err) }

// Unwrap returns what is wrong.
func (p *FieldError) Unwrap() error { return p.Err }

// Check returns every problem of a manifest, and its OpenAPI document with the
// references resolved: nil where that cannot be read.
func Check(m *sdk.Manifest) (*openapi3.T, []*FieldError) {
	var c checker
	doc := c.manifest(m)
	return doc, c.problems
}

// checker collects what is wrong with a manifest.
type checker struct{ problems []*FieldError }

func (c *checker) add(field, format string, args ...any) {
	c.problems = append(c.problems, &FieldError{Field: field, Err: fmt.Errorf(format, args...)})
}

// require adds a problem unless ok.
func (c *checker) require(ok bool, field, format string, args ...any) {
	if !ok {
		c.add(field, format, args...)
	}
}

func (c *checker) manifest(m *sdk.Manifest) *openapi3.T {
	c.require(providerName.MatchString(m.Provider), "provider",
		"%q must be 1 to 32 lower-case letters, digits and hyphens that start with a letter", m.Provider)
	c.require(!reservedName.MatchString(m.Provider), "provider", "%q is a path of the gateway itself", m.Provider)
	c.require(len(m.Title) <= MaxNameLength, "title", "must have at most %d bytes", MaxNameLength)
	c.require(len(m.Version) <= MaxNameLength, "version", "must have at most %d bytes", MaxNameLength)
	c.eventTypes(m)
	c.limits(m.Limits)
	c.require(m.IDFormat >= sdk.IDFormatUUID && m.IDFormat <= sdk.IDFormatInteger, "id_format", "%d is not a known format", m.IDFormat)
	c.url(m.URL)
	c.secret("secret", m.Secret)
	c.secretVariants(m)
	c.delivery(m.Delivery)
	c.require(m.RequestsPerSecond >= 0, "requests_per_second", "%d must not be negative", m.RequestsPerSecond)
	c.unavailable(m.Unavailable)
	doc, err := parseDocument(m.OpenAPI)
	c.require(err == nil, "openapi", "%w", err)
	return doc
}

func (c *checker) limits(limits []sdk.Limit) {
	seen := map[sdk.LimitScope]bool{}
	for i, l := range limits {
		field := fmt.Sprintf("limits[%d]", i)
		c.require(l.Scope >= sdk.LimitScopeAccount && l.Scope <= sdk.LimitScopeSameFilters, field+".scope", "%d is not a known scope", l.Scope)
		c.require(l.Max > 0, field+".max", "%d must be above 0", l.Max)
		c.require(!seen[l.Scope], field+".scope", "stands in an earlier limit already")
		seen[l.Scope] = true
	}
}

func (c *checker) url(u sdk.URLPolicy) {
	c.require(len(u.Schemes) > 0, "url.schemes", "must name https, http or both")
	for i, s := range u.Schemes {
		field := fmt.Sprintf("url.schemes[%d]", i)
		c.require(s == "https" || s == "http", field, "%q must be https or http", s)
		c.require(!slices.Contains(u.Schemes[:i], s), field, "%q stands there twice", s)
	}
	c.expression(u.Pattern, "url.pattern")
}

func (c *checker) expression(pattern, field string) {
	c.require(len(pattern) <= MaxNameLength*10, field, "must have at most %d bytes", MaxNameLength*10)
	_, err := regexp.Compile(pattern)
	c.require(err == nil, field, "must be an RE2 expression: %w", err)
}

func (c *checker) unavailable(r *sdk.Response) {
	if r == nil {
		c.add("unavailable", "is missing: the SDK sets it from EncodeError")
		return
	}
	c.require(r.Status >= 500 && r.Status <= 599, "unavailable.status", "%d must be 500 to 599", r.Status)
	c.require(len(r.Body) <= maxEnvelope, "unavailable.body", "must have at most %d bytes", maxEnvelope)
	for i, h := range r.Headers {
		c.require(httpguts.ValidHeaderFieldName(h.Name) && httpguts.ValidHeaderFieldValue(h.Value),
			fmt.Sprintf("unavailable.headers[%d]", i), "%q is not a valid header", h.Name)
	}
}
