package explain

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	// maxShown bounds text of the document or of a member's name in a message.
	maxShown = 200
	// maxListed bounds lists of names and values in a message.
	maxListed = 20
)

// schemaMessage says what a value must be, by the keyword that it fails, and
// where: a member that is not known is named by its own path.
func schemaMessage(path []string, e *openapi3.SchemaError) ([]string, string) {
	s := e.Schema
	switch e.SchemaField {
	case "properties":
		name, ok := unsupportedProperty(e.Reason)
		if ok {
			path = append(path, name)
		}
		return path, "is not known" + known(s)
	case "discriminator":
		if s.Discriminator == nil {
			return path, "is not valid"
		}
		return append(path, s.Discriminator.PropertyName), "must be " + list(slices.Sorted(maps.Keys(s.Discriminator.Mapping)))
	case "type", "nullable":
		message := typeMessage(s)
		if e.SchemaField == "nullable" {
			message += ", not null"
		}
		return path, message
	}
	return path, boundMessage(e.SchemaField, s)
}

// boundMessage words the keywords that bound a value.
func boundMessage(keyword string, s *openapi3.Schema) string {
	switch keyword {
	case "required":
		return "is required"
	case "readOnly":
		return "is set by the server; leave it out"
	case "enum":
		return "must be " + list(jsonTexts(s.Enum))
	case "pattern":
		return "must match " + shorten(s.Pattern)
	case "format":
		return formatMessage(s.Format)
	case "uniqueItems":
		return "must not have the same entry twice"
	case "minLength":
		return atLeast(s.MinLength, "character")
	case "minItems":
		return atLeast(s.MinItems, "entry")
	case "minProperties":
		return atLeast(s.MinProps, "member")
	case "maxLength":
		return atMost(s.MaxLength, "character")
	case "maxItems":
		return atMost(s.MaxItems, "entry")
	case "maxProperties":
		return atMost(s.MaxProps, "member")
	default:
		return numberMessage(keyword, s)
	}
}

func numberMessage(keyword string, s *openapi3.Schema) string {
	number := func(f *float64) string {
		if f == nil {
			return "the bound"
		}
		return strconv.FormatFloat(*f, 'f', -1, 64)
	}
	switch keyword {
	case "minimum":
		return "must be at least " + number(s.Min)
	case "maximum":
		return "must be at most " + number(s.Max)
	case "exclusiveMinimum":
		return "must be more than " + number(s.Min)
	case "exclusiveMaximum":
		return "must be less than " + number(s.Max)
	case "multipleOf":
		return "must be a multiple of " + number(s.MultipleOf)
	default:
		return "is not valid"
	}
}

func atLeast(n uint64, what string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %d %s", n, plural(n, what))
}

func atMost(n *uint64, what string) string {
	if n == nil {
		return "is too long"
	}
	return fmt.Sprintf("must have at most %d %s", *n, plural(*n, what))
}

func plural(n uint64, what string) string {
	switch {
	case n == 1:
		return what
	case what == "entry":
		return "entries"
	default:
		return what + "s"
	}
}

// unsupportedProperty reads the member's name from kin-openapi's reason, the
// only place that has it.
func unsupportedProperty(reason string) (string, bool) {
	quoted, ok := strings.CutPrefix(reason, "property ")
	quoted, ok2 := strings.CutSuffix(quoted, " is unsupported")
	name, err := strconv.Unquote(quoted)
	return name, ok && ok2 && err == nil
}

// known lists the members that an object may have.
func known(s *openapi3.Schema) string {
	if len(s.Properties) == 0 {
		return ""
	}
	return "; known are " + strings.Join(bounded(slices.Sorted(maps.Keys(s.Properties))), ", ")
}

func list(words []string) string {
	if len(words) == 1 {
		return shorten(words[0])
	}
	return "one of " + strings.Join(bounded(words), ", ")
}

func bounded(words []string) []string {
	out := make([]string, 0, min(len(words), maxListed+1))
	for i, w := range words {
		if i == maxListed {
			return append(out, "…")
		}
		out = append(out, shorten(w))
	}
	return out
}

// jsonTexts writes the values of an enum: text as it stands, all else as JSON.
func jsonTexts(values []any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		if s, ok := v.(string); ok {
			out[i] = s
			continue
		}
		b, err := json.Marshal(v)
		if err != nil {
			b = []byte("?")
		}
		out[i] = string(b)
	}
	return out
}

// shorten cuts text at maxShown bytes, at the start of a character.
func shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	n := maxShown
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
