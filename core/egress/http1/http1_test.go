package http1_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress/http1"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method string
		header http.Header
		want   error
	}{
		"good":        {"POST", http.Header{"X-A": {"b", "ü"}}, nil},
		"no method":   {"", nil, http1.ErrMethod},
		"method":      {"PO ST", nil, http1.ErrMethod},
		"name":        {"POST", http.Header{"X A": {"b"}}, http1.ErrField},
		"empty name":  {"POST", http.Header{"": {"b"}}, http1.ErrField},
		"value":       {"POST", http.Header{"X-A": {"b", "c\r\nX-B: d"}}, http1.ErrField},
		"zero byte":   {"POST", http.Header{"X-A": {"\x00"}}, http1.ErrField},
		"empty value": {"POST", http.Header{"X-A": {""}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, http1.Check(&http.Request{Method: c.method, Header: c.header}), c.want)
		})
	}
}

func TestReceive(t *testing.T) {
	t.Parallel()
	long := "X-A: " + strings.Repeat("a", 200) + "\r\n"
	for name, c := range map[string]struct {
		answer string
		status int
		body   string
		err    error
	}{
		"an answer":            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", nil},
		"chunks":               {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 500, "ok", nil},
		"after interim ones":   {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + noContent, 204, "", nil},
		"a switch of protocol": {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", 101, "", nil},
		"a long body":          {"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + strings.Repeat("b", 9000), 200, strings.Repeat("b", 9000), nil},
		"a long header":        {"HTTP/1.1 200 OK\r\n" + strings.Repeat(long, 6) + "\r\n", 0, "", http1.ErrHeader},
		"a header cut at a line's end": {
			"HTTP/1.1 200 OK\r\n" + "X-A: " + strings.Repeat("a", 1024-17-7) + "\r\n" + long, 0, "", http1.ErrHeader,
		},
		"endless interim ones": {strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100), 0, "", http1.ErrHeader},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, _ := dial(t, plain, c.answer)
			r := request(t)
			require.NoError(t, conn.Send(r))
			require.NoError(t, conn.Await(1<<10))
			res, err := conn.Receive(r)
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				require.NoError(t, conn.Close())
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.status, res.StatusCode)
			if c.status != http.StatusSwitchingProtocols {
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.Equal(t, c.body, string(body))
			}
			require.NoError(t, conn.Close())
		})
	}
}

func TestDeadlinesEndAnExchange(t *testing.T) {
	t.Parallel()
	conn, _ := dial(t, plain, "HTTP/1.1 200")
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Millisecond)))
	r := request(t)
	require.NoError(t, conn.Send(r))
	require.NoError(t, conn.Await(1<<10))
	_, err := conn.Receive(r)
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout())
	require.NoError(t, conn.Close())
}

// script is a connection on which a server says what the fuzzer makes up.
type script struct {
	net.Conn
	answer io.Reader
}

func (s script) Read(b []byte) (int, error)  { return s.answer.Read(b) }
func (s script) Write(b []byte) (int, error) { return len(b), nil }
func (s script) Close() error                { return nil }

func (s script) SetDeadline(time.Time) error { return nil }

func FuzzReceive(f *testing.F) {
	f.Add([]byte(noContent))
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\nContent-Length: 3\r\n\r\nabcd"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		c := http1.NewConn(script{answer: strings.NewReader(string(answer))}, plain)
		pool := &http1.Pool{MaxIdle: 1, MaxIdlePerHost: 1, IdleTimeout: time.Minute}
		defer pool.CloseIdle()
		r := request(t)
		require.NoError(t, c.Send(r))
		if c.Await(1<<10) != nil {
			require.Empty(t, answer)
			return
		}
		res, err := c.Receive(r)
		if err != nil {
			require.NoError(t, c.Close())
			return
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			return
		}
		require.False(t, res.StatusCode >= 100 && res.StatusCode < 200, "an interim answer was taken for the answer")
		n, err := io.Copy(io.Discard, res.Body)
		require.LessOrEqual(t, n, int64(len(answer)))
		if err == nil {
			pool.Keep(c)
		}
	})
}
