package unified_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/unified/unifiedtest"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// world is a server with the document that its answers must match.
type world struct {
	*unifiedtest.Server
	document *openapi3.T
	router   routers.Router
}

func start(t *testing.T) *world {
	t.Helper()
	doc, err := switchhook.GetSpec()
	require.NoError(t, err)
	doc.Servers = nil
	router, err := legacy.NewRouter(doc)
	require.NoError(t, err)
	return &world{Server: unifiedtest.Start(t, nil), document: doc, router: router}
}

// call is a request; the key is the operator's unless one is given.
type call struct {
	method, path string
	body         string
	headers      map[string]string
	key          string
	anonymous    bool
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, into), "%s", a.body)
}

// get decodes the answer as a map.
func (a answer) get(t *testing.T, name string) any {
	t.Helper()
	var m map[string]any
	a.decode(t, &m)
	require.Contains(t, m, name)
	return m[name]
}

func (a answer) id(t *testing.T) string {
	t.Helper()
	id, ok := a.get(t, "id").(string)
	require.True(t, ok)
	return id
}

// do makes a request and holds the answer to the document.
func (w *world) do(t *testing.T, c call) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, w.URL+c.path, strings.NewReader(c.body))
	require.NoError(t, err)
	if !c.anonymous {
		key := c.key
		if key == "" {
			key = unifiedtest.OperatorKey
		}
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, v := range c.headers {
		if v == "" {
			req.Header.Del(name)
		} else {
			req.Header.Set(name, v)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	a := answer{resp.StatusCode, resp.Header, body}
	require.NotEmpty(t, a.header.Get("X-Request-Id"))
	w.validate(t, req, a)
	return a
}

func (w *world) validate(t *testing.T, req *http.Request, a answer) {
	t.Helper()
	if a.status >= 400 {
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "%s", a.body)
		var v any
		a.decode(t, &v)
		require.NoError(t, w.document.Components.Schemas["Problem"].Value.VisitJSON(v), "%s", a.body)
		require.InDelta(t, a.status, a.get(t, "status"), 0)
		require.Equal(t, a.header.Get("X-Request-Id"), a.get(t, "request_id"))
	}
	route, params, err := w.router.FindRoute(req)
	if err != nil {
		require.GreaterOrEqual(t, a.status, 400)
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header,
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true,
			ExcludeResponseBody: a.header.Get("Content-Type") == "application/yaml",
		},
	}
	in.SetBodyBytes(bytes.Clone(a.body))
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), in), "%s", a.body)
}

// post makes something and expects the status.
func (w *world) post(t *testing.T, path, body string, status int) answer {
	t.Helper()
	a := w.do(t, call{method: http.MethodPost, path: path, body: body})
	require.Equal(t, status, a.status, "%s", a.body)
	return a
}

// get reads something that is there.
func (w *world) get(t *testing.T, path string) answer {
	t.Helper()
	a := w.do(t, call{method: http.MethodGet, path: path})
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	return a
}

// newKey makes a key with the scopes and returns its token.
func (w *world) newKey(t *testing.T, scopes ...string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": "test", "scopes": scopes})
	require.NoError(t, err)
	token, ok := w.post(t, "/v1/keys", string(body), http.StatusCreated).get(t, "token").(string)
	require.True(t, ok)
	return token
}

// items returns the list's items as maps, and the next cursor.
func (a answer) items(t *testing.T) ([]map[string]any, *string) {
	t.Helper()
	var list struct {
		Items      []map[string]any `json:"items"`
		NextCursor *string          `json:"next_cursor"`
	}
	a.decode(t, &list)
	return list.Items, list.NextCursor
}
