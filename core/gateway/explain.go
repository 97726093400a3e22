package gateway

import (
	"errors"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// maxFields bounds how many errors a client is told of.
	maxFields = 20
	// maxAlternatives bounds how deep oneOf and its like are looked into.
	maxAlternatives = 8
)

// explain turns kin-openapi's errors into the fields at fault. Messages say
// what would be right and never quote a value.
func explain(err error) *sdk.Error {
	x := explainer{}
	x.any(err)
	if x.malformed && len(x.fields) == 0 {
		return &sdk.Error{
			Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody,
			Message: "The body is not what its content type says",
		}
	}
	e := invalid(x.fields...)
	if len(x.fields) == 0 {
		e.Message = "The request does not match the API's document"
	}
	return e
}

type explainer struct {
	fields    []sdk.FieldError
	malformed bool
}

// add names a field, with the first of what is wrong with it.
func (x *explainer) add(in, field, message string) {
	known := slices.ContainsFunc(x.fields, func(f sdk.FieldError) bool { return f.In == in && f.Field == field })
	if !known && len(x.fields) < maxFields {
		x.fields = append(x.fields, sdk.FieldError{In: in, Field: field, Message: message})
	}
}

func (x *explainer) any(err error) {
	switch e := err.(type) { //nolint:errorlint // the tree is walked node by node
	case openapi3.MultiError:
		for _, one := range e {
			x.any(one)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			x.parameter(e)
		} else {
			x.body(e)
		}
	}
}

func (x *explainer) parameter(e *openapi3filter.RequestError) {
	p := e.Parameter
	var parse *openapi3filter.ParseError
	switch {
	case errors.Is(e.Err, openapi3filter.ErrInvalidRequired):
		x.add(p.In, p.Name, "is required")
	case errors.Is(e.Err, openapi3filter.ErrInvalidEmptyValue):
		x.add(p.In, p.Name, "must not be empty")
	case errors.As(e.Err, &parse):
		message := "is malformed"
		if p.Schema != nil && p.Schema.Value.Type != nil {
			message = mustBe(p.Schema.Value.Type.Slice())
		}
		x.add(p.In, p.Name, message)
	default:
		x.schemaErrors(e.Err, nil, 0, func(path []string, message string) {
			if len(path) > 0 {
				message = "entry " + strings.Join(path, "/") + " " + message
			}
			x.add(p.In, p.Name, message)
		})
	}
}

func (x *explainer) body(e *openapi3filter.RequestError) {
	if errors.Is(e.Err, openapi3filter.ErrInvalidRequired) {
		x.add("body", "", "the body is required")
		return
	}
	found := false
	x.schemaErrors(e.Err, nil, 0, func(path []string, message string) {
		found = true
		x.add("body", pointer(path), message)
	})
	x.malformed = x.malformed || !found
}

// schemaErrors reports every schema error of a tree, with the path of the value
// below prefix.
func (x *explainer) schemaErrors(err error, prefix []string, depth int, report func([]string, string)) {
	if len(x.fields) >= maxFields {
		return
	}
	if many, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // errors.As would take the first of many
		for _, one := range many {
			x.schemaErrors(one, prefix, depth, report)
		}
		return
	}
	e, ok := err.(*openapi3.SchemaError) //nolint:errorlint // its causes are looked at below
	if !ok {
		return
	}
	path := append(append([]string{}, prefix...), e.JSONPointer()...)
	again := func(schemas ...*openapi3.SchemaRef) {
		for _, s := range schemas {
			err := s.Value.VisitJSON(e.Value, openapi3.VisitAsRequest(), openapi3.MultiErrors())
			x.schemaErrors(err, path, depth+1, report)
		}
	}
	switch {
	case e.Schema == nil || depth >= maxAlternatives:
		report(path, "is not valid")
	case e.SchemaField == "allOf":
		again(e.Schema.AllOf...)
	case e.SchemaField == "oneOf" || e.SchemaField == "anyOf":
		if errors.Is(e, openapi3.ErrOneOfConflict) {
			report(path, "matches more than one of its allowed forms")
			return
		}
		fitting := fits(alternatives(e.Schema), e.Value)
		if len(fitting) == 1 {
			again(fitting...)
			return
		}
		report(path, noAlternative(e.Schema, fitting))
	default:
		path, message := schemaMessage(path, e)
		report(path, message)
	}
}

// pointer is the JSON pointer of a path (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(shorten(token)))
	}
	return b.String()
}
