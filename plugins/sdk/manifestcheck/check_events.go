package manifestcheck

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/go-openapi/jsonpointer"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Word is what an event type's name is made of between its dots, and what an
// attribute must be to stand in a name: an RE2 expression.
const Word = `[A-Za-z0-9_:/-]+`

var (
	// Placeholder is an attribute of the event within a native name. CloudEvents
	// 1.0, "Naming conventions": lower-case letters and digits.
	Placeholder = regexp.MustCompile(`\{[a-z0-9]{1,40}\}`)
	typeName    = regexp.MustCompile(`^` + Word + `(\.` + Word + `)*$`)
)

// validName tells whether name is an event type; native names may have placeholders.
func validName(name string, native bool) bool {
	if native {
		name = Placeholder.ReplaceAllString(name, "x")
	}
	return len(name) <= MaxNameLength && typeName.MatchString(name)
}

func (c *checker) eventTypes(m *sdk.Manifest) {
	c.require(len(m.EventTypes) > 0 || m.OpenCatalogue, "event_types", "must name at least one type, or open_catalogue must be set")
	c.require(len(m.EventTypes) <= maxEventTypes, "event_types", "must have at most %d entries", maxEventTypes)
	seen := make(map[string]bool, len(m.EventTypes))
	for i, t := range m.EventTypes {
		field := fmt.Sprintf("event_types[%d]", i)
		c.require(t.Name != "", field+".name", "must not be empty")
		c.require(t.Name == "" || validName(t.Name, true), field+".name",
			"%q must be words of letters, digits, _, -, : and / joined by dots, with {attribute} for an event's attribute", t.Name)
		c.require(!seen[t.Name], field+".name", "%q stands there twice", t.Name)
		seen[t.Name] = true
		c.canonical(field, t.Canonical)
		for j, when := range t.When {
			c.field(fmt.Sprintf("%s.when[%d].key", field, j), when.Key)
		}
		c.filterKeys(field, &t)
		c.require(len(t.JSONSchema) <= maxSchemaBytes, field+".json_schema", "must have at most %d bytes", maxSchemaBytes)
		c.require(len(t.JSONSchema) == 0 || json.Valid(t.JSONSchema), field+".json_schema", "must be JSON")
	}
}

func (c *checker) canonical(field string, types []string) {
	seen := make(map[string]bool, len(types))
	for i, name := range types {
		f := fmt.Sprintf("%s.canonical[%d]", field, i)
		c.require(validName(name, false), f, "%q must be words of letters, digits, _, -, : and / joined by dots", name)
		c.require(!seen[name], f, "%q stands there twice", name)
		seen[name] = true
	}
}

func (c *checker) filterKeys(field string, t *sdk.EventType) {
	seen := make(map[string]bool, len(t.FilterKeys))
	for i, k := range t.FilterKeys {
		f := fmt.Sprintf("%s.filter_keys[%d]", field, i)
		c.require(k.Key != "" && len(k.Key) <= MaxNameLength, f+".key", "must have 1 to %d bytes", MaxNameLength)
		c.require(!seen[k.Key], f+".key", "%q stands there twice", k.Key)
		seen[k.Key] = true
		c.require(len(k.Fields) > 0, f+".fields", "must name where an event has the value")
		for j, name := range k.Fields {
			c.field(fmt.Sprintf("%s.fields[%d]", f, j), name)
		}
		c.implied(f, t.Canonical, k.Implied)
	}
}

// implied wants each entry to apply to an event that can become the type.
func (c *checker) implied(field string, canonical []string, values []sdk.ImpliedValue) {
	for i, v := range values {
		f := fmt.Sprintf("%s.implied[%d]", field, i)
		c.require(slices.Contains(canonical, v.Type), f+".type", "%q must be one of the event type's canonical types", v.Type)
		c.require(v.Value != "" && len(v.Value) <= MaxNameLength, f+".value", "must have 1 to %d bytes", MaxNameLength)
		for j, when := range v.When {
			c.field(fmt.Sprintf("%s.when[%d].key", f, j), when.Key)
		}
	}
}

// attribute is the name of an extension attribute.
var attribute = regexp.MustCompile(`^[a-z0-9]{1,64}$`)

// field is where an event has a value: an extension attribute, or a JSON pointer
// into the data.
func (c *checker) field(at, name string) {
	_, err := jsonpointer.New(name)
	pointer := len(name) > 1 && name[0] == '/' && err == nil && len(name) <= MaxNameLength
	c.require(pointer || attribute.MatchString(name), at,
		"%q must be an extension attribute's name, or a JSON pointer into the data, such as /call/direction", name)
}
