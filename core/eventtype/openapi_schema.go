package eventtype

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// bundle gathers what a schema refers to, so that it stands alone.
type bundle struct {
	*document
	// names are those under $defs, by reference.
	names map[string]string
	defs  map[string]any
	count int
}

// schema makes a JSON Schema of draft 2020-12 of one in the document.
func (d *document) schema(v any) (json.RawMessage, error) {
	b := bundle{document: d, names: map[string]string{}, defs: map[string]any{}}
	out, err := b.convert(v, 0)
	if err != nil {
		return nil, err
	}
	if len(b.defs) > 0 {
		m, ok := out.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("has a schema that is no object")
		}
		if own, ok := m["$defs"].(map[string]any); ok {
			for name, v := range own {
				b.defs[name] = v
			}
		}
		m["$defs"] = b.defs
	}
	text, err := json.Marshal(out)
	if len(text) > MaxSchema { // nobody keeps what will be refused
		return nil, fmt.Errorf("has a schema of %d bytes, with what it refers to; at most %d are taken", len(text), MaxSchema)
	}
	return text, err
}

// Words of schemas by what they hold. Those of no list hold values, which are
// taken as they are.
var (
	holdsSchema = words("not if then else items contains additionalProperties additionalItems propertyNames unevaluatedItems unevaluatedProperties contentSchema")
	holdsList   = words("allOf anyOf oneOf prefixItems")
	holdsMap    = words("properties patternProperties dependentSchemas $defs definitions")
)

func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

func (b *bundle) convert(v any, depth int) (any, error) {
	if b.count++; b.count > maxSchemaValues || depth > maxSchemaDepth {
		return nil, fmt.Errorf("has a schema of more than %d parts or %d levels", maxSchemaValues, maxSchemaDepth)
	}
	in, ok := v.(map[string]any)
	if !ok {
		return v, nil // true and false are schemas; others are refused as such
	}
	out := make(map[string]any, len(in))
	for name, v := range in {
		var err error
		switch {
		case name == "$ref":
			out[name], err = b.reference(v, depth)
		case holdsSchema[name]:
			out[name], err = b.convert(v, depth+1)
		case holdsList[name]:
			out[name], err = b.convertList(v, depth)
		case holdsMap[name]:
			out[name], err = b.convertMap(v, depth)
		default:
			out[name] = v
		}
		if err != nil {
			return nil, err
		}
	}
	if b.old {
		modernize(out)
	}
	return out, nil
}

func (b *bundle) convertList(v any, depth int) (any, error) {
	in, ok := v.([]any)
	if !ok {
		return v, nil
	}
	out := make([]any, len(in))
	for i := range in {
		var err error
		if out[i], err = b.convert(in[i], depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *bundle) convertMap(v any, depth int) (any, error) {
	in, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	out := make(map[string]any, len(in))
	for name := range in {
		var err error
		if out[name], err = b.convert(in[name], depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// reference gives what is referred to a name under $defs. A schema may refer to
// itself, so the name is given before the schema is read.
func (b *bundle) reference(v any, depth int) (any, error) {
	ref, ok := v.(string)
	if !ok {
		return v, nil
	}
	if name, ok := b.names[ref]; ok {
		return "#/$defs/" + name, nil
	}
	target, err := b.find(ref)
	if err != nil {
		return nil, err
	}
	name := b.name(ref)
	b.names[ref] = name
	b.defs[name] = true
	schema, err := b.convert(target, depth+1)
	if err != nil {
		return nil, err
	}
	b.defs[name] = schema
	return "#/$defs/" + name, nil
}

// name is the last word of a reference, and a number where that is taken.
func (b *bundle) name(ref string) string {
	last := unescapes.Replace(unpercent(ref[strings.LastIndexByte(ref, '/')+1:]))
	var base strings.Builder
	for _, r := range last {
		if r == '-' || r == '.' || r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' {
			base.WriteRune(r)
		} else {
			base.WriteByte('_')
		}
	}
	name := base.String()
	for i := 2; b.defs[name] != nil; i++ {
		name = base.String() + strconv.Itoa(i)
	}
	return name
}

func unpercent(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// modernize turns what schemas of OpenAPI 3.0 say otherwise into draft 2020-12:
// nullable, exclusive bounds that are flags, and examples (OpenAPI 3.0.4, section
// 4.7.24, and the upgrade notes of 3.1).
func modernize(s map[string]any) {
	if s["$ref"] != nil { // members beside $ref say nothing in 3.0
		for name := range s {
			if name != "$ref" {
				delete(s, name)
			}
		}
		return
	}
	for flag, bound := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		exclusive, ok := s[flag].(bool)
		if !ok {
			continue
		}
		delete(s, flag)
		if limit, has := s[bound]; exclusive && has {
			s[flag] = limit
			delete(s, bound)
		}
	}
	nullable, _ := s["nullable"].(bool)
	for _, name := range []string{"nullable", "example", "discriminator", "xml", "externalDocs"} {
		delete(s, name)
	}
	if t, ok := s["type"].(string); ok && nullable {
		s["type"] = []any{t, "null"}
		if list, ok := s["enum"].([]any); ok && !hasNull(list) {
			s["enum"] = append(append([]any{}, list...), nil)
		}
	}
}

func hasNull(list []any) bool {
	for _, v := range list {
		if v == nil {
			return true
		}
	}
	return false
}
