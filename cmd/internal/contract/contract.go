// Package contract holds a gateway to the document of the unified API: it lists
// the operations, draws requests for them, good and bad, and checks answers.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/switchhook/switchhook/gen/switchhook"
)

// Operation is one operation of the document.
type Operation struct {
	ID, Method string
	// Path has the parameters in braces.
	Path string
	// Scope is what a key must hold; "" if any key will do.
	Scope string
	// Public operations need no key.
	Public bool
	Spec   *openapi3.Operation
	// Parameters are those of the operation and of its path.
	Parameters []*openapi3.Parameter

	route *routers.Route
}

// Operations lists the document's operations: those that make things first, then
// those that read and change them, and those that remove them last.
func Operations() ([]*Operation, error) {
	doc, err := switchhook.GetSpec()
	if err != nil {
		return nil, fmt.Errorf("parse the unified API's document: %w", err)
	}
	var all []*Operation
	for path, item := range doc.Paths.Map() {
		for method, spec := range item.Operations() {
			all = append(all, newOperation(doc, path, method, item, spec))
		}
	}
	slices.SortFunc(all, func(a, b *Operation) int {
		return strings.Compare(a.order(), b.order())
	})
	return all, nil
}

func newOperation(doc *openapi3.T, path, method string, item *openapi3.PathItem, spec *openapi3.Operation) *Operation {
	o := &Operation{
		ID: spec.OperationID, Method: method, Path: path, Spec: spec, Public: spec.Security != nil && len(*spec.Security) == 0,
		route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: spec},
	}
	o.Scope, _ = spec.Extensions["x-required-scope"].(string)
	for _, p := range slices.Concat(item.Parameters, spec.Parameters) {
		o.Parameters = append(o.Parameters, p.Value)
	}
	return o
}

// order is what operations are sorted by.
func (o *Operation) order() string {
	rank := map[string]string{http.MethodPost: "3", http.MethodGet: "1", http.MethodDelete: "4"}[o.Method]
	switch {
	case o.Method == http.MethodPost && !strings.Contains(o.Path, "{"):
		rank = "0"
	case rank == "":
		rank = "2"
	}
	return rank + o.Path + o.Method
}

// Check returns an error where the document does not describe an answer to the
// operation: its status, its header fields, its body. Problems must say what the
// answer's status and X-Request-Id say (RFC 9457, section 3.1).
func (o *Operation) Check(ctx context.Context, status int, header http.Header, body []byte) error {
	err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: &http.Request{Method: o.Method, URL: &url.URL{Path: o.Path}, Header: http.Header{}}, Route: o.route,
		},
		Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: header.Get("Content-Type") == "application/yaml",
		},
	})
	switch {
	case err != nil:
		return fmt.Errorf("the document does not describe %d %q: %w", status, body, err)
	case status == http.StatusNoContent && len(body) > 0:
		return fmt.Errorf("the answer 204 has a body: %q", body)
	case header.Get("X-Request-Id") == "":
		return errors.New("the answer has no X-Request-Id")
	case status >= http.StatusBadRequest:
		return checkProblem(status, header, body)
	}
	return nil
}

func checkProblem(status int, header http.Header, body []byte) error {
	var p struct {
		Status    int
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return fmt.Errorf("the problem is no JSON: %w", err)
	}
	switch wait := header.Get("Retry-After"); {
	case p.Status != status || p.RequestID != header.Get("X-Request-Id"):
		return fmt.Errorf("the problem contradicts its status %d or request id: %q", status, body)
	case status == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "":
		return errors.New("the answer 401 has no WWW-Authenticate (RFC 9110, section 11.6.1)")
	case (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && wait == "":
		return fmt.Errorf("the answer %d has no Retry-After", status)
	}
	return nil
}

// contentTypes are those of the request's body; nil for none.
func (o *Operation) contentTypes() []string {
	if o.Spec.RequestBody == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.Spec.RequestBody.Value.Content))
}
