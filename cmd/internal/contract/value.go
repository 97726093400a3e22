package contract

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

const (
	// maxDepth bounds schemas that contain themselves.
	maxDepth = 6
	// maxItems and maxText bound what is drawn where a schema allows more.
	maxItems = 4
	maxText  = 60
)

// drawValue draws a value that a schema takes: often its example, as often a value
// at the edge of what it allows.
func drawValue(t *rapid.T, ref *openapi3.SchemaRef, depth int) any {
	if ref == nil || ref.Value == nil || depth > maxDepth {
		return drawJSON(t)
	}
	s := ref.Value
	switch {
	case s.Example != nil && rapid.Bool().Draw(t, "example"):
		return s.Example
	case s.Nullable && rapid.IntRange(0, 9).Draw(t, "null") == 0:
		return nil
	case len(s.Enum) > 0:
		return rapid.SampledFrom(s.Enum).Draw(t, "enum")
	case len(s.OneOf) > 0:
		return drawValue(t, rapid.SampledFrom(s.OneOf).Draw(t, "oneOf"), depth+1)
	case len(s.AllOf) > 0:
		return drawAll(t, s.AllOf, depth)
	}
	switch {
	case s.Type.Is("object"), s.Type == nil && len(s.Properties) > 0:
		return drawObject(t, s, depth)
	case s.Type.Is("array"):
		return drawArray(t, s, depth)
	case s.Type.Is("string"):
		return drawText(t, s)
	case s.Type.Is("integer"), s.Type.Is("number"):
		return drawNumber(t, s)
	case s.Type.Is("boolean"):
		return rapid.Bool().Draw(t, "bool")
	case len(s.AnyOf) > 0:
		return drawValue(t, rapid.SampledFrom(s.AnyOf).Draw(t, "anyOf"), depth+1)
	}
	return drawJSON(t)
}

// drawAll draws a value of each schema, as one object; the last where they are none.
func drawAll(t *rapid.T, all openapi3.SchemaRefs, depth int) any {
	merged := map[string]any{}
	var last any
	for _, ref := range all {
		last = drawValue(t, ref, depth+1)
		if m, ok := last.(map[string]any); ok {
			maps.Copy(merged, m)
		} else {
			return last
		}
	}
	return merged
}

func drawObject(t *rapid.T, s *openapi3.Schema, depth int) any {
	out := map[string]any{}
	all := rapid.IntRange(0, 7).Draw(t, "all members") == 0
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || all || rapid.IntRange(0, 2).Draw(t, name+"?") == 0 {
			out[name] = drawValue(t, s.Properties[name], depth+1)
		}
	}
	if extra := s.AdditionalProperties; extra.Schema != nil {
		for range rapid.IntRange(0, 2).Draw(t, "further members") {
			out[rapid.StringN(1, 20, -1).Draw(t, "name")] = drawValue(t, extra.Schema, depth+1)
		}
	}
	return out
}

func drawArray(t *rapid.T, s *openapi3.Schema, depth int) any {
	least := int(min(s.MinItems, maxItems))
	most := maxItems
	if s.MaxItems != nil {
		most = max(least, int(min(*s.MaxItems, maxItems)))
	}
	out := []any{}
	for range rapid.IntRange(least, most).Draw(t, "items") {
		out = append(out, drawValue(t, s.Items, depth+1))
	}
	return out
}

func drawText(t *rapid.T, s *openapi3.Schema) any {
	switch s.Format {
	case "uuid":
		return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid")).String()
	case "date-time":
		return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "time"), 0).UTC().Format(time.RFC3339)
	case "byte":
		return base64.StdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 0, maxText).Draw(t, "bytes"))
	case "uri", "url":
		return "https://example.com/" + rapid.StringMatching(`[a-z]{0,9}`).Draw(t, "path")
	}
	if s.Pattern != "" {
		return rapid.StringMatching(s.Pattern).Draw(t, "matching")
	}
	least := int(min(s.MinLength, 5000))
	most := least + maxText
	if s.MaxLength != nil {
		most = max(least, int(min(*s.MaxLength, 5000)))
	}
	switch rapid.IntRange(0, 5).Draw(t, "length") {
	case 0:
		return strings.Repeat("x", least)
	case 1:
		return strings.Repeat("é", most)
	case 2:
		return rapid.StringN(least, min(most, least+maxText), -1).Draw(t, "text")
	}
	return rapid.StringMatching(`[a-z][a-z0-9]{0,12}(\.[a-z_]{1,9}){0,2}`).Draw(t, "word")
}

func drawNumber(t *rapid.T, s *openapi3.Schema) any {
	least, most := -1e6, 1e6
	if s.Min != nil {
		least = *s.Min
	}
	if s.Max != nil {
		most = *s.Max
	}
	most = max(least, most)
	switch rapid.IntRange(0, 3).Draw(t, "edge") {
	case 0:
		return least
	case 1:
		return most
	}
	if s.Type.Is("integer") {
		return rapid.Int64Range(int64(least), int64(most)).Draw(t, "integer")
	}
	return rapid.Float64Range(least, most).Draw(t, "number")
}
