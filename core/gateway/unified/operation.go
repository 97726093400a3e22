package unified

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-chi/chi/v5"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// operation is the document's operation that a request is for.
type operation struct {
	*routers.Route
	params map[string]string
	body   []byte
}

// scope is what a key must hold; "" if any key will do.
func (o *operation) scope() string {
	scope, _ := o.Operation.Extensions["x-required-scope"].(string)
	return scope
}

// public operations need no key.
func (o *operation) public() bool {
	return o.Operation.Security != nil && len(*o.Operation.Security) == 0
}

// rawBody tells whether the operation reads the body itself: events are kept
// byte for byte and come in forms that OpenAPI cannot tell.
func (o *operation) rawBody() bool { return o.Operation.OperationID == "PublishEvents" }

// contentTypes lists what the body may be; nil for no body.
func (o *operation) contentTypes() []string {
	if o.Operation.RequestBody == nil {
		return nil
	}
	var types []string
	for name := range o.Operation.RequestBody.Value.Content {
		types = append(types, name)
	}
	slices.Sort(types)
	return types
}

func (o *operation) validationInput(r *http.Request, query url.Values) *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: o.params, QueryParams: query, Route: o.Route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody: o.rawBody(), MultiError: len(o.body) <= explain.MaxBody, SkipSettingDefaults: true,
			AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
			SchemaValidationOptions: validationOptions,
		},
	}
}

func routePattern(r *http.Request) string { return chi.RouteContext(r.Context()).RoutePattern() }

// operation finds the document's operation of the route.
func (e *edge) operation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := routePattern(r)
		item := e.document.Paths.Value(path)
		if item == nil || item.GetOperation(r.Method) == nil {
			e.notFound(w, r)
			return
		}
		o := &operation{
			Route:  &routers.Route{Spec: e.document, Path: path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)},
			params: map[string]string{},
		}
		route := chi.RouteContext(r.Context()).URLParams
		for i, name := range route.Keys {
			value, err := url.PathUnescape(route.Values[i])
			if err != nil {
				value = route.Values[i]
			}
			o.params[name] = value
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), operationKey, o)))
	})
}

func operationOf(ctx context.Context) *operation {
	o, _ := ctx.Value(operationKey).(*operation)
	return o
}

func (e *edge) notFound(w http.ResponseWriter, r *http.Request) {
	e.fail(w, r, sdk.Errorf(sdk.CodeNotFound, "There is no such path; see GET /v1/openapi.json"))
}

// methodNotAllowed answers 405 with the methods that the path has.
func (e *edge) methodNotAllowed(mux chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := sdk.Errorf(sdk.CodeMethodNotAllowed, "The path has no %s", methodName(r.Method))
		for _, m := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
			if mux.Match(chi.NewRouteContext(), m, r.URL.EscapedPath()) {
				err.Allow = append(err.Allow, m)
			}
		}
		e.fail(w, r, err)
	}
}

// methodName bounds what is shown of a method.
func methodName(m string) string { return m[:min(len(m), 20)] }
