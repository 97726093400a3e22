package egress_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/http1"
)

// Once a host has chosen HTTP/1.1 its connections are our own.
func TestDoRemembersWhoSpeaksHTTP1(t *testing.T) {
	t.Parallel()
	srv, ca := secure(t, false, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	require.NoError(t, err)
	c := newClient(t, egress.Config{CAFile: ca, Resolve: map[string]string{
		"example.com:443": "localhost:" + port, "wrong.test:443": "localhost:" + port,
	}})
	defer c.CloseIdle()
	do := func(url string) (egress.Response, *eventSpan, error) {
		span := &eventSpan{}
		res, err := c.Do(trace.ContextWithSpan(t.Context(), span), egress.Request{Method: "POST", URL: url, Body: []byte("{}")})
		return res, span, err
	}
	_, _, err = do("https://example.com/")
	require.NoError(t, err)
	require.True(t, c.KnowsHTTP1("example.com"))
	c.CloseIdle()

	res, span, err := do("https://example.com/")
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1", string(res.Body))
	require.False(t, res.Timings.Reused)
	require.Equal(t, []string{"dns", "connect", "tls", "first_byte", "body"}, distinct(span.events))
	require.Positive(t, res.Timings.TLS)

	res, span, err = do("https://example.com/")
	require.NoError(t, err)
	require.True(t, res.Timings.Reused)
	require.Equal(t, []string{"first_byte", "body"}, span.events)

	c.RememberHTTP1("wrong.test")
	_, _, err = do("https://wrong.test/")
	require.Equal(t, egress.KindTLS, kindOf(t, err))
	require.ErrorContains(t, err, "not for this host")
}

// distinct leaves out repeats: a name may have several addresses to connect to.
func distinct(names []string) (out []string) {
	for _, n := range names {
		if len(out) == 0 || out[len(out)-1] != n {
			out = append(out, n)
		}
	}
	return out
}

func TestDoFollowsAHostThatTurnsToHTTP2(t *testing.T) {
	t.Parallel()
	var http2 atomic.Bool
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	srv.EnableHTTP2 = true
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	srv.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		cfg := srv.TLS.Clone()
		if !http2.Load() {
			cfg.NextProtos = []string{"http/1.1"}
		}
		return cfg, nil
	}
	srv.StartTLS()
	defer srv.Close()
	c := loopback(t, egress.Config{CAFile: caFile(t, srv)})
	for _, want := range []string{"HTTP/1.1", "HTTP/1.1", "HTTP/2.0", "HTTP/2.0"} {
		http2.Store(want == "HTTP/2.0")
		c.CloseIdle()
		res, err := c.Do(t.Context(), egress.Request{Method: "POST", URL: srv.URL, Body: []byte("{}")})
		require.NoError(t, err)
		require.Equal(t, want, string(res.Body))
	}
}

// A server may answer before it has read the request. What does not fit between the
// two goes over the transport, which reads while it writes.
func TestDoSendsLargeRequestsToServersThatDoNotRead(t *testing.T) {
	t.Parallel()
	u := hostile(t, func(c *net.TCPConn, done <-chan struct{}) {
		write(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		<-done
	})
	for _, size := range []int{0, 1, http1.MaxBody, http1.MaxBody + 1, 16 << 20} {
		res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{
			Method: http.MethodPost, URL: u, Body: []byte(strings.Repeat("x", size)),
		})
		require.NoError(t, err, "%d bytes", size)
		require.Equal(t, http.StatusRequestEntityTooLarge, res.Status)
	}
}
