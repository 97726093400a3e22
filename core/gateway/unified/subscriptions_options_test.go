package unified_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// certificate makes one that ends at a time, and its key, in PEM.
func certificate(t *testing.T, ends time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

func TestSubscriptionsHaveSettings(t *testing.T) {
	t.Parallel()
	w := start(t)
	ends := time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second)
	cert, key := certificate(t, ends)
	const filters = `[{"prefix":{"type":"order."}},{"expr":"data.total > 100"}]`
	const delivery = `{"max_in_flight":4,"max_per_second":0.5,"retry":{"max_attempts":9,"schedule_seconds":[5,60.5]},"timeout_seconds":2.5,"traceparent":false}`
	created := w.post(t, "/v1/subscriptions", text(t, map[string]any{
		"url": "https://example.com/a", "filters": json.RawMessage(filters), "delivery": json.RawMessage(delivery),
		"auth": map[string]any{
			"oauth2": map[string]any{"token_url": "https://auth.example.com/t", "client_id": "id", "client_secret": "TOP-SECRET", "scopes": []string{"a"}, "audience": "x"},
			"mtls":   map[string]any{"certificate": cert, "private_key": key},
		},
	}), http.StatusCreated)
	path := "/v1/subscriptions/" + created.id(t)
	list, _ := w.get(t, "/v1/subscriptions").items(t)
	for _, a := range []string{string(created.body), string(w.get(t, path).body), text(t, list[0])} {
		var got struct{ Filters, Delivery, Auth json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(a), &got))
		require.JSONEq(t, filters, string(got.Filters))
		require.JSONEq(t, delivery, string(got.Delivery))
		require.JSONEq(t, text(t, map[string]any{
			"oauth2": map[string]any{"token_url": "https://auth.example.com/t", "client_id": "id", "client_secret": sdk.Redacted, "scopes": []string{"a"}, "audience": "x"},
			"mtls":   map[string]any{"certificate": cert, "private_key": sdk.Redacted, "expires_at": ends},
		}), string(got.Auth))
		require.NotContains(t, a, "TOP-SECRET")
	}
	require.NotContains(t, w.Rows(t), "TOP-SECRET")

	patch := func(body string) answer {
		t.Helper()
		a := w.do(t, call{method: http.MethodPatch, path: path, body: body})
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		return a
	}
	a := patch(`{"name":"other"}`)
	require.JSONEq(t, delivery, text(t, a.get(t, "delivery")), "what is not named stays")
	require.JSONEq(t, filters, text(t, a.get(t, "filters")))
	require.JSONEq(t, `{"timeout_seconds":1}`, text(t, patch(`{"delivery":{"timeout_seconds":1}}`).get(t, "delivery")), "what is named is replaced as a whole")
	require.JSONEq(t, `{"basic":{"username":"u","password":"[REDACTED]"}}`, text(t, patch(`{"auth":{"basic":{"username":"u","password":"p"}}}`).get(t, "auth")))
	a = patch(`{"auth":{},"filters":[],"delivery":{}}`)
	for name, want := range map[string]string{"auth": "{}", "delivery": "{}", "filters": "[]"} {
		require.JSONEq(t, want, text(t, a.get(t, name)), name)
	}
	plain := w.post(t, "/v1/subscriptions", `{"url":"https://example.com/b"}`, http.StatusCreated)
	require.JSONEq(t, "{}", text(t, plain.get(t, "auth")))
}

func TestSettingsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := start(t)
	path := "/v1/subscriptions/" + w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t)
	before := w.Rows(t)
	for body, want := range map[string]string{
		`{"filters":[{"exact":{"type":""}}]}`:                                                           "/filters/0/exact/type must not be empty; leave the attribute out to match any",
		`{"filters":[{"exact":{"type":"a","type":"b"}}]}`:                                               "/filters/0/exact",
		`{"filters":[{"any":[{"expr":"now()"}]}]}`:                                                      "/filters/0/any/0/expr",
		`{"filters":null}`:                                                                              "/filters",
		`{"delivery":{"max_in_flight":0}}`:                                                              "/delivery/max_in_flight",
		`{"delivery":{"max_per_second":0}}`:                                                             "/delivery/max_per_second",
		`{"delivery":{"timeout_seconds":61}}`:                                                           "/delivery/timeout_seconds",
		`{"delivery":{"retry":{"schedule_seconds":[]}}}`:                                                "/delivery/retry/schedule_seconds",
		`{"delivery":{"retry":{"schedule_seconds":[1,0.5]}}}`:                                           "/delivery/retry/schedule_seconds/1",
		`{"delivery":{"retry":{"max_attempts":101}}}`:                                                   "/delivery/retry/max_attempts",
		`{"delivery":{"speed":1}}`:                                                                      "/delivery/speed",
		`{"auth":{"basic":{"username":"u"}}}`:                                                           "/auth/basic/password",
		`{"auth":{"basic":{"username":"u","password":"[REDACTED]"}}}`:                                   "/auth/basic/password is [REDACTED], as answers show it; send the secret itself",
		`{"auth":{"oauth2":{"token_url":"https://127.0.0.1/","client_id":"i","client_secret":"s"}}}`:    "/auth/oauth2/token_url the URL's host is this machine",
		`{"auth":{"oauth2":{"token_url":"http://a.example.com/","client_id":"i","client_secret":"s"}}}`: "/auth/oauth2/token_url must start with https://",
		`{"auth":{"basic":{"username":"u","password":"p"},"oauth2":{"token_url":"https://a.example.com","client_id":"i","client_secret":"s"}}}`: "/auth has basic and oauth2",
		`{"auth":{"mtls":{"certificate":"x","private_key":"y"}}}`:                                                                               "/auth/mtls/certificate must be certificates in PEM",
	} {
		a := w.do(t, call{method: http.MethodPatch, path: path, body: body})
		require.Equal(t, http.StatusBadRequest, a.status, "%s: %s", body, a.body)
		require.Contains(t, problems(t, a), want, "%s", body)
	}
	require.Equal(t, before, w.Rows(t), "nothing changed")
}
