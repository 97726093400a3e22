package egress_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/egress/egresstest"
	"github.com/switchhook/switchhook/core/egress/http1"
)

// patience is for what ends by itself; a test that waits so long has failed.
const patience = 20 * time.Second

func TestDoAgainstHostileSubscribers(t *testing.T) {
	t.Parallel()
	ca := egresstest.CAFile(t)
	for _, h := range egresstest.All() {
		test := func(t *testing.T, size int) {
			t.Parallel()
			c := loopback(t, egress.Config{CAFile: ca})
			res, err := attempt(t, c, h, h.Start(t).URL, size)
			require.Equal(t, h.Status, res.Status)
			require.LessOrEqual(t, len(res.Body), egress.DefaultMaxBody)
			require.Positive(t, res.Timings.Total)
			if h.Kind == "" {
				require.NoError(t, err)
				return
			}
			if size > usual && kindOf(t, err) == egress.KindReset {
				return // it went away while the request was written
			}
			require.Equal(t, h.Kind, kindOf(t, err), "%v: %v", err, errors.Unwrap(err))
			require.ErrorContains(t, err, h.Text)
		}
		t.Run(h.Name, func(t *testing.T) { test(t, usual) })
		if !h.HTTP2() {
			t.Run(h.Name+", over the transport", func(t *testing.T) { test(t, http1.MaxBody+1) })
		}
	}
}

// usual is a request's size.
const usual = 1 << 10

// attempt sends one request, which must end.
func attempt(t *testing.T, c *egress.Client, h egresstest.Hostile, url string, size int) (egress.Response, error) {
	t.Helper()
	timeout := patience / 2
	if h.Kind == egress.KindTimeout {
		timeout = 500 * time.Millisecond
	}
	type result struct {
		res egress.Response
		err error
	}
	ended := make(chan result, 1)
	go func() {
		res, err := c.Do(t.Context(), egress.Request{
			Method: http.MethodPost, URL: url, Body: []byte(strings.Repeat("x", size)), Timeout: timeout,
		})
		ended <- result{res, err}
	}()
	select {
	case r := <-ended:
		return r.res, r.err
	case <-time.After(patience):
		require.FailNow(t, "the exchange outlived its deadline")
		return egress.Response{}, nil
	}
}

// A flood that no flow control holds back would keep a processor busy for as long
// as the connection lives.
func TestDoClosesConnectionsThatFlood(t *testing.T) {
	t.Parallel()
	ca := egresstest.CAFile(t)
	tested := 0
	for _, h := range egresstest.All() {
		if !strings.Contains(h.Name, "floods") {
			continue
		}
		tested++
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			srv := h.Start(t)
			_, err := attempt(t, loopback(t, egress.Config{CAFile: ca}), h, srv.URL, usual)
			require.Error(t, err)
			select {
			case <-(<-srv.Peers).Gone:
			case <-time.After(patience):
				require.FailNow(t, "the connection is still read")
			}
		})
	}
	require.Positive(t, tested)
}
