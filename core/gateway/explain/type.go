package explain

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// typeMessage says of which type a value must be, with the format where that
// tells more.
func typeMessage(s *openapi3.Schema) string {
	switch {
	case s.Type == nil:
		return "must be of another type"
	case s.Type.Is(openapi3.TypeString) && (s.Format == "uuid" || s.Format == "date-time"):
		return formatMessage(s.Format)
	default:
		return mustBe(s.Type.Slice())
	}
}

func formatMessage(format string) string {
	switch format {
	case "uuid":
		return "must be a UUID"
	case "date-time":
		return "must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z"
	case "date":
		return "must be a date as in RFC 3339, such as 2026-11-21"
	default:
		return "must have the format " + shorten(format)
	}
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
