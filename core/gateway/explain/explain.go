// Package explain says what is wrong with a request in words that its author
// can act upon: which field it is, and what would be right. Messages never quote
// a value, which may be a secret, and are bounded in number and size.
package explain

import (
	"errors"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// MaxBody is the largest body of which all errors should be looked for
// ([openapi3filter.Options.MultiError]), in bytes. Each error takes memory; of a
// larger body the first is enough.
const MaxBody = 64 << 10

const (
	// maxFields bounds how many errors a client is told of.
	maxFields = 20
	// maxAlternatives bounds how deep oneOf and its like are looked into.
	maxAlternatives = 8
)

// Invalid is the error of a request with these fields at fault, of which it
// names the first 20.
func Invalid(fields ...sdk.FieldError) *sdk.Error {
	return &sdk.Error{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: fields[:min(len(fields), maxFields)]}
}

// Request turns what [openapi3filter.ValidateRequest] found into the fields at
// fault. The options are those that the request was validated with. The error
// is [sdk.CodeInvalid]; its reason is [sdk.ReasonMalformedBody] if the body could
// not be read as its content type.
func Request(err error, options ...openapi3.SchemaValidationOption) *sdk.Error {
	x := explainer{options: append([]openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors()}, options...)}
	x.any(err)
	if x.malformed && len(x.fields) == 0 {
		return malformed("The body is not what its content type says")
	}
	e := Invalid(x.fields...)
	if len(x.fields) == 0 {
		e.Message = "The request does not match the API's document"
	}
	return e
}

type explainer struct {
	options   []openapi3.SchemaValidationOption
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
	switch {
	case errors.Is(e.Err, openapi3filter.ErrInvalidRequired):
		x.add(p.In, p.Name, "is required")
		return
	case errors.Is(e.Err, openapi3filter.ErrInvalidEmptyValue):
		x.add(p.In, p.Name, "must not be empty")
		return
	}
	found := x.schemaErrors(e.Err, nil, 0, func(path []string, message string) {
		if len(path) > 0 && !single(e) {
			message = "entry " + strings.Join(path, "/") + " " + message
		}
		x.add(p.In, p.Name, message)
	})
	if found {
		return
	}
	// It could not be read as its type.
	message := "is malformed"
	if p.Schema != nil && p.Schema.Value.Type != nil {
		message = typeMessage(p.Schema.Value)
	}
	x.add(p.In, p.Name, message)
}

// single tells whether a list in the query was given one entry only, which then
// need not be told from others.
func single(e *openapi3filter.RequestError) bool {
	if e.Parameter.In != openapi3.ParameterInQuery || e.Parameter.Schema == nil || !e.Parameter.Schema.Value.Type.Is(openapi3.TypeArray) {
		return false
	}
	values := e.Input.GetQueryParams()[e.Parameter.Name]
	// What parts the entries depends on the parameter's style.
	return len(values) == 1 && !strings.ContainsAny(values[0], ",| ")
}

func (x *explainer) body(e *openapi3filter.RequestError) {
	if errors.Is(e.Err, openapi3filter.ErrInvalidRequired) {
		x.add("body", "", "the body is required")
		return
	}
	found := x.schemaErrors(e.Err, nil, 0, func(path []string, message string) {
		x.add("body", pointer(path), message)
	})
	x.malformed = x.malformed || !found
}

// schemaErrors reports every schema error of a tree, with the path of the value
// below prefix. It tells whether there was any.
func (x *explainer) schemaErrors(err error, prefix []string, depth int, report func([]string, string)) bool {
	switch e := err.(type) { //nolint:errorlint // errors.As would take the first of many
	case openapi3.MultiError:
		found := false
		for _, one := range e {
			if len(x.fields) >= maxFields {
				return true
			}
			found = x.schemaErrors(one, prefix, depth, report) || found
		}
		return found
	case *openapi3.SchemaError:
		path := append(append([]string{}, prefix...), e.JSONPointer()...)
		refs, message := within(e)
		switch {
		case e.Schema == nil || depth >= maxAlternatives:
			message = "is not valid"
		case len(refs) > 0:
			found := false
			for _, ref := range refs {
				found = x.schemaErrors(ref.Value.VisitJSON(e.Value, x.options...), path, depth+1, report) || found
			}
			if found {
				return true
			}
		case message == "":
			path, message = schemaMessage(path, e)
		}
		report(path, message)
		return true
	default:
		return false
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
