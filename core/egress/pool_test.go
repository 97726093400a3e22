package egress_test

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/egress"
)

// secure starts a TLS server whose certificate is for example.com and returns it
// with its authority as a PEM file.
func secure(t *testing.T, http2 bool, h http.HandlerFunc) (srv *httptest.Server, ca string) {
	t.Helper()
	srv = httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = http2
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, caFile(t, srv)
}

// caFile writes a server's authority to a PEM file.
func caFile(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, block, 0o600))
	return file
}

func TestDoOverTLSWithCAFileAndResolve(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv, ca := secure(t, http2, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto+" "+r.Host) })
		c := newClient(t, egress.Config{CAFile: ca, Resolve: map[string]string{
			"Example.com:443": srv.Listener.Addr().String(),
			"wrong.test:443":  srv.Listener.Addr().String(),
		}})
		res, err := c.Do(t.Context(), egress.Request{Method: "POST", URL: "https://EXAMPLE.com/hook"})
		require.NoError(t, err)
		want := "HTTP/1.1 EXAMPLE.com"
		if http2 {
			want = "HTTP/2.0 EXAMPLE.com"
		}
		require.Equal(t, strings.ToLower(want), strings.ToLower(string(res.Body)))
		require.Positive(t, res.Timings.TLS)

		_, err = c.Do(t.Context(), egress.Request{Method: "POST", URL: "https://wrong.test/"})
		require.Equal(t, egress.KindTLS, kindOf(t, err))
		require.ErrorContains(t, err, "not for this host")

		// The mapping opens its own host and port, and no other road to the server.
		_, err = c.Do(t.Context(), egress.Request{Method: "POST", URL: srv.URL})
		require.Equal(t, egress.KindForbiddenAddress, kindOf(t, err))
		c.CloseIdle()
	}
}

func TestDoDistrustsOtherAuthorities(t *testing.T) {
	t.Parallel()
	srv, _ := secure(t, true, func(http.ResponseWriter, *http.Request) {})
	_, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{Method: "POST", URL: srv.URL})
	require.Equal(t, egress.KindTLS, kindOf(t, err))
	require.ErrorContains(t, err, "unknown authority")

	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	_, err = loopback(t, egress.Config{}).Do(t.Context(), egress.Request{
		Method: "POST", URL: "https" + strings.TrimPrefix(plain.URL, "http"),
	})
	require.Equal(t, egress.KindTLS, kindOf(t, err))
}

func TestNewRefusesABadCAFile(t *testing.T) {
	t.Parallel()
	_, err := egress.New(egress.Config{CAFile: filepath.Join(t.TempDir(), "none.pem")})
	require.ErrorContains(t, err, "egress.ca")
	path := filepath.Join(t.TempDir(), "bad.pem")
	require.NoError(t, os.WriteFile(path, []byte("hello"), 0o600))
	_, err = egress.New(egress.Config{CAFile: path})
	require.ErrorContains(t, err, "holds no PEM certificate")
	_, err = egress.New(egress.Config{Resolve: map[string]string{"a": "b"}})
	require.ErrorContains(t, err, "egress.resolve")
}

func TestDoReusesConnections(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 3*egress.DefaultMaxBody)) // over the cap, within the drain
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c := loopback(t, egress.Config{})
	for i := range 20 {
		res, err := c.Do(t.Context(), egress.Request{Method: "POST", URL: srv.URL, Body: []byte("{}")})
		require.NoError(t, err)
		require.True(t, res.BodyTruncated)
		require.Equal(t, i > 0, res.Timings.Reused)
	}
	require.Equal(t, int32(1), opened.Load())
}

// Requests side by side keep their connections: the next ones use no other.
func TestDoKeepsConnectionsUnderLoad(t *testing.T) {
	t.Parallel()
	const parallel, rounds = 64, 8
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var together sync.WaitGroup // the requests of a round answer when all have come
			var clients sync.Map
			srv, ca := secure(t, http2, func(_ http.ResponseWriter, r *http.Request) {
				clients.Store(r.RemoteAddr, true)
				together.Done()
				together.Wait()
			})
			c := loopback(t, egress.Config{CAFile: ca})
			connections := func() (n int) {
				clients.Range(func(any, any) bool { n++; return true })
				return n
			}
			round := func() {
				errs := make(chan error, parallel)
				together.Add(parallel)
				for range parallel {
					go func() {
						_, err := c.Do(context.Background(), egress.Request{Method: "POST", URL: srv.URL, Body: []byte("{}")})
						errs <- err
					}()
				}
				for range parallel {
					require.NoError(t, <-errs)
				}
			}
			round() // its answers tell that the server speaks HTTP/1.1
			clients.Clear()
			round()
			first := connections()
			for range rounds {
				round()
			}
			if http2 {
				require.Equal(t, 1, first, "one connection takes them all")
			}
			require.Equal(t, first, connections(), "connections churn")
		})
	}
}

func TestDoRepeatsOnceWhereAKeptConnectionWasClosed(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 2 {
			panic(http.ErrAbortHandler) // closes the kept connection unanswered
		}
		if _, sent := r.Header["Idempotency-Key"]; sent {
			panic("a header was added")
		}
	}))
	defer srv.Close()
	c := loopback(t, egress.Config{})
	for range 2 {
		res, err := c.Do(t.Context(), egress.Request{Method: "POST", URL: srv.URL, Body: []byte("{}")})
		require.NoError(t, err)
		require.Equal(t, 200, res.Status)
	}
	require.Equal(t, int32(3), served.Load())
}

func TestDoOverHTTP2BoundsAndClassifies(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	srv, ca := secure(t, true, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/headers":
			for range 100 {
				w.Header().Add("X-A", strings.Repeat("a", 1<<10))
			}
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/endless":
			endless(w, strings.Repeat("x", 1024))
		case "/hang":
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}
	})
	defer close(hang)
	c := loopback(t, egress.Config{CAFile: ca})
	do := func(path string, timeout time.Duration) (egress.Response, error) {
		return c.Do(t.Context(), egress.Request{Method: "POST", URL: srv.URL + path, Timeout: timeout})
	}
	_, err := do("/headers", 0)
	require.Equal(t, egress.KindTooLargeHeaders, kindOf(t, err))
	_, err = do("/abort", 0)
	require.Equal(t, egress.KindReset, kindOf(t, err))
	_, err = do("/hang", 100*time.Millisecond)
	require.Equal(t, egress.KindTimeout, kindOf(t, err))
	res, err := do("/endless", 0)
	require.NoError(t, err)
	require.Len(t, res.Body, egress.DefaultMaxBody)
	res, err = do("/", 0)
	require.NoError(t, err)
	require.True(t, res.Timings.Reused, "one failing stream cost the connection")
}

func TestDoFromManyGoroutines(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer srv.Close()
	u := hostile(t, func(_ *net.TCPConn, done <-chan struct{}) { <-done })
	c := loopback(t, egress.Config{})
	var wg sync.WaitGroup
	errs := make(chan error, 1000)
	for i := range 32 {
		wg.Go(func() {
			for range 10 {
				body := strings.Repeat("x", i+1)
				res, err := c.Do(context.Background(), egress.Request{Method: "POST", URL: srv.URL, Body: []byte(body)})
				if err == nil && string(res.Body) != body {
					err = io.ErrShortWrite
				}
				errs <- err
			}
		})
		wg.Go(func() {
			_, _ = c.Do(context.Background(), egress.Request{Method: "POST", URL: u, Timeout: 50 * time.Millisecond})
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}

// eventSpan is a recording span that keeps the names of its events.
type eventSpan struct {
	noop.Span
	mu     sync.Mutex
	events []string
}

func (s *eventSpan) IsRecording() bool { return true }

func (s *eventSpan) AddEvent(name string, _ ...trace.EventOption) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, name)
}

func TestDoAddsSpanEvents(t *testing.T) {
	t.Parallel()
	srv, ca := secure(t, false, func(http.ResponseWriter, *http.Request) {})
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	require.NoError(t, err)
	c := newClient(t, egress.Config{CAFile: ca, Resolve: map[string]string{"example.com:443": "localhost:" + port}})
	defer c.CloseIdle()
	span := &eventSpan{}
	res, err := c.Do(trace.ContextWithSpan(t.Context(), span), egress.Request{Method: "POST", URL: "https://example.com/"})
	require.NoError(t, err)
	span.mu.Lock()
	defer span.mu.Unlock()
	require.Equal(t, "dns", span.events[0])
	require.Subset(t, span.events, []string{"dns", "connect", "tls", "first_byte", "body"})
	require.Equal(t, "body", span.events[len(span.events)-1])
	require.Positive(t, res.Timings.DNS)
	require.Positive(t, res.Timings.Connect)
	require.GreaterOrEqual(t, res.Timings.Total, res.Timings.FirstByte)
}
