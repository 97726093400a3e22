package unified

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// message says what a value must be, by the keyword of the document that it does
// not meet.
func message(e *openapi3.SchemaError) string {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "is required"
	case "properties":
		return "is not known"
	case "type", "format":
		return mustBe(s)
	case "nullable":
		return mustBe(s) + ", not null"
	case "enum":
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprint(v)
		}
		return "must be one of " + strings.Join(words, ", ")
	case "pattern":
		return "must match " + s.Pattern
	default:
		return bound(e.SchemaField, s)
	}
}

// bound words the keywords that bound a value.
func bound(keyword string, s *openapi3.Schema) string {
	switch keyword {
	case "minLength":
		return atLeast(s.MinLength, "characters")
	case "minItems":
		return atLeast(s.MinItems, "entries")
	case "minProperties":
		return atLeast(s.MinProps, "members")
	case "maxLength":
		return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
	case "maxItems":
		return fmt.Sprintf("must have at most %d entries", *s.MaxItems)
	case "maxProperties":
		return fmt.Sprintf("must have at most %d members", *s.MaxProps)
	case "minimum":
		return "must be at least " + number(*s.Min)
	case "maximum":
		return "must be at most " + number(*s.Max)
	default:
		return "is not valid"
	}
}

func atLeast(n uint64, what string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %d %s", n, what)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// mustBe names the type, and the format where it has one.
func mustBe(s *openapi3.Schema) string {
	switch {
	case s.Format == "uuid":
		return "must be a UUID"
	case s.Format == "date-time":
		return "must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z"
	case s.Type.Is(openapi3.TypeArray):
		return "must be an array"
	case s.Type.Is(openapi3.TypeObject):
		return "must be an object"
	case s.Type.Is(openapi3.TypeInteger):
		return "must be an integer"
	case s.Type.Is(openapi3.TypeBoolean):
		return "must be true or false"
	default:
		return "must be a string"
	}
}
