package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/require"
)

// documents are the flavours with a document of their own.
var documents = []string{"bird", "callbell", "chatbot", "vonage", "whatsapp"}

// apiOperation is one operation of a flavour's document.
type apiOperation struct {
	provider string
	// base stands before the document's paths at the gateway.
	base  string
	doc   *openapi3.T
	route routers.Route
}

// call is a request to a gateway.
type call struct {
	method, path, body string
	headers            []string
}

// apiOperations reads the operations of every flavour's document.
func apiOperations(t *testing.T) (out []apiOperation) {
	t.Helper()
	for _, provider := range documents {
		doc, err := openapi3.NewLoader().LoadFromFile("../../openapi/" + provider + ".yaml")
		require.NoError(t, err)
		base, err := doc.Servers.BasePath()
		require.NoError(t, err)
		for _, path := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Find(path)
			for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
				out = append(out, apiOperation{
					provider: provider, base: "/" + provider + strings.TrimSuffix(base, "/"), doc: doc,
					route: routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
				})
			}
		}
	}
	return out
}

// find returns the operation that a request is for; nil if there is none.
func find(operations []apiOperation, c call) *apiOperation {
	path, _, _ := strings.Cut(c.path, "?")
	for i := range operations {
		o := &operations[i]
		pattern := pathParameters.ReplaceAllString(o.base+o.route.Path, `[^/]+`)
		if o.route.Method == c.method && regexp.MustCompile("^"+pattern+"$").MatchString(path) {
			return o
		}
	}
	return nil
}

func (o *apiOperation) name() string { return o.provider + " " + o.route.Operation.OperationID }

// errorStatuses are those that the document lists.
func (o *apiOperation) errorStatuses(t *testing.T) (out []int) {
	t.Helper()
	for text := range o.route.Operation.Responses.Map() {
		status, err := strconv.Atoi(text)
		require.NoError(t, err, "%s lists %q", o.name(), text)
		if status >= http.StatusBadRequest {
			out = append(out, status)
		}
	}
	slices.Sort(out)
	return out
}

var pathParameters = regexp.MustCompile(`\{(\w+)\}`)

// request is a valid request, with the document's own examples, about things that
// a new gateway does not have.
func (o *apiOperation) request(t *testing.T, key string) call {
	t.Helper()
	c := call{method: o.route.Method, headers: []string{o.credential(t, key)}}
	c.path = o.base + pathParameters.ReplaceAllStringFunc(o.route.Path, func(p string) string {
		parameter := o.route.PathItem.Parameters.GetByInAndName("path", strings.Trim(p, "{}"))
		require.NotNil(t, parameter, "%s: %s", o.name(), p)
		return parameter.Example.(string)
	})
	for _, p := range o.route.Operation.Parameters {
		if p.Value.In == "query" && p.Value.Required {
			c.path += "?" + p.Value.Name + "=" + unknownUUID
		}
	}
	if accept, ok := o.doc.Extensions["x-accept"].([]any); ok {
		c.headers = append(c.headers, "Accept: "+accept[0].(string))
	}
	if o.route.Operation.RequestBody != nil {
		c.headers = append(c.headers, "Content-Type: application/json")
		examples := o.route.Operation.RequestBody.Value.Content.Get("application/json").Examples
		first := slices.Sorted(maps.Keys(examples))[0]
		body, err := json.Marshal(examples[first].Value.Value)
		require.NoError(t, err)
		c.body = string(body)
	}
	return c
}

// credential is the header field that carries a key.
func (o *apiOperation) credential(t *testing.T, key string) string {
	t.Helper()
	for name := range o.security()[0] {
		scheme := o.doc.Components.SecuritySchemes[name].Value
		prefix, _ := scheme.Extensions["x-auth-prefix"].(string)
		switch {
		case scheme.Type == "apiKey":
			return scheme.Name + ": " + key
		case prefix == "" || prefix == "none":
			return "Authorization: Bearer " + key
		default:
			return "Authorization: " + prefix + " " + key
		}
	}
	require.FailNow(t, "no credentials", o.name())
	return ""
}

func (o *apiOperation) security() openapi3.SecurityRequirements {
	if o.route.Operation.Security != nil {
		return *o.route.Operation.Security
	}
	return o.doc.Security
}

// requireDocumented fails unless the document describes the answer to a request.
func (o *apiOperation) requireDocumented(t *testing.T, c call, a answer) {
	t.Helper()
	u, err := url.Parse(strings.TrimPrefix(c.path, o.base))
	require.NoError(t, err)
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: &http.Request{Method: c.method, URL: u, Header: http.Header{}}, Route: &o.route,
		},
		Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}), "%s: the document does not describe %d %s", o.name(), a.status, a.body)
	switch a.status {
	case http.StatusUnauthorized:
		require.NotEmpty(t, a.header.Get("WWW-Authenticate"), "RFC 9110, section 11.6.1")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		require.Regexp(t, `^[1-9]\d*$`, a.header.Get("Retry-After"), o.name())
	}
}
