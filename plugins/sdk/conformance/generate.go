package conformance

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// generator makes values that a schema allows, where the document has no example.
type generator struct {
	// url of a subscriber, event a native event type of the catalogue.
	url, event string
}

// maxGenerated bounds how deep generated values nest; recursive schemas end here.
const maxGenerated = 8

// value makes one value for a schema. name is that of the property or parameter:
// it says what a text without a format means.
func (g generator) value(name string, s *openapi3.Schema, depth int) any {
	if s == nil || depth > maxGenerated {
		return nil
	}
	switch {
	case s.Example != nil:
		return s.Example
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AllOf) > 0:
		return g.merged(name, s, depth)
	case len(s.OneOf) > 0:
		return g.value(name, s.OneOf[0].Value, depth+1)
	case len(s.AnyOf) > 0:
		return g.value(name, s.AnyOf[0].Value, depth+1)
	case s.Type.Is(openapi3.TypeString):
		return g.text(name, s)
	case s.Type.Is(openapi3.TypeInteger), s.Type.Is(openapi3.TypeNumber):
		return number(s)
	case s.Type.Is(openapi3.TypeBoolean):
		return true
	case s.Type.Is(openapi3.TypeArray):
		return g.array(name, s, depth)
	default:
		return g.object(s, depth)
	}
}

// merged is the value of an allOf: objects are put together, and of anything else
// the first part stands.
func (g generator) merged(name string, s *openapi3.Schema, depth int) any {
	out := map[string]any{}
	for _, part := range s.AllOf {
		v := g.value(name, part.Value, depth+1)
		object, ok := v.(map[string]any)
		if !ok {
			return v
		}
		maps.Copy(out, object)
	}
	maps.Copy(out, g.object(s, depth))
	return out
}

// object has the required properties, and as many others as must be.
func (g generator) object(s *openapi3.Schema, depth int) map[string]any {
	out := map[string]any{}
	names := slices.Sorted(maps.Keys(s.Properties))
	for _, name := range names {
		if slices.Contains(s.Required, name) && !s.Properties[name].Value.ReadOnly {
			out[name] = g.value(name, s.Properties[name].Value, depth+1)
		}
	}
	for _, name := range names {
		if uint64(len(out)) >= s.MinProps {
			break
		}
		out[name] = g.value(name, s.Properties[name].Value, depth+1)
	}
	return out
}

func (g generator) array(name string, s *openapi3.Schema, depth int) []any {
	out := []any{}
	if s.Items == nil {
		return out
	}
	for range max(s.MinItems, 1) {
		out = append(out, g.value(name, s.Items.Value, depth+1))
	}
	return out
}

func number(s *openapi3.Schema) any {
	n := 1.0
	if s.Min != nil && n < *s.Min {
		n = *s.Min
	}
	if s.Max != nil && n > *s.Max {
		n = *s.Max
	}
	return n
}

// text offers what the name and format suggest, then texts of many forms, and
// takes the first that the schema allows.
func (g generator) text(name string, s *openapi3.Schema) string {
	for _, candidate := range g.texts(name, s) {
		if fits(s, candidate) {
			return candidate
		}
	}
	return "example"
}

var formats = map[string]string{
	"uuid": "0e37df36-f698-11e6-8dd4-cb9ced3df976", "date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02",
	"email": "someone@example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "hostname": "example.com",
	"byte": "ZXhhbXBsZQ==",
}

func (g generator) texts(name string, s *openapi3.Schema) []string {
	plain := plainName(name)
	var out []string
	if byFormat, ok := formats[s.Format]; ok {
		out = append(out, byFormat)
	}
	if s.Format == "uri" || s.Format == "url" || containsAny(plain, "url", "uri", "endpoint", "callback", "target") {
		out = append(out, g.url)
	}
	if containsAny(plain, "event", "type", "topic", "subscription") {
		out = append(out, g.event)
	}
	length := int(max(s.MinLength, 1)) //nolint:gosec // a length of text
	out = append(out, "example", g.url, g.event, "1", "example.com", formats["uuid"], formats["date-time"],
		strings.Repeat("a", length), strings.Repeat("1", length), strings.Repeat("A", length), "")
	return out
}

func containsAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// fits tells whether a schema allows a value.
func fits(s *openapi3.Schema, v any) bool {
	return s.VisitJSON(v, openapi3.EnableFormatValidation()) == nil
}
