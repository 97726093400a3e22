package egress

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Connections are counted while they are open, and as used while an exchange is
// under way; over HTTP/1.1 of our own, and over the transport's.
func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the connection would not be kept
		arrived <- struct{}{}
		<-release
	})
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	c, err := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	require.NoError(t, err)
	require.NoError(t, c.Instrument(nil))
	counts := func(open, used int64) {
		t.Helper()
		require.Eventually(t, func() bool { return c.connections.open.Load() == open && c.connections.used.Load() == used },
			10*time.Second, time.Millisecond, "want %d open and %d used, have %d and %d", open, used, c.connections.open.Load(), c.connections.used.Load())
	}
	for _, body := range [][]byte{nil, make([]byte, 1<<20)} { // a large one goes over the transport
		counts(0, 0)
		done := make(chan error, 1)
		go func() {
			_, err := c.Do(t.Context(), Request{Method: http.MethodPost, URL: plain.URL, Body: body})
			done <- err
		}()
		<-arrived
		counts(1, 1)
		release <- struct{}{}
		require.NoError(t, <-done)
		counts(1, 0)
		c.CloseIdle()
	}
	counts(0, 0)
}
