package main

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// endpoint is a subscriber at https://example.com. It answers ChatBot's
// verification, except of a webhook with the token of the vendor's example, which
// runs into its timeout there.
type endpoint struct {
	// env lets a gateway find and trust it.
	env []string
	mu  sync.Mutex
	got map[string]chan received // by path
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{got: map[string]chan received{}}
	ended := make(chan struct{})
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			if r.URL.Query().Get("token") == "qwerty" {
				select {
				case <-r.Context().Done():
				case <-ended:
				}
				return
			}
			_, _ = io.WriteString(w, r.URL.Query().Get("challenge"))
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		select {
		case e.at(r.URL.Path) <- received{path: r.URL.Path, header: r.Header.Clone(), body: body, at: time.Now()}:
		default: // nobody waits
		}
	}))
	t.Cleanup(func() { close(ended); srv.Close() })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	e.env = []string{
		"SWITCHHOOK_EGRESS_CA=" + ca,
		"SWITCHHOOK_EGRESS_RESOLVE=example.com:443=" + strings.TrimPrefix(srv.URL, "https://"),
	}
	return e
}

func (e *endpoint) at(path string) chan received {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.got[path] == nil {
		e.got[path] = make(chan received, 16)
	}
	return e.got[path]
}

// of returns what arrives at the URL of a subscription, by the body that made it.
func (e *endpoint) of(subscription string) <-chan received {
	var made struct{ URL string }
	_ = json.Unmarshal([]byte(subscription), &made)
	u, err := url.Parse(made.URL)
	if err != nil {
		return nil
	}
	return e.at(u.Path)
}
