package gateway

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// alternatives are the schemas of which a value must match one.
func alternatives(s *openapi3.Schema) openapi3.SchemaRefs {
	if len(s.OneOf) > 0 {
		return s.OneOf
	}
	return s.AnyOf
}

// fits returns the alternatives whose type the value has: what is wrong with it
// by one of these is what its author wants to know.
func fits(refs openapi3.SchemaRefs, value any) openapi3.SchemaRefs {
	have := jsonTypes(value)
	var out openapi3.SchemaRefs
	for _, ref := range refs {
		if ref.Value.Type == nil || slices.ContainsFunc(have, ref.Value.Type.Includes) {
			out = append(out, ref)
		}
	}
	return out
}

// jsonTypes are the OpenAPI types that a decoded JSON value may be.
func jsonTypes(value any) []string {
	switch value.(type) {
	case bool:
		return []string{openapi3.TypeBoolean}
	case string:
		return []string{openapi3.TypeString}
	case json.Number, float64, int, int64:
		return []string{openapi3.TypeNumber, openapi3.TypeInteger}
	case []any:
		return []string{openapi3.TypeArray}
	case map[string]any:
		return []string{openapi3.TypeObject}
	default:
		return nil
	}
}

// noAlternative says what a value should have been that fits none or several.
func noAlternative(s *openapi3.Schema, fitting openapi3.SchemaRefs) string {
	if len(fitting) > 0 {
		return "has none of its allowed forms"
	}
	var types []string
	for _, ref := range alternatives(s) {
		for _, t := range ref.Value.Type.Slice() {
			if !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
	}
	if len(types) == 0 {
		return "has none of its allowed forms"
	}
	return mustBe(types)
}

// mustBe says that a value must be of one of the types.
func mustBe(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = "a " + t
		switch t {
		case openapi3.TypeArray, openapi3.TypeInteger, openapi3.TypeObject:
			words[i] = "an " + t
		case openapi3.TypeBoolean:
			words[i] = "true or false"
		}
	}
	return "must be " + strings.Join(words, " or ")
}
