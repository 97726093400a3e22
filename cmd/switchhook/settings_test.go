package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// subscribeWith makes a subscription of any members and returns its id.
func (g *gateway) subscribeWith(members map[string]any) string {
	g.t.Helper()
	body, err := json.Marshal(members)
	require.NoError(g.t, err)
	var out struct{ ID string }
	g.unified(http.StatusCreated, "POST", "/v1/subscriptions", string(body)).decode(g.t, &out)
	return out.ID
}

func TestEventFilters(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g, r := startGateway(t, database), newReceiver(t, nil)
		sub := g.subscribeWith(map[string]any{"url": r.URL, "filters": json.RawMessage(`[{"prefix":{"type":"order."}},{"expr":"data.total > 100"}]`)})
		small := g.publish("order.created", `{"total":100}`)
		g.publish("invoice.created", `{"total":500}`)
		large := g.publish("order.created", `{"total":101}`)
		g.waitDelivery(large, "delivered")
		require.Empty(t, g.deliveries("event_id="+small))
		var why struct {
			FirstFailing string `json:"first_failing"`
		}
		g.unified(http.StatusOK, "POST", "/v1/filters/explain", fmt.Sprintf(`{"subscription_id":%q,"event_id":%q}`, sub, small)).decode(t, &why)
		require.Equal(t, "filters[1].expr", why.FirstFailing)
		// A change counts at once.
		g.unified(http.StatusOK, "PATCH", "/v1/subscriptions/"+sub, `{"filters":[]}`)
		g.waitDelivery(g.publish("invoice.created", `1`), "delivered")
		require.Len(t, r.got(), 2)
	})
}

func TestDeliverySettings(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	t.Run("retries", func(t *testing.T) {
		r := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"retried"}, "delivery": map[string]any{
			"retry": map[string]any{"schedule_seconds": []float64{1}, "max_attempts": 3}, "traceparent": false,
		}})
		d := g.waitDelivery(g.publish("retried", `1`), "dead")
		require.Len(t, d.Attempts, 3)
		got := r.wait(t, 3)
		require.Empty(t, got[0].header.Get("Traceparent"))
		require.GreaterOrEqual(t, got[1].at.Sub(got[0].at), 900*time.Millisecond, "a second, but for the jitter")
	})
	t.Run("timeout", func(t *testing.T) {
		stop := make(chan struct{})
		r := newReceiver(t, func(int, http.ResponseWriter, *http.Request) { <-stop })
		defer close(stop)
		g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"slow"}, "delivery": map[string]any{
			"timeout_seconds": 0.2, "retry": map[string]any{"max_attempts": 1},
		}})
		d := g.waitDelivery(g.publish("slow", `1`), "dead")
		require.Equal(t, "timeout of 200ms exceeded", d.Attempts[0].Error)
	})
	t.Run("in flight", func(t *testing.T) {
		var now, most atomic.Int64
		r := newReceiver(t, func(_ int, _ http.ResponseWriter, _ *http.Request) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			timer := time.NewTimer(5 * time.Millisecond)
			<-timer.C
		})
		g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"parallel"}, "delivery": map[string]any{"max_in_flight": 1}})
		for range 30 {
			g.publish("parallel", `1`)
		}
		r.wait(t, 30)
		require.EqualValues(t, 1, most.Load())
	})
	t.Run("rate", func(t *testing.T) {
		r := newReceiver(t, nil)
		id := g.subscribeWith(map[string]any{"url": r.URL, "events": []string{"paced"}, "delivery": map[string]any{"max_per_second": 10}})
		for range 12 {
			g.publish("paced", `1`)
		}
		got := r.wait(t, 12)
		require.GreaterOrEqual(t, got[11].at.Sub(got[0].at), time.Second, "eleven after the first")
		// What waits for a slow rate goes when the rate changes, although nothing new comes.
		g.unified(http.StatusOK, "PATCH", "/v1/subscriptions/"+id, `{"delivery":{"max_per_second":0.01}}`)
		for range 5 {
			g.publish("paced", `1`)
		}
		require.Never(t, func() bool { return len(r.got()) > 13 }, 500*time.Millisecond, 50*time.Millisecond)
		g.unified(http.StatusOK, "PATCH", "/v1/subscriptions/"+id, `{"delivery":{}}`)
		r.wait(t, 17)
	})
}

const authSecret = "SECRET-OF-THE-SUBSCRIBER"

func TestAuthSettings(t *testing.T) {
	t.Parallel()
	var tokens atomic.Int64
	revoked := &atomic.Bool{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		username, password, _ := r.BasicAuth()
		switch r.URL.Path {
		case "/token":
			if username != "client" || password != authSecret || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "hooks" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"access_token":"token-%d-%s","token_type":"Bearer","expires_in":3600}`, tokens.Add(1), authSecret)
		case "/oauth2":
			want := "Bearer token-1-" + authSecret
			if revoked.Load() {
				want = "Bearer token-2-" + authSecret
			}
			if r.Header.Get("Authorization") != want {
				w.WriteHeader(http.StatusUnauthorized)
			}
		case "/basic":
			if username != "user" || password != authSecret {
				w.WriteHeader(http.StatusUnauthorized)
			}
		case "/mtls":
			if len(r.TLS.PeerCertificates) == 0 || r.TLS.PeerCertificates[0].Subject.CommonName != "switchhook" {
				w.WriteHeader(http.StatusForbidden)
			}
		}
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	g := startGateway(t, "", trusting(t, server))

	certificate, key := clientPair(t)
	for path, auth := range map[string]any{
		"basic":  map[string]any{"basic": map[string]any{"username": "user", "password": authSecret}},
		"mtls":   map[string]any{"mtls": map[string]any{"certificate": certificate, "private_key": key}},
		"oauth2": map[string]any{"oauth2": map[string]any{"token_url": server.URL + "/token", "client_id": "client", "client_secret": authSecret, "scopes": []string{"hooks"}}},
		"wrong":  map[string]any{"oauth2": map[string]any{"token_url": server.URL + "/token", "client_id": "client", "client_secret": "another"}},
		"none":   map[string]any{},
	} {
		target := path
		if path == "none" {
			target = "mtls"
		}
		g.subscribeWith(map[string]any{"url": server.URL + "/" + target, "events": []string{path}, "auth": auth, "delivery": map[string]any{"retry": map[string]any{"max_attempts": 1}}})
	}
	for _, path := range []string{"basic", "mtls", "oauth2"} {
		g.waitDelivery(g.publish(path, `1`), "delivered")
	}
	d := g.waitDelivery(g.publish("wrong", `1`), "dead")
	require.Equal(t, "the token server answered 401 Unauthorized", d.Attempts[0].Error)
	d = g.waitDelivery(g.publish("none", `1`), "dead")
	require.Equal(t, http.StatusForbidden, d.Attempts[0].ResponseStatus, "the connections of another certificate are not used")
	g.waitDelivery(g.publish("oauth2", `1`), "delivered")
	require.EqualValues(t, 1, tokens.Load(), "the token is kept")

	// The subscriber takes the token no longer: another is fetched in the same attempt.
	revoked.Store(true)
	timer := time.NewTimer(1100 * time.Millisecond) // a token that has just come is not replaced
	<-timer.C
	d = g.waitDelivery(g.publish("oauth2", `1`), "delivered")
	require.Len(t, d.Attempts, 1)
	require.EqualValues(t, 2, tokens.Load())

	everything := g.log.String()
	for _, path := range []string{"/v1/subscriptions", "/v1/deliveries"} {
		everything += string(g.unified(http.StatusOK, "GET", path, "").body)
	}
	require.NotContains(t, everything, authSecret)
	require.NotContains(t, everything, "PRIVATE KEY")
}

// trusting is the setting of a gateway that trusts a server's certificate.
func trusting(t *testing.T, server *httptest.Server) string {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return "SWITCHHOOK_EGRESS_CA=" + ca
}

// clientPair makes a certificate and its key, in PEM.
func clientPair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "switchhook"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}
