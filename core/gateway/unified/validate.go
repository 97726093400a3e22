package unified

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// maxFields bounds how many errors a client is told of.
const maxFields = 20

// uuidText is the one form of UUIDs that is taken; the parser knows more.
var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

var validationOptions = []openapi3.SchemaValidationOption{
	openapi3.WithStringFormatValidator("uuid", openapi3.NewCallbackValidator(checkUUID)),
}

// checkUUID refuses the nil UUID too: it is nobody's id, and in a query would
// select everything.
func checkUUID(text string) error {
	if !uuidText.MatchString(text) || text == uuid.Nil.String() {
		return errors.New("is no UUID")
	}
	return nil
}

// validate checks parameters and body against the document.
func (e *edge) validate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := operationOf(r.Context())
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			e.fail(w, r, sdk.Errorf(sdk.CodeInvalid, "The query is malformed; escape its special characters"))
			return
		}
		if f := unknownQuery(o, query); len(f) > 0 {
			e.fail(w, r, invalid(f))
			return
		}
		if err := openapi3filter.ValidateRequest(r.Context(), o.validationInput(r, query)); err != nil {
			x := explainer{}
			x.explain(err)
			e.fail(w, r, invalid(x.fields))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func invalid(fields []sdk.FieldError) error {
	return &sdk.Error{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: fields[:min(len(fields), maxFields)]}
}

// unknownQuery names the parameters that the operation does not have.
func unknownQuery(o *operation, query url.Values) (f []sdk.FieldError) {
	for name, values := range query {
		p := o.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name)
		switch {
		case p == nil:
			f = append(f, sdk.FieldError{In: "query", Field: name, Message: "is no parameter of this operation"})
		case len(values) > 1:
			f = append(f, sdk.FieldError{In: "query", Field: name, Message: "is given twice"})
		}
	}
	return f
}

// explainer turns kin-openapi's errors into the fields at fault. Messages never
// quote a value.
type explainer struct{ fields []sdk.FieldError }

func (x *explainer) add(in, field, message string) {
	x.fields = append(x.fields, sdk.FieldError{In: in, Field: field, Message: message})
}

func (x *explainer) explain(err error) {
	switch e := err.(type) { //nolint:errorlint // the tree is walked node by node
	case openapi3.MultiError:
		for _, one := range e {
			x.explain(one)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			x.parameter(e.Parameter, e.Err)
			return
		}
		x.body(e.Err)
	default:
		x.add("body", "", "does not match the document")
	}
}

func (x *explainer) parameter(p *openapi3.Parameter, err error) {
	var schema *openapi3.SchemaError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		x.add(p.In, p.Name, "is required")
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		x.add(p.In, p.Name, "must not be empty")
	case errors.As(err, &schema):
		x.add(p.In, p.Name, message(schema))
	default:
		x.add(p.In, p.Name, mustBe(p.Schema.Value))
	}
}

func (x *explainer) body(err error) {
	switch e := err.(type) { //nolint:errorlint // the tree is walked node by node
	case openapi3.MultiError:
		for _, one := range e {
			x.body(one)
		}
	case *openapi3.SchemaError:
		path := e.JSONPointer()
		if name, ok := unknownMember(e); ok {
			path = append(path, name)
		}
		x.add("body", pointer(path), message(e))
	default:
		x.add("body", "", "must be a JSON object")
	}
}

var unsupported = regexp.MustCompile(`^property "(.*)" is unsupported$`)

// unknownMember reads a member's name from kin-openapi's reason, the only place
// that has it.
func unknownMember(e *openapi3.SchemaError) (string, bool) {
	m := unsupported.FindStringSubmatch(e.Reason)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// pointer is the JSON pointer of a path (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
	}
	return b.String()
}
