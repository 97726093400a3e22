package explain_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// call is a request of an operation of a document.
type call struct {
	document, template, method, target string
	params                             map[string]string
	header, body                       string
}

// explained validates the request, which must fail, and explains why.
func (c call) explained(t *testing.T, options ...openapi3.SchemaValidationOption) *sdk.Error {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(c.document)
	require.NoError(t, err)
	item := doc.Paths.Value(c.template)
	r := httptest.NewRequestWithContext(t.Context(), c.method, c.target, strings.NewReader(c.body))
	r.Header.Set("Content-Type", "application/json")
	if c.header != "" {
		r.Header.Set("X-Trial", c.header)
	}
	err = openapi3filter.ValidateRequest(t.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: c.params,
		Route: &routers.Route{Spec: doc, Path: c.template, PathItem: item, Method: c.method, Operation: item.GetOperation(c.method)},
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true, SchemaValidationOptions: options,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	})
	require.Error(t, err)
	e := explain.Request(err, options...)
	require.Equal(t, sdk.CodeInvalid, e.Code)
	return e
}

func postThing(body string) call {
	return call{document: "../testdata/vendor.yaml", template: "/things", method: "POST", target: "/things", body: body}
}

func TestBodyMessages(t *testing.T) {
	t.Parallel()
	tests := []struct{ member, pointer, message string }{
		{`"url":5`, "/url", "must be a string"},
		{`"url":null`, "/url", "must be a string, not null"},
		{`"url":""`, "/url", "must not be empty"},
		{`"url":"http://x"`, "/url", "must match ^https://"},
		{`"url":"https://` + strings.Repeat("x", 20) + `"`, "/url", "must have at most 20 characters"},
		{`"id":"x"`, "/id", "is set by the server; leave it out"},
		{`"enabled":"yes"`, "/enabled", "must be true or false"},
		{`"kind":"s3cret"`, "/kind", "must be one of small, large"},
		{`"size":1.5`, "/size", "must be an integer"},
		{`"size":0`, "/size", "must be at least 1"},
		{`"size":10`, "/size", "must be at most 9"},
		{`"share":0`, "/share", "must be more than 0"},
		{`"share":1`, "/share", "must be less than 1"},
		{`"share":0.3`, "/share", "must be a multiple of 0.25"},
		{`"names":[]`, "/names", "must not be empty"},
		{`"names":["aa","bb","cc"]`, "/names", "must have at most 2 entries"},
		{`"names":["aa","aa"]`, "/names", "must not have the same entry twice"},
		{`"names":["aa","b"]`, "/names/1", "must have at least 2 characters"},
		{`"labels":{"a":"b"}`, "/labels", "must have at least 2 members"},
		{`"labels":{"a":"b","c":1}`, "/labels/c", "must be a string"},
		{`"labels":{"a":"","b":"","c":"","d":""}`, "/labels", "must have at most 3 members"},
		{`"note":"ab"`, "/note", "must have at most 1 character"},
		{`"events":[]`, "/events", "must not be empty"},
		{`"events":["ok","s3cret"]`, "/events/1", "must have at most 3 characters"},
		{`"events":5`, "/events", "must be an array or a string"},
		{`"target":{}`, "/target", "has none of its allowed forms"},
		{`"target":5`, "/target", "must be an object"},
		{`"both":{"a":"x"}`, "/both/b", "is required"},
		{`"twice":"abc"`, "/twice", "matches more than one of its allowed forms"},
		{`"no~t/e":"ab"`, "/no~0t~1e", "must have at most 1 character"},
		{`"day":"s3cret"`, "/day", "must be a date as in RFC 3339, such as 2026-11-21"},
		{`"colour":"s3cret"`, "/colour", "is not known; known are both, day, enabled, events, id, kind, labels, names, note, no~t/e, share, size, target, twice, url"},
	}
	for _, test := range tests {
		t.Run(test.member, func(t *testing.T) {
			t.Parallel()
			body := `{"url":"https://a",` + test.member + `}`
			if strings.HasPrefix(test.member, `"url"`) {
				body = `{` + test.member + `}`
			}
			got := postThing(body).explained(t)
			require.Equal(t, []sdk.FieldError{{In: "body", Field: test.pointer, Message: test.message}}, got.Fields)
			require.Empty(t, got.Reason)
			require.NotContains(t, got.Error(), "s3cret")
		})
	}
}

func TestParameterMessages(t *testing.T) {
	t.Parallel()
	tests := []struct{ target, header, in, field, message string }{
		{"/things?page=x", "", "query", "page", "must be an integer"},
		{"/things?page=0", "", "query", "page", "must be at least 1"},
		{"/things?status=s3cret", "", "query", "status", "must be one of open, closed"},
		{"/things?tags=a,b,c,d", "", "query", "tags", "must have at most 3 entries"},
		{"/things?tags=s3cret", "", "query", "tags", "must have at most 5 characters"},
		{"/things?tags=a,s3cret", "", "query", "tags", "entry 1 must have at most 5 characters"},
		{"/things", "s3cret", "header", "X-Trial", "must be true or false"},
		{"/things/" + strings.Repeat("x", 41), "", "path", "thingId", "must have at most 40 characters"},
	}
	for _, test := range tests {
		t.Run(test.target+test.header, func(t *testing.T) {
			t.Parallel()
			c := call{document: "../testdata/vendor.yaml", template: "/things", method: "GET", target: test.target, header: test.header}
			if test.in == "path" {
				c.template, c.params = "/things/{thingId}", map[string]string{"thingId": strings.TrimPrefix(test.target, "/things/")}
			}
			got := c.explained(t)
			require.Equal(t, []sdk.FieldError{{In: test.in, Field: test.field, Message: test.message}}, got.Fields)
			require.NotContains(t, got.Error(), "s3cret")
		})
	}
}

// Formats are checked by the options of the caller, also where the value stands
// in a composition.
func TestFormats(t *testing.T) {
	t.Parallel()
	uuid := openapi3.WithStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator("^[0-9a-f-]{36}$"))
	got := call{
		document: "testdata/formats.yaml", template: "/things", method: "POST", target: "/things?id=s3cret&at=s3cret",
		body: `{"id":"s3cret","number":5,"at":"s3cret","seconds":7,"one":"s3cret","all":"s3cret"}`,
	}.explained(t, uuid)
	const moment = "must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z"
	require.ElementsMatch(t, []sdk.FieldError{
		{In: "query", Field: "id", Message: "must be a UUID"},
		{In: "query", Field: "at", Message: moment},
		{In: "body", Field: "/id", Message: "must be a UUID"},
		{In: "body", Field: "/number", Message: "must be a UUID"},
		{In: "body", Field: "/at", Message: moment},
		{In: "body", Field: "/seconds", Message: moment},
		{In: "body", Field: "/one", Message: "must be a UUID"},
		{In: "body", Field: "/all", Message: "must be a UUID"},
	}, got.Fields)
	require.NotContains(t, got.Error(), "s3cret")
}

func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	many := postThing(`{"url":"https://a","names":[` + strings.Repeat("1,", 1000) + `1]}`).explained(t)
	require.Len(t, many.Fields, 20)
	long := postThing(`{"url":"https://a","` + strings.Repeat("é", 1000) + `":1}`).explained(t)
	require.Equal(t, "/"+strings.Repeat("é", 100)+"…", long.Fields[0].Field)
	require.Len(t, explain.Invalid(make([]sdk.FieldError, 30)...).Fields, 20)
}

func TestBodiesWithoutFields(t *testing.T) {
	t.Parallel()
	require.Equal(t, []sdk.FieldError{{In: "body", Message: "the body is required"}}, postThing("").explained(t).Fields)
	require.Equal(t, []sdk.FieldError{{In: "body", Message: "must be an object"}}, postThing("[]").explained(t).Fields)
	got := postThing(`{"url":"s3cret`).explained(t)
	require.Equal(t, &sdk.Error{
		Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "The body is not what its content type says",
	}, got)
}
