package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// subscriber is a subscription as the vendor's client knows it.
type subscriber struct {
	provider, path      string
	secret, credentials string
}

// subscribeSigned subscribes through each provider's API as that vendor's client
// does, with each way to come to a secret. The URLs have a query, with characters
// that a normalizer would change.
func subscribeSigned(t *testing.T, g *gateway) []subscriber {
	t.Helper()
	url := func(path string) string { return "https://example.com" + path + "?tenant=a%2fb&x=%C3%A9+1" }
	post := func(want int, path string, headers []string, body string, args ...any) (secret string) {
		a := g.do("POST", path, fmt.Sprintf(body, args...), headers...)
		a.requireStatus(t, want)
		var made struct{ Secret string }
		a.decode(t, &made)
		return made.Secret
	}
	operator := []string{"Authorization: Bearer " + operatorKey, "Content-Type: application/json"}

	post(http.StatusOK, "/callbell/v1/webhooks/subscribe", callbellHeaders, `{"url":%q,"subscriptions":["message_created"]}`, url("/callbell"))
	post(http.StatusOK, "/chatbot/webhooks", callbellHeaders,
		`{"name":"n","url":%q,"token":"q&w=é","auth":{"username":"user","password":"p:<é>"}}`, url("/chatbot"))
	const signingKey = "KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk="
	post(http.StatusCreated, birdWorkspace+"/webhook-subscriptions", birdHeaders,
		`{"service":"channels","event":"sms.inbound","url":%q,"signingKey":%q}`, url("/bird"), signingKey)
	post(http.StatusCreated, "/whatsapp/webhooks", whatsappHeaders, `{"url":%q,"secret":"your-webhook-secret"}`, url("/whatsapp"))
	const vonage = "/vonage/webhooks/subscriptions"
	post(http.StatusOK, vonage, vonageHeaders, `{"name":"own","url":%q,"events":["agent.*"],"secret":%q}`, url("/vonage/own"), vonageSecret)
	generated := post(http.StatusOK, vonage, vonageHeaders, `{"name":"generated","url":%q,"events":["agent.*"]}`, url("/vonage/generated"))
	standard := post(http.StatusCreated, "/v1/subscriptions", operator,
		`{"provider":"standard","url":%q,"events":["message.received","order.placed"]}`, url("/standard"))
	require.True(t, strings.HasPrefix(standard, "whsec_"), "the API generates a secret where none is given")

	// The vendor makes secrets in its dashboard; the unified API stands for it.
	var list struct{ Items []struct{ ID string } }
	g.unified(http.StatusOK, "GET", "/v1/subscriptions?provider=callbell", "").decode(t, &list)
	require.Len(t, list.Items, 1)
	rotated := post(http.StatusOK, "/v1/subscriptions/"+list.Items[0].ID+"/secret", operator[:1], "")
	return []subscriber{
		{provider: "callbell", path: "/callbell", secret: rotated},
		{provider: "chatbot", path: "/chatbot", secret: "q&w=é", credentials: "user:p:<é>"},
		{provider: "bird", path: "/bird", secret: signingKey},
		{provider: "whatsapp", path: "/whatsapp", secret: "your-webhook-secret"},
		{provider: "vonage", path: "/vonage/own", secret: vonageSecret},
		{provider: "vonage", path: "/vonage/generated", secret: generated},
		{provider: "standard", path: "/standard", secret: standard},
	}
}

// capture is a delivery as it came over the wire, in the form that the verifiers
// read.
type capture struct {
	Provider    string      `json:"provider"`
	URL         string      `json:"url"`
	Method      string      `json:"method"`
	Headers     [][2]string `json:"headers"`
	Body        []byte      `json:"body"`
	Secret      string      `json:"secret"`
	Credentials string      `json:"credentials,omitempty"`
	// Now is when to verify, in Unix seconds; 0 is now.
	Now int64 `json:"now,omitempty"`

	attempt int // counted from 1 at its path
}

func (c capture) header() http.Header {
	h := http.Header{}
	for _, pair := range c.Headers {
		h.Add(pair[0], pair[1])
	}
	return h
}

// signedReceiver is https://example.com. It refuses the first delivery of each
// path for an hour, so that nothing but a call of the API makes another attempt.
type signedReceiver struct {
	env  []string // of a gateway that finds it
	mu   sync.Mutex
	seen map[string][]capture // by path
}

func newSignedReceiver(t *testing.T) *signedReceiver {
	t.Helper()
	r := &signedReceiver{seen: map[string][]capture{}}
	srv := httptest.NewTLSServer(r)
	t.Cleanup(srv.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	r.env = []string{
		"SWITCHHOOK_EGRESS_CA=" + ca,
		"SWITCHHOOK_EGRESS_RESOLVE=example.com:443=" + strings.TrimPrefix(srv.URL, "https://"),
	}
	return r
}

// ServeHTTP implements http.Handler.
func (r *signedReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet { // ChatBot's challenge
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, req.URL.Query().Get("challenge"))
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	c := capture{URL: "https://" + req.Host + req.RequestURI, Method: req.Method, Body: body}
	for name, values := range req.Header {
		for _, value := range values {
			c.Headers = append(c.Headers, [2]string{name, value})
		}
	}
	r.mu.Lock()
	c.attempt = len(r.seen[req.URL.Path]) + 1
	r.seen[req.URL.Path] = append(r.seen[req.URL.Path], c)
	r.mu.Unlock()
	if c.attempt == 1 {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// waitEach waits until every subscriber has n deliveries and returns them all, each
// with what its subscriber verifies it with, in the order of subscribers and time.
func (r *signedReceiver) waitEach(t *testing.T, subscribers []subscriber, n int) (all []capture) {
	t.Helper()
	for _, s := range subscribers {
		var got []capture
		require.Eventually(t, func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			got = slices.Clone(r.seen[s.path])
			return len(got) >= n
		}, patience, 5*time.Millisecond, "%s: want %d deliveries", s.path, n)
		require.Len(t, got, n, s.path)
		for _, c := range got {
			c.Provider, c.Secret, c.Credentials = s.provider, s.secret, s.credentials
			all = append(all, c)
		}
	}
	return all
}
