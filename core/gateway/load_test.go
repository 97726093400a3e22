package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Requests never see half of an update, and those under way end by what they
// began with.
func TestUpdateWhileServing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *Config, m *sdk.Manifest) { m.RequestsPerSecond = 1_000_000 })
	one, two := manifest(t), manifest(t)
	two.OpenAPI = []byte(strings.ReplaceAll(string(two.OpenAPI), "operationId: ", "operationId: new_"))
	sets := []*sdk.Manifest{&one, &two}
	done := make(chan struct{})
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				rec := httptest.NewRecorder()
				w.ServeHTTP(rec, thingRequest(t))
				if rec.Code != 200 || !strings.Contains(rec.Body.String(), "createThing") {
					t.Errorf("%d %s", rec.Code, rec.Body)
					return
				}
			}
		})
	}
	for i := range 50 {
		require.NoError(t, w.Update(set(t, *sets[i%2])))
	}
	close(done)
	users.Wait()
}

func thingRequest(tb testing.TB) *http.Request {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), "POST", "/vendor/base/v1/things",
		strings.NewReader(`{"url":"https://a","kind":"small","names":["aa","bb"],"events":["a","b"]}`))
	r.Header.Set("Authorization", "Bearer all")
	r.Header.Set("Content-Type", "application/json")
	return r
}

func TestUpdateKeepsWhatDidNotChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.table.Load().flavours["vendor"]
	providers := set(t, manifest(t))
	require.NoError(t, w.Update(providers))
	after := w.table.Load().flavours["vendor"]
	require.NotSame(t, before, after)
	require.NoError(t, w.Update(providers))
	require.Same(t, after, w.table.Load().flavours["vendor"])
	require.NoError(t, w.Update(set(t)))
	require.Equal(t, 503, w.get(t, "/things").status)
}

// Whatever is asked, nothing panics and no answer is the gateway's own fault.
func FuzzRouter(f *testing.F) {
	w := newWorld(f)
	f.Add("GET", "/vendor/base/v1/things/1", "Bearer all", "a=1", "")
	f.Add("POST", "/vendor/base/v1/things", "Bearer all", "", `{"url":"https://a","events":[1],"target":{}}`)
	f.Add("PUT", "/vendor/base/v1/things/%2F..//x", "bearer  all", "%", "[")
	f.Add("OPTIONS", "*", "", "", "")
	f.Add("CONNECT", "", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, authorization, query, body string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			u = &url.URL{Path: path}
		}
		u.RawQuery = query
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code >= 500 && !strings.Contains(path, "sleeper") {
			t.Fatalf("%d %s\n%s", rec.Code, rec.Body, w.logs)
		}
	})
}

func TestNewServer(t *testing.T) {
	t.Parallel()
	cfg := config.Default().Server
	cfg.MaxHeaderBytes = 4096
	w := newWorld(t)
	s := NewServer(cfg, w, w.log)
	require.Equal(t, cfg.ReadHeaderTimeout, s.ReadHeaderTimeout)
	require.Equal(t, cfg.ReadTimeout, s.ReadTimeout)
	require.Equal(t, cfg.WriteTimeout, s.WriteTimeout)
	require.Equal(t, cfg.IdleTimeout, s.IdleTimeout)
	s.ErrorLog.Print("http: of the server")
	require.Contains(t, w.logs.String(), `"msg":"http: of the server"`)

	server := httptest.NewUnstartedServer(nil)
	server.Config = s
	server.Start()
	defer server.Close()
	status := func(method, path, header string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL, http.NoBody)
		require.NoError(t, err)
		r.URL.Opaque = path
		r.Header.Set("X-Big", header)
		response, err := server.Client().Do(r)
		require.NoError(t, err)
		defer func() { require.NoError(t, response.Body.Close()) }()
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		return response.StatusCode
	}
	require.Equal(t, 200, status("GET", "/healthz", "x"))
	require.Equal(t, 431, status("GET", "/healthz", strings.Repeat("x", 100_000)))
	require.Equal(t, 404, status("OPTIONS", "*", "x"))
}

// BenchmarkRequest is what routing, authentication and validation cost; the
// plugin costs nothing here.
func BenchmarkRequest(b *testing.B) {
	w := newWorld(b)
	w.plugins.handle = constant
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, thingRequest(b))
		if rec.Code != 200 {
			b.Fatal(rec.Code, rec.Body)
		}
	}
}
