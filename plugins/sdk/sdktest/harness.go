package sdktest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Harness sends requests through an adapter.
type Harness struct {
	// Engine that the adapter's handler calls.
	Engine *Engine
	// Caller that requests are made by.
	Caller sdk.Caller
	// Document of the adapter, without its servers.
	Document *openapi3.T

	adapter sdk.Adapter
	handler http.Handler
	router  routers.Router
}

// Request of the vendor API. Path is the document's, with the query.
type Request struct {
	Method, Path string
	Headers      map[string]string
	Body         string
}

// Serve makes a harness with an empty engine. A manifest without a valid
// OpenAPI document, examples included, fails the test.
func Serve(t testing.TB, a sdk.Adapter) *Harness {
	t.Helper()
	m := a.Manifest()
	doc, err := openapi3.NewLoader().LoadFromData(m.OpenAPI)
	require.NoError(t, err)
	doc.Servers = nil
	router, err := legacy.NewRouter(doc)
	require.NoError(t, err)
	return &Harness{
		Engine: NewEngine(m), Caller: sdk.Caller{AccountID: "account"}, Document: doc,
		adapter: a, handler: a.Handler(), router: router,
	}
}

// Do sends a request that the document allows to the adapter's handler. The test
// fails if the document refuses the request or does not describe the answer.
func (h *Harness) Do(t testing.TB, req Request) *http.Response {
	t.Helper()
	require.NoError(t, h.Check(req), "the document refuses the request")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, h.request(req))
	return h.checked(t, req, w)
}

// Handle sends a request to the adapter's handler as it stands, valid or not.
func (h *Harness) Handle(req Request) *http.Response {
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, h.request(req))
	return w.Result()
}

// Fail answers a request with err as the gateway does when the request fails
// before the handler. The answer must be one that the document describes, where
// the document knows the path.
func (h *Harness) Fail(t testing.TB, req Request, err *sdk.Error) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	h.adapter.EncodeError(w, h.request(req), err)
	return h.checked(t, req, w)
}

// Check tells why the document refuses a request; nil if it allows it.
// Credentials are not looked at.
func (h *Harness) Check(req Request) error {
	in, err := h.input(req)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(context.Background(), in)
}

func (h *Harness) checked(t testing.TB, req Request, w *httptest.ResponseRecorder) *http.Response {
	t.Helper()
	in, err := h.input(req)
	if err != nil {
		return w.Result()
	}
	require.NoError(t, openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 w.Code,
		Header:                 w.Header(),
		Body:                   io.NopCloser(strings.NewReader(w.Body.String())),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	}), "the document does not describe the answer %d %s", w.Code, w.Body)
	return w.Result()
}

func (h *Harness) input(req Request) (*openapi3filter.RequestValidationInput, error) {
	r := h.request(req)
	route, params, err := h.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	return &openapi3filter.RequestValidationInput{
		Request: r, Route: route, PathParams: params,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}, nil
}

// request builds the request as the gateway hands it on: with the engine in its
// context and the operation's default content type.
func (h *Harness) request(req Request) *http.Request {
	r := httptest.NewRequest(req.Method, req.Path, strings.NewReader(req.Body))
	r = r.WithContext(sdk.WithEngine(r.Context(), h.Engine, h.Caller))
	for name, value := range req.Headers {
		r.Header.Set(name, value)
	}
	if r.Header.Get("Content-Type") == "" {
		if route, _, err := h.router.FindRoute(r); err == nil {
			if mediaType, ok := route.Operation.Extensions["x-default-content-type"].(string); ok {
				r.Header.Set("Content-Type", mediaType)
			}
		}
	}
	return r
}
