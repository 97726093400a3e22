package eventtype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	draft = "https://json-schema.org/draft/2020-12/schema"
	// home is what references in a schema are relative to.
	home = "switchhook:///schema.json"
	// maxSchemaValues and maxSchemaDepth bound a schema's JSON.
	maxSchemaValues = 5000
	maxSchemaDepth  = 64
	// maxPatternSize bounds a regular expression, in instructions of its program.
	maxPatternSize = 500
	// maxFaults bounds what is said of one event, and maxFault each of it, in bytes.
	maxFaults = 10
	maxFault  = 300
)

// Schema is a compiled JSON Schema. It may be used by several goroutines.
type Schema struct {
	source any
	// compiled are instances, each with a meter that one validation uses.
	compiled sync.Pool
}

// Compile reads a JSON Schema of draft 2020-12. It stands alone: references lead
// to places in it, nothing is fetched. Formats are asserted. Errors: invalid, with
// the field /schema or a place in it.
func Compile(text []byte) (*Schema, error) {
	if len(text) > MaxSchema {
		return nil, sdk.InvalidField("/schema", "must have at most %d bytes", MaxSchema)
	}
	source, err := decode(text)
	if err != nil {
		return nil, sdk.InvalidField("/schema", "%s", err)
	}
	if err := checkSource(source); err != nil {
		return nil, err
	}
	s := &Schema{source: source}
	m, err := s.compile()
	if err != nil {
		return nil, err
	}
	s.compiled.Put(m)
	return s, nil
}

// decode reads JSON without losing digits of numbers.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("must be JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("must be one JSON value")
	}
	if !plainNumbers(v) {
		return nil, errors.New("must not have numbers of more than 400 characters or with an exponent beyond 400")
	}
	return v, nil
}

func (s *Schema) compile() (*metered, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(boundedRegexp)
	if err := c.AddResource(home, s.source); err != nil {
		return nil, invalidSchema(err)
	}
	compiled, err := c.Compile(home)
	if err != nil {
		return nil, invalidSchema(err)
	}
	return newMetered(compiled), nil
}

// Validate tells what is wrong with data; fields are JSON pointers into it.
func (s *Schema) Validate(data []byte) []sdk.FieldError {
	v, err := decode(data)
	if err != nil {
		return []sdk.FieldError{{In: "body", Message: err.Error()}}
	}
	m, _ := s.compiled.Get().(*metered)
	if m == nil {
		if m, err = s.compile(); err != nil { // it was compiled before
			return []sdk.FieldError{{In: "body", Message: err.Error()}}
		}
	}
	defer s.compiled.Put(m)
	return m.validate(v)
}

// checkSource refuses what would make a schema depend on more than itself, or
// cost too much.
func checkSource(source any) error {
	count := 0
	var walk func(v any, depth int) error
	walk = func(v any, depth int) error {
		count++
		if count > maxSchemaValues || depth > maxSchemaDepth {
			return sdk.InvalidField("/schema", "must have at most %d values, %d levels deep", maxSchemaValues, maxSchemaDepth)
		}
		switch v := v.(type) {
		case map[string]any:
			for _, word := range []string{"$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary"} {
				if _, ok := v[word]; ok {
					return sdk.InvalidField("/schema", "must not use %s", word)
				}
			}
			if named, ok := v["$schema"].(string); ok && strings.TrimSuffix(named, "#") != draft {
				return sdk.InvalidField("/schema", "must be of draft 2020-12: leave $schema out, or let it be %s", draft)
			}
			for _, child := range v {
				if err := walk(child, depth+1); err != nil {
					return err
				}
			}
		case []any:
			for _, child := range v {
				if err := walk(child, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	switch source.(type) {
	case map[string]any, bool:
		return walk(source, 0)
	default:
		return sdk.InvalidField("/schema", "must be an object or a boolean")
	}
}

// noLoader refuses what is outside of a schema.
type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a $ref must lead to a place in the schema itself, as #/$defs/address does; %s is not fetched", url)
}

// boundedRegexp is Go's syntax (RE2), whose matching takes linear time.
func boundedRegexp(text string) (jsonschema.Regexp, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > maxPatternSize {
		return nil, errors.New("the pattern is too large: repetitions count as often as they repeat")
	}
	return regexp.Compile(text)
}

// invalidSchema says where a schema is wrong.
func invalidSchema(err error) error {
	var notSchema *jsonschema.SchemaValidationError
	if errors.As(err, &notSchema) {
		var v *jsonschema.ValidationError
		if errors.As(notSchema.Err, &v) {
			if faults := faultsOf(v); len(faults) > 0 {
				return sdk.InvalidField("/schema"+faults[0].Field, "%s", alternatives(faults))
			}
		}
	}
	return sdk.InvalidField("/schema", "%s", short(strings.ReplaceAll(err.Error(), home, "")))
}

// alternatives joins what is said of the first place: a keyword that takes values
// of several kinds is refused by each.
func alternatives(faults []sdk.FieldError) string {
	text := faults[0].Message
	for _, f := range faults[1:] {
		if f.Field == faults[0].Field {
			text += "; or " + f.Message
		}
	}
	return short(text)
}

var english = message.NewPrinter(language.English)

// faultsOf lists the causes of an error, the first in the order of their places.
func faultsOf(err *jsonschema.ValidationError) []sdk.FieldError {
	var out []sdk.FieldError
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 && len(out) < 10*maxFaults {
			out = append(out, sdk.FieldError{In: "body", Field: pointerOf(e.InstanceLocation), Message: short(e.ErrorKind.LocalizedString(english))})
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(err)
	slices.SortFunc(out, func(a, b sdk.FieldError) int {
		return strings.Compare(a.Field+"\x00"+a.Message, b.Field+"\x00"+b.Message)
	})
	out = slices.Compact(out)
	return out[:min(len(out), maxFaults)]
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

func pointerOf(path []string) string {
	var b strings.Builder
	for _, p := range path {
		b.WriteByte('/')
		b.WriteString(escapes.Replace(p))
	}
	return b.String()
}

// short bounds a message, which may show a value.
func short(text string) string {
	if len(text) <= maxFault {
		return text
	}
	text = text[:maxFault]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "…"
}
