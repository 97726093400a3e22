package egress_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/core/egress"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback is a client that may dial this machine.
func loopback(t *testing.T, cfg egress.Config) *egress.Client {
	t.Helper()
	allow, err := egress.ParseAllow("127.0.0.0/8")
	require.NoError(t, err)
	cfg.Allow = allow
	c := newClient(t, cfg)
	t.Cleanup(c.CloseIdle)
	return c
}

// hostile serves each connection with talk, after the request's header was read,
// and returns the URL. Connections stay open until the test ends or talk closes them.
func hostile(t *testing.T, talk func(conn *net.TCPConn, done <-chan struct{})) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				wg.Go(func() { <-done; _ = conn.Close() })
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					talk(conn.(*net.TCPConn), done)
				}
			})
		}
	})
	t.Cleanup(func() { close(done); _ = l.Close(); wg.Wait() })
	return "http://" + l.Addr().String() + "/hook?token=s3cr3t"
}

func write(w io.Writer, s string) { _, _ = io.WriteString(w, s) }

// endless repeats chunk until the client goes away.
func endless(w io.Writer, chunk string) {
	for {
		if _, err := io.WriteString(w, chunk); err != nil {
			return
		}
	}
}

func kindOf(t *testing.T, err error) egress.Kind {
	t.Helper()
	var e *egress.Error
	require.ErrorAs(t, err, &e)
	require.NotContains(t, err.Error(), "s3cr3t")
	require.NotContains(t, err.Error(), "127.0.0.1")
	return e.Kind
}

func TestDoReturnsWhatCameBeforeTheFailure(t *testing.T) {
	t.Parallel()
	const start = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-A: b\r\n\r\nabc"
	for kind, end := range map[egress.Kind]func(*net.TCPConn, <-chan struct{}){
		egress.KindReset:   func(c *net.TCPConn, _ <-chan struct{}) { _ = c.Close() },
		egress.KindTimeout: func(_ *net.TCPConn, done <-chan struct{}) { <-done },
	} {
		u := hostile(t, func(c *net.TCPConn, done <-chan struct{}) { write(c, start); end(c, done) })
		res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{Method: http.MethodPost, URL: u, Timeout: time.Second})
		require.Equal(t, kind, kindOf(t, err))
		require.Equal(t, 200, res.Status)
		require.Equal(t, "b", res.Header.Get("X-A"))
		require.Equal(t, "abc", string(res.Body))
	}
}

func TestDoKeepsTheStartOfAnEndlessBody(t *testing.T) {
	t.Parallel()
	stopped := make(chan struct{})
	u := hostile(t, func(c *net.TCPConn, _ <-chan struct{}) {
		write(c, "HTTP/1.1 500 Oops\r\n\r\n")
		endless(c, strings.Repeat("x", 1024))
		close(stopped)
	})
	res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{Method: http.MethodPost, URL: u})
	require.NoError(t, err)
	require.Equal(t, 500, res.Status)
	require.Equal(t, strings.Repeat("x", egress.DefaultMaxBody), string(res.Body))
	require.True(t, res.BodyTruncated)
	<-stopped // the connection was closed
}

func TestDoReturnsThoughTheRestOfTheBodyHangs(t *testing.T) {
	t.Parallel()
	u := hostile(t, func(c *net.TCPConn, done <-chan struct{}) {
		write(c, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("x", 4999))
		<-done
	})
	start := time.Now()
	res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{
		Method: http.MethodPost, URL: u, Timeout: time.Minute,
	})
	require.NoError(t, err)
	require.True(t, res.BodyTruncated)
	require.Less(t, time.Since(start), 10*time.Second)
}

func TestDoDoesNotInflate(t *testing.T) {
	t.Parallel()
	bomb := bytes.Repeat([]byte{0x1f, 0x8b}, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			http.Error(w, "asked for compression", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	}))
	defer srv.Close()
	res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{Method: http.MethodPost, URL: srv.URL})
	require.NoError(t, err)
	require.Equal(t, 200, res.Status)
	require.Equal(t, bomb, res.Body)
	require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
}

func TestDoDoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.RedirectHandler("http://169.254.169.254/latest/meta-data/", status))
		res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{Method: http.MethodPost, URL: srv.URL})
		require.NoError(t, err)
		require.Equal(t, status, res.Status)
		require.Equal(t, "http://169.254.169.254/latest/meta-data/", res.Header.Get("Location"))
		srv.Close()
	}
}

func TestDoSendsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	body := []byte("{ \"a\":1,\n\"ü\":\"\\u00fc\" }\n")
	type seen struct {
		header http.Header
		body   []byte
		length int64
		uri    string
	}
	got := make(chan seen, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- seen{r.Header, b, r.ContentLength, r.RequestURI}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	header := http.Header{"X-Signature": {"abc"}, "traceparent": {"00-1"}}
	res, err := loopback(t, egress.Config{}).Do(t.Context(), egress.Request{
		Method: http.MethodPut, URL: srv.URL + "/a%2Fb?x=1&y=%20#fragment", Header: header, Body: body,
	})
	require.NoError(t, err)
	require.Equal(t, 204, res.Status)
	s := <-got
	require.Equal(t, body, s.body)
	require.Equal(t, int64(len(body)), s.length)
	require.Equal(t, "/a%2Fb?x=1&y=%20", s.uri)
	require.Equal(t, http.Header{
		"X-Signature": {"abc"}, "Traceparent": {"00-1"},
		"User-Agent": {egress.DefaultUserAgent}, "Content-Length": {fmt.Sprint(len(body))},
	}, s.header)
}

func TestDoRefusesBadRequests(t *testing.T) {
	t.Parallel()
	c := loopback(t, egress.Config{})
	for name, req := range map[string]egress.Request{
		"no URL":      {Method: "POST"},
		"scheme":      {Method: "POST", URL: "ftp://a.example/?token=s3cr3t"},
		"credentials": {Method: "POST", URL: "http://u:s3cr3t@a.example/"},
		"URL":         {Method: "POST", URL: "http://a.example/%zz?token=s3cr3t"},
		"method":      {Method: "PO ST", URL: "http://a.example/?token=s3cr3t"},
		"header name": {Method: "POST", URL: "http://127.0.0.1:1/", Header: http.Header{"X Y": {"s3cr3t"}}},
		"header value": {
			Method: "POST", URL: "http://127.0.0.1:1/", Header: http.Header{"X-Y": {"s3cr3t\r\nX-Z: 1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Do(t.Context(), req)
			require.Equal(t, egress.KindInvalid, kindOf(t, err))
		})
	}
}

func TestDoWithNobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = loopback(t, egress.Config{}).Do(t.Context(), egress.Request{Method: "POST", URL: "http://" + addr})
	require.Equal(t, egress.KindRefused, kindOf(t, err))

	_, err = newClient(t, egress.Config{}).Do(t.Context(), egress.Request{
		Method: "POST", URL: "http://nobody.invalid/?token=s3cr3t", Timeout: 5 * time.Second,
	})
	require.Contains(t, []egress.Kind{egress.KindDNS, egress.KindTimeout}, kindOf(t, err))
}

func TestDoGuardsNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	require.NoError(t, err)
	_, err = newClient(t, egress.Config{}).Do(t.Context(), egress.Request{Method: "POST", URL: "http://localhost:" + port})
	require.Equal(t, egress.KindForbiddenAddress, kindOf(t, err))
}

func TestDoIsCanceledByTheCaller(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	u := hostile(t, func(_ *net.TCPConn, done <-chan struct{}) { close(arrived); <-done })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := loopback(t, egress.Config{}).Do(ctx, egress.Request{Method: "POST", URL: u, Timeout: time.Minute})
	require.Equal(t, egress.KindCanceled, kindOf(t, err))
	require.ErrorIs(t, err, context.Canceled)
}

func TestDoUsesTheClientsTimeoutAndTheCallersDeadline(t *testing.T) {
	t.Parallel()
	u := hostile(t, func(_ *net.TCPConn, done <-chan struct{}) { <-done })
	_, err := loopback(t, egress.Config{Timeout: 30 * time.Millisecond}).Do(t.Context(), egress.Request{Method: "POST", URL: u})
	require.Equal(t, egress.KindTimeout, kindOf(t, err))

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = loopback(t, egress.Config{}).Do(ctx, egress.Request{Method: "POST", URL: u, Timeout: time.Minute})
	require.Equal(t, egress.KindTimeout, kindOf(t, err))
	require.True(t, errors.Is(err, context.DeadlineExceeded))
}
