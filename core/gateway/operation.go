package gateway

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/switchhook/switchhook/core/account"
)

// operation is one operation of a document, ready to be checked against.
type operation struct {
	// id is the operationId.
	id string
	// template is the path as the document writes it.
	template string
	// params are the names of the path parameters, in the order of the template.
	params []string
	// route is what kin-openapi validates by.
	route *routers.Route
	// security lists what lets a request in, any of them; none and not anonymous
	// cannot be.
	security []requirement
	// anonymous operations may be called without credentials.
	anonymous bool
	// content types that the body may have, sorted; none where there is no body.
	content []string
	// defaultContent is how a body without a content type is read; may be empty.
	defaultContent string
	namespace      namespace
}

func newOperation(doc *openapi3.T, path, method string, o *openapi3.Operation) (*operation, error) {
	item := doc.Paths.Find(path)
	op := &operation{id: o.OperationID, template: path}
	// Authentication is done before; kin-openapi would read the body for it.
	open := *o
	open.Security = openapi3.NewSecurityRequirements()
	op.route = &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: &open}
	if o.RequestBody != nil && o.RequestBody.Value != nil {
		op.content = slices.Sorted(maps.Keys(o.RequestBody.Value.Content))
	}
	var err error
	if op.defaultContent, err = text(o.Extensions, "x-default-content-type"); err != nil {
		return nil, err
	}
	if op.defaultContent != "" && !op.accepts(op.defaultContent) {
		return nil, fmt.Errorf("x-default-content-type: %q is not a content type of the request body", op.defaultContent)
	}
	if op.namespace, err = newNamespace(path, item, o); err != nil {
		return nil, err
	}
	if op.security, op.anonymous, err = newSecurity(doc, o); err != nil {
		return nil, err
	}
	for i := range op.security {
		if len(op.security[i].scopes) == 0 {
			op.security[i].scopes = []string{unifiedScope(method)}
			op.security[i].unified = true
		}
	}
	return op, nil
}

// accepts tells whether the body may have the content type.
func (op *operation) accepts(contentType string) bool {
	body := op.route.Operation.RequestBody
	return body != nil && body.Value.Content.Get(contentType) != nil
}

// unifiedScope is what an operation needs whose document names no scopes: a
// publisher's key must not manage webhooks.
func unifiedScope(method string) string {
	if method == http.MethodGet || method == http.MethodHead {
		return account.ScopeSubscriptionsRead
	}
	return account.ScopeSubscriptionsWrite
}

// text reads an extension whose value is text; "" when it is absent.
func text(extensions map[string]any, name string) (string, error) {
	v, ok := extensions[name]
	if !ok {
		return "", nil
	}
	s, ok := v.(string)
	if !ok || strings.TrimSpace(s) == "" {
		return "", fmt.Errorf("%s: must be text that is not empty", name)
	}
	return s, nil
}

// mediaTypes reads the document's x-accept.
func mediaTypes(extensions map[string]any) ([]string, error) {
	v, ok := extensions["x-accept"]
	if !ok {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf("openapi: x-accept: must be a list of media types")
	}
	out := make([]string, len(list))
	for i, entry := range list {
		s, _ := entry.(string)
		kind, sub, ok := strings.Cut(strings.ToLower(s), "/")
		if !ok || !isToken(kind) || !isToken(sub) || kind == "*" || sub == "*" {
			return nil, fmt.Errorf("openapi: x-accept[%d]: must be a media type such as application/json", i)
		}
		out[i] = strings.ToLower(s)
	}
	return out, nil
}
