package egress_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
)

// clientCertificate makes one that signs itself.
func clientCertificate(t testing.TB, name string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// askWho starts a server that answers whom its connection belongs to.
func askWho(t testing.TB, http2 bool, auth tls.ClientAuthType) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if certs := r.TLS.PeerCertificates; len(certs) > 0 {
			name = certs[0].Subject.CommonName
		}
		_, _ = io.WriteString(w, name)
	}))
	srv.EnableHTTP2 = http2
	srv.TLS = &tls.Config{ClientAuth: auth, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func TestConnectionsAreOfOneCertificate(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := askWho(t, http2, tls.RequestClientCert)
		c := newClient(t, egress.Config{CAFile: caFile(t, srv), Resolve: map[string]string{"example.com:443": srv.Listener.Addr().String()}})
		certificates := map[string]*tls.Certificate{"nobody": nil}
		for _, name := range []string{"ada", "grace", "edith"} {
			certificates[name] = clientCertificate(t, name)
		}
		var all sync.WaitGroup
		for name, cert := range certificates {
			all.Go(func() {
				reused := 0
				for range 50 {
					res, err := c.Do(t.Context(), egress.Request{Method: "POST", URL: "https://example.com/", Certificate: cert})
					if err != nil || string(res.Body) != name {
						t.Errorf("%s is %q to the server: %v", name, res.Body, err)
						return
					}
					if res.Timings.Reused {
						reused++
					}
				}
				if reused < 40 {
					t.Errorf("%s reused its connections %d times only", name, reused)
				}
			})
		}
		all.Wait()
		// The same certificate, read again, has the same connections.
		again := *certificates["ada"]
		res, err := c.Do(t.Context(), egress.Request{Method: "POST", URL: "https://example.com/", Certificate: &again})
		require.NoError(t, err)
		require.Equal(t, "ada", string(res.Body))
		require.True(t, res.Timings.Reused)
		c.CloseIdle()
	}
}

func TestAServerMayInsistOnACertificate(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		srv := askWho(t, http2, tls.RequireAnyClientCert)
		c := newClient(t, egress.Config{CAFile: caFile(t, srv), Resolve: map[string]string{"example.com:443": srv.Listener.Addr().String()}})
		ask := func(cert *tls.Certificate) (egress.Response, error) {
			return c.Do(t.Context(), egress.Request{Method: "POST", URL: "https://example.com/", Certificate: cert})
		}
		res, err := ask(clientCertificate(t, "ada"))
		require.NoError(t, err)
		require.Equal(t, "ada", string(res.Body))
		_, err = ask(nil)
		// A client's handshake ends before a server has looked at its certificate (RFC 8446,
		// section 2): the server's alert may be lost when it closes with a request unread.
		require.Contains(t, []egress.Kind{egress.KindTLS, egress.KindReset}, kindOf(t, err), "%v", err)
		c.CloseIdle()
	}
}

func TestMoreOfAnAnswerIsKeptOnRequest(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100<<10)) }))
	t.Cleanup(srv.Close)
	c := loopback(t, egress.Config{})
	for most, want := range map[int64]int{0: 4 << 10, 10: 10, 20 << 10: 20 << 10, 1 << 20: 64 << 10} {
		res, err := c.Do(t.Context(), egress.Request{Method: "GET", URL: srv.URL, MaxBody: most})
		require.NoError(t, err)
		require.Len(t, res.Body, want)
		require.True(t, res.BodyTruncated)
	}
	c.CloseIdle()
}
