package unified

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-chi/chi/v5"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// operation is an operation of the document, with what every request for it asks.
type operation struct {
	*routers.Route
	// name is the server span's.
	name string
	// scope is what a key must hold; "" if any key will do.
	scope string
	// public operations need no key.
	public bool
	// rawBody tells whether the operation reads the body itself: events are kept
	// byte for byte and come in forms that OpenAPI cannot tell.
	rawBody bool
	// audited tells whether it changes what the audit log tells of: everything but
	// events.
	audited bool
	// once tells whether it takes an Idempotency-Key.
	once bool
	// contentTypes lists what the body may be; nil for no body.
	contentTypes []string
	// parameters tells whether it has any.
	parameters bool
}

// endpoint finds an operation.
type endpoint struct{ method, path string }

func newOperations(doc *openapi3.T) map[endpoint]*operation {
	out := map[endpoint]*operation{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			scope, _ := o.Extensions["x-required-scope"].(string)
			o, once := withoutKey(o)
			out[endpoint{method, path}] = &operation{
				Route:        &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: o},
				name:         method + " " + path,
				scope:        scope,
				public:       o.Security != nil && len(*o.Security) == 0,
				rawBody:      o.OperationID == "PublishEvents" || o.OperationID == "ImportEventTypes",
				audited:      method != http.MethodGet && o.OperationID != "PublishEvents" && !strings.HasSuffix(scope, ":read"),
				once:         once,
				contentTypes: contentTypes(o),
				parameters:   len(o.Parameters)+len(item.Parameters) > 0,
			}
		}
	}
	return out
}

// withoutKey is an operation as requests are checked against it: the
// Idempotency-Key that it may take is read by idempotency.ParseKey alone, which
// says better what is wrong with one, and costs requests without one nothing.
func withoutKey(o *openapi3.Operation) (checked *openapi3.Operation, takesKey bool) {
	if o.Parameters.GetByInAndName(openapi3.ParameterInHeader, idempotencyKey) == nil {
		return o, false
	}
	c := *o
	c.Parameters = slices.DeleteFunc(slices.Clone(o.Parameters), func(p *openapi3.ParameterRef) bool {
		return p.Value.In == openapi3.ParameterInHeader && p.Value.Name == idempotencyKey
	})
	return &c, true
}

func contentTypes(o *openapi3.Operation) []string {
	if o.RequestBody == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.RequestBody.Value.Content))
}

// unasked tells whether the document asks nothing of a request with this query
// that the edge does not check itself.
func (o *operation) unasked(query string) bool { return query == "" && !o.parameters && o.rawBody }

func (c *call) validationInput(r *http.Request, query url.Values) *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: c.params, QueryParams: query, Route: c.operation.Route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody: c.operation.rawBody, MultiError: len(c.body) <= explain.MaxBody, SkipSettingDefaults: true,
			AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
			SchemaValidationOptions: validationOptions,
		},
	}
}

// operation finds the document's operation of the route.
func (e *edge) operation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		c.operation = e.operations[endpoint{r.Method, c.route.RoutePattern()}]
		if c.operation == nil {
			e.notFound(w, r)
			return
		}
		noteRoute(w, c.operation.Path)
		c.readParams()
		next.ServeHTTP(w, r)
	})
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
