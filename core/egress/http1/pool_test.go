package http1_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/switchhook/switchhook/core/egress/http1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var plain = http1.Target{Host: "a.example"}

// peer is the server's end of a connection.
type peer struct {
	net.Conn
	gone chan struct{} // closed when the client has closed
}

// dial makes a connection whose server answers each write with what it is given.
func dial(t *testing.T, to http1.Target, answer string) (*http1.Conn, *peer) {
	t.Helper()
	client, server := net.Pipe()
	p := &peer{server, make(chan struct{})}
	go func() {
		defer close(p.gone)
		for b := make([]byte, 64<<10); ; {
			if _, err := server.Read(b); err != nil {
				return
			}
			if _, err := server.Write([]byte(answer)); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = client.Close(); _ = server.Close(); <-p.gone })
	return http1.NewConn(client, to), p
}

const noContent = "HTTP/1.1 204 No Content\r\n\r\n"

func request(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://a.example/hook", strings.NewReader("{}"))
	require.NoError(t, err)
	return r
}

func exchange(t *testing.T, c *http1.Conn) {
	t.Helper()
	r := request(t)
	require.NoError(t, c.Send(r))
	require.NoError(t, c.Await(1<<10))
	res, err := c.Receive(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNoContent, res.StatusCode)
}

func closed(p *peer) bool {
	synctest.Wait()
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

func TestPoolGivesTheLatestConnectionToItsTarget(t *testing.T) {
	t.Parallel()
	p := &http1.Pool{MaxIdle: 9, MaxIdlePerHost: 9, IdleTimeout: time.Minute}
	defer p.CloseIdle()
	first, _ := dial(t, plain, noContent)
	second, _ := dial(t, plain, noContent)
	for _, c := range []*http1.Conn{first, second} {
		require.False(t, c.Reused)
		exchange(t, c)
		p.Keep(c)
	}
	for _, other := range []http1.Target{{Host: "b.example"}, {Host: "a.example", Secure: true}} {
		require.Nil(t, p.Take(other))
	}
	for _, want := range []*http1.Conn{second, first} {
		got := p.Take(plain)
		require.Same(t, want, got)
		require.True(t, got.Reused)
		exchange(t, got)
	}
	require.Nil(t, p.Take(plain))
}

func TestPoolIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &http1.Pool{MaxIdle: 3, MaxIdlePerHost: 2, IdleTimeout: time.Minute}
		keep := func(host string) bool {
			c, peer := dial(t, http1.Target{Host: host}, noContent)
			exchange(t, c)
			p.Keep(c)
			return !closed(peer)
		}
		require.True(t, keep("a"))
		require.True(t, keep("a"))
		require.False(t, keep("a"), "two to one host")
		require.True(t, keep("b"))
		require.False(t, keep("c"), "three in all")
		require.NotNil(t, p.Take(http1.Target{Host: "a"}))
		require.True(t, keep("c"), "one place is free again")
		p.CloseIdle()
		require.Nil(t, p.Take(http1.Target{Host: "b"}))
		require.True(t, keep("b"))
		p.CloseIdle()
	})
}

func TestPoolClosesWhatRestsForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &http1.Pool{MaxIdle: 9, MaxIdlePerHost: 9, IdleTimeout: time.Minute}
		old, oldPeer := dial(t, plain, noContent)
		exchange(t, old)
		p.Keep(old)
		time.Sleep(50 * time.Second) //nolint:forbidigo // of the bubble's clock
		young, youngPeer := dial(t, plain, noContent)
		exchange(t, young)
		p.Keep(young)
		require.False(t, closed(oldPeer))
		time.Sleep(10 * time.Second) //nolint:forbidigo // of the bubble's clock
		require.True(t, closed(oldPeer))
		require.False(t, closed(youngPeer))
		time.Sleep(75 * time.Second) //nolint:forbidigo // of the bubble's clock
		require.True(t, closed(youngPeer))
		require.Nil(t, p.Take(plain))
	})
}

// Whoever comes next must not get an answer that nobody asked for.
func TestPoolKeepsNoConnectionThatSaidMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &http1.Pool{MaxIdle: 9, MaxIdlePerHost: 9, IdleTimeout: time.Minute}
		c, peer := dial(t, plain, noContent+noContent)
		exchange(t, c)
		p.Keep(c)
		require.True(t, closed(peer))
		require.Nil(t, p.Take(plain))

		unasked, peer := dial(t, plain, noContent)
		p.Keep(unasked)
		require.True(t, closed(peer), "it had no exchange")
	})
}
