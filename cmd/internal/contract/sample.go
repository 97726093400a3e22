package contract

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample is a value of a schema for people to read: its example, else one that its
// type asks for. Optional members are shown where they have an example.
func sample(ref *openapi3.SchemaRef, depth int) any {
	if ref == nil || ref.Value == nil || depth > maxDepth {
		return nil
	}
	s := ref.Value
	switch {
	case s.Example != nil:
		return s.Example
	case s.Nullable:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Default != nil:
		return s.Default
	case len(s.OneOf) > 0:
		return sample(s.OneOf[0], depth+1)
	case len(s.AnyOf) > 0:
		return map[string]any{"order": "4711", "total": 12.5} // any JSON
	case len(s.AllOf) > 0 || len(s.Properties) > 0:
		return sampleObject(ref, depth)
	case s.Type.Is("array"):
		return []any{sample(s.Items, depth+1)}
	case s.Type.Is("string"):
		return sampleText(s)
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 1.0
	case s.Type.Is("boolean"):
		return true
	}
	return map[string]any{}
}

func sampleObject(ref *openapi3.SchemaRef, depth int) any {
	members, required := membersOf(ref)
	out := map[string]any{}
	for name, member := range members {
		if slices.Contains(required, name) || member.Value.Example != nil {
			out[name] = sample(member, depth+1)
		}
	}
	return out
}

func sampleText(s *openapi3.Schema) string {
	switch s.Format {
	case "uuid":
		return "019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10"
	case "date-time":
		return "2026-11-21T09:00:00Z"
	case "byte":
		return "aGVsbG8="
	}
	return strings.Repeat("x", int(max(s.MinLength, 1))-1) + "…" //nolint:gosec // the document's own bounds
}

// membersOf are the members of an object and which of them it must have, in the
// document's order, those of all its parts together.
func membersOf(ref *openapi3.SchemaRef) (members openapi3.Schemas, required []string) {
	members = openapi3.Schemas{}
	if ref == nil || ref.Value == nil {
		return members, nil
	}
	for _, part := range ref.Value.AllOf {
		m, r := membersOf(part)
		maps.Copy(members, m)
		required = append(required, r...)
	}
	maps.Copy(members, ref.Value.Properties)
	return members, append(required, ref.Value.Required...)
}

// render writes a value as indented JSON: members that must be there first, in the
// document's order, then the others by name.
func render(v any, ref *openapi3.SchemaRef) (string, error) {
	var text, out bytes.Buffer
	if err := write(&text, v, ref); err != nil {
		return "", err
	}
	err := json.Indent(&out, text.Bytes(), "", "  ")
	return out.String(), err
}

func write(b *bytes.Buffer, v any, ref *openapi3.SchemaRef) error {
	switch v := v.(type) {
	case map[string]any:
		return writeObject(b, v, ref)
	case []any:
		return writeArray(b, v, ref)
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func writeObject(b *bytes.Buffer, v map[string]any, ref *openapi3.SchemaRef) error {
	members, required := membersOf(ref)
	names := slices.Sorted(maps.Keys(v))
	rank := func(name string) int {
		if i := slices.Index(required, name); i >= 0 {
			return i
		}
		return len(required)
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(b, name, nil); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := write(b, v[name], members[name]); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func writeArray(b *bytes.Buffer, v []any, ref *openapi3.SchemaRef) error {
	var items *openapi3.SchemaRef
	if ref != nil && ref.Value != nil {
		items = ref.Value.Items
	}
	b.WriteByte('[')
	for i := range v {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(b, v[i], items); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}
