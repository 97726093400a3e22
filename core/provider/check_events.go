package provider

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// word is what an event type's name is made of between its dots, and what an
// attribute must be to stand in a name.
const word = `[A-Za-z0-9_:/-]+`

var (
	// placeholder is an attribute of the event within a native name. CloudEvents
	// 1.0, "Naming conventions": lower-case letters and digits.
	placeholder = regexp.MustCompile(`\{[a-z0-9]{1,40}\}`)
	typeName    = regexp.MustCompile(`^` + word + `(\.` + word + `)*$`)
)

// validName tells whether name is an event type; native names may have placeholders.
func validName(name string, native bool) bool {
	if native {
		name = placeholder.ReplaceAllString(name, "x")
	}
	return len(name) <= maxNameLength && typeName.MatchString(name)
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
