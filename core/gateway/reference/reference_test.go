package reference_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/reference"
)

func newServer(t *testing.T, documents ...reference.Document) http.Handler {
	t.Helper()
	h, err := reference.New(func() []reference.Document { return documents })
	require.NoError(t, err)
	return h
}

func get(h http.Handler, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer func() { require.NoError(t, r.Body.Close()) }()
	b := make([]byte, 2<<20)
	n, _ := r.Body.Read(b)
	return string(b[:n])
}

func TestPaths(t *testing.T) {
	t.Parallel()
	h := newServer(t,
		reference.Document{Name: "v1", Title: "Unified", Base: "/v1/", OpenAPI: []byte(`{"openapi":"3.0.3"}`)},
		reference.Document{Name: "vendor", Title: `<A> "vendor"`, OpenAPI: []byte("openapi: 3.0.3\n")},
	)
	for path, want := range map[string]struct {
		status      int
		contentType string
		has         string
	}{
		"/docs":                         {200, "text/html; charset=utf-8", `<a href="/docs/vendor">&lt;A&gt; &#34;vendor&#34;</a>`},
		"/docs/":                        {200, "text/html; charset=utf-8", `<a href="/docs/v1">Unified</a> <code>/v1/</code>`},
		"/docs/v1":                      {200, "text/html; charset=utf-8", `data-document="/docs/v1/openapi"`},
		"/docs/v1/openapi":              {200, "application/json", `{"openapi":"3.0.3"}`},
		"/docs/vendor":                  {200, "text/html; charset=utf-8", `<a href="/docs">`},
		"/docs/vendor/openapi":          {200, "application/yaml", "openapi: 3.0.3\n"},
		"/docs/vendor/else":             {404, "text/plain; charset=utf-8", ""},
		"/docs/nobody":                  {404, "text/plain; charset=utf-8", ""},
		"/docs/nobody/openapi":          {404, "text/plain; charset=utf-8", ""},
		"/docs/assets/":                 {404, "text/plain; charset=utf-8", ""},
		"/docs/assets/../reference.go":  {404, "text/plain; charset=utf-8", ""},
		"/docs/assets/reference.js":     {200, "text/javascript; charset=utf-8", "Redoc.init("},
		"/docs/assets/reference.css":    {200, "text/css; charset=utf-8", ".skip"},
		"/docs/assets/redoc/LICENSE":    {200, "text/plain; charset=utf-8", "MIT"},
		"/docs/assets/redoc/nothing.js": {404, "text/plain; charset=utf-8", ""},
	} {
		got := get(h, path)
		require.Equal(t, want.status, got.StatusCode, path)
		require.Equal(t, want.contentType, got.Header.Get("Content-Type"), path)
		require.Contains(t, body(t, got), want.has, path)
		require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"), path)
		policy := got.Header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'; script-src 'self';", path)
	}
}

func TestAssetsAreFetchedOnce(t *testing.T) {
	t.Parallel()
	h := newServer(t)
	first := get(h, "/docs/assets/redoc/redoc.standalone.js")
	require.Equal(t, 200, first.StatusCode)
	etag := first.Header.Get("ETag")
	require.NotEmpty(t, etag)
	require.Equal(t, "no-cache", first.Header.Get("Cache-Control"))
	require.Equal(t, 304, get(h, "/docs/assets/redoc/redoc.standalone.js", "If-None-Match", etag).StatusCode)
}
