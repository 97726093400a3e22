package explain

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// within returns the schemas by which to look for what is wrong with a value that
// fails a composition, and what to say if there are none or they find nothing.
// For any other keyword it returns nothing.
func within(e *openapi3.SchemaError) (openapi3.SchemaRefs, string) {
	switch {
	case e.Schema == nil:
		return nil, ""
	case e.SchemaField == "allOf":
		return e.Schema.AllOf, "is not valid"
	case e.SchemaField != "oneOf" && e.SchemaField != "anyOf":
		return nil, ""
	case errors.Is(e, openapi3.ErrOneOfConflict):
		return nil, "matches more than one of its allowed forms"
	}
	fitting := fits(alternatives(e.Schema), e.Value)
	message := noAlternative(e.Schema, fitting)
	if len(fitting) != 1 {
		return nil, message
	}
	return fitting, message
}

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
