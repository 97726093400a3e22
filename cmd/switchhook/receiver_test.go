package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// received is a delivery as a subscriber got it.
type received struct {
	path   string
	header http.Header
	body   []byte
	at     time.Time
}

// receiver is a subscriber on loopback that keeps what it gets.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	all []received
}

// newReceiver starts a subscriber. answer, if not nil, answers the n-th request,
// counted from 1; otherwise it is 200.
func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the gateway was killed in the middle
		}
		r.mu.Lock()
		r.all = append(r.all, received{path: req.URL.Path, header: req.Header.Clone(), body: body, at: time.Now()})
		n := len(r.all)
		r.mu.Unlock()
		if answer != nil {
			answer(n, w, req)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.all...)
}

// wait waits for n deliveries.
func (r *receiver) wait(t *testing.T, n int) []received {
	t.Helper()
	require.Eventually(t, func() bool { return len(r.got()) >= n }, patience, 5*time.Millisecond, "want %d deliveries", n)
	return r.got()
}
