package eventtype

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxSteps bounds one validation: about a second at the very worst. A schema may
// apply itself to the same data again and again, so that what it costs would grow
// without bound otherwise.
const maxSteps = 1_000_000

// errSteps ends a validation that takes too long.
var errSteps = errors.New("too many steps")

// metered is a compiled schema that counts its steps; for one validation at a
// time.
type metered struct {
	schema *jsonschema.Schema
	steps  int
}

// newMetered makes every part of a compiled schema count. The check of a format
// comes before a part looks at any other, so a part whose format is refused ends
// there.
func newMetered(s *jsonschema.Schema) *metered {
	m := &metered{schema: s}
	seen := map[*jsonschema.Schema]bool{}
	queue := []*jsonschema.Schema{s}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if s == nil || seen[s] || s.Bool != nil {
			continue
		}
		seen[s] = true
		once, each := parts(s)
		s.Format = m.count(s, enums(once), enums(each))
		queue = append(append(queue, once...), each...)
	}
	return m
}

// count is the format of a part: its own, after its steps are counted. once are
// the values that its parts compare the value itself with, each those that they
// compare every member with.
func (m *metered) count(s *jsonschema.Schema, once, each int) *jsonschema.Format {
	own := s.Format
	name := "steps"
	if own != nil {
		name = own.Name
	}
	return &jsonschema.Format{Name: name, Validate: func(v any) error {
		n := size(v, s.Pattern != nil)
		if m.steps += 1 + once + n*(1+each); m.steps > maxSteps {
			return errSteps
		}
		if own != nil {
			return own.Validate(v)
		}
		return nil
	}}
}

// size is how many members a value has; a text has its characters where they are
// matched.
func size(v any, matched bool) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	case string:
		if matched {
			return len(v)
		}
		return len(v) / 256
	default:
		return 0
	}
}

// parts are the schemas that a schema applies to the value itself or to one of its
// members, and those that it applies to each member.
func parts(s *jsonschema.Schema) (once, each []*jsonschema.Schema) {
	once = append(once, s.Ref, s.Not, s.If, s.Then, s.Else)
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems} {
		once = append(once, list...)
	}
	for _, p := range s.Properties {
		once = append(once, p)
	}
	for _, p := range s.DependentSchemas {
		once = append(once, p)
	}
	for _, d := range s.Dependencies {
		if p, ok := d.(*jsonschema.Schema); ok {
			once = append(once, p)
		}
	}
	each = append(each, s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema)
	for _, p := range s.PatternProperties {
		each = append(each, p)
	}
	for _, a := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		switch a := a.(type) {
		case *jsonschema.Schema:
			each = append(each, a)
		case []*jsonschema.Schema:
			each = append(each, a...)
		}
	}
	return once, each
}

// enums counts the values that schemas compare with, which they do before they
// look at the format.
func enums(list []*jsonschema.Schema) (n int) {
	for _, s := range list {
		if s != nil && s.Enum != nil {
			n += len(s.Enum.Values)
		}
	}
	return n
}

func (m *metered) validate(v any) []sdk.FieldError {
	m.steps = 0
	err := m.schema.Validate(v)
	if m.steps > maxSteps {
		return []sdk.FieldError{{In: "body", Message: "takes too many steps to check against the schema of its type; send less, or simplify the schema"}}
	}
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return faultsOf(invalid)
	default:
		return []sdk.FieldError{{In: "body", Message: short(err.Error())}}
	}
}

const (
	maxNumber   = 400 // characters
	maxExponent = 400
)

// plainNumbers tells whether numbers can be computed with: 1e999999999 is short to
// write and has a billion digits.
func plainNumbers(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			if !plainNumbers(child) {
				return false
			}
		}
	case []any:
		for _, child := range v {
			if !plainNumbers(child) {
				return false
			}
		}
	case json.Number:
		if len(v) > maxNumber {
			return false
		}
		if i := strings.IndexAny(v.String(), "eE"); i >= 0 {
			e, err := strconv.Atoi(strings.TrimPrefix(v.String()[i+1:], "+"))
			return err == nil && e <= maxExponent && e >= -maxExponent
		}
	}
	return true
}
