package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

const jwtSecret = "a secret of the issuer and the gateway"

// jwtClaims are good ones with changes; nil removes.
func jwtClaims(change map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": "https://id.example.com", "aud": "switchhook", "account": "acme",
		"scope": "subscriptions:read admin:read", "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(c, change)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func signJWT(t *testing.T, method jwt.SigningMethod, key any, kid string, change map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, jwtClaims(change))
	token.Header["kid"] = kid
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

// issuerOf is the configuration that all JWTs of these tests are for.
func issuerOf(env ...string) []string {
	return append([]string{"SWITCHHOOK_AUTH_JWT_ISSUER=https://id.example.com", "SWITCHHOOK_AUTH_JWT_AUDIENCE=other,switchhook"}, env...)
}

func (g *gateway) account(name string) {
	g.t.Helper()
	g.unified(http.StatusCreated, "POST", "/v1/accounts", `{"name":"`+name+`"}`)
}

func TestJWTBySecret(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", issuerOf("SWITCHHOOK_AUTH_JWT_SECRET="+jwtSecret)...)
	g.account("acme")
	hs := func(change map[string]any) string {
		return signJWT(t, jwt.SigningMethodHS256, []byte(jwtSecret), "", change)
	}
	good := hs(nil)
	for name, d := range doors {
		for _, form := range d.forms {
			a := d.knock(g, form, good)
			require.Equal(t, http.StatusOK, a.status, "%s %s: %s", name, form, a.body)
		}
		require.Equal(t, http.StatusOK, d.knock(g, d.forms[0], operatorKey).status, "keys go on working")
	}
	asymmetric, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, c := range map[string]struct{ token, callbell string }{
		"expired":          {hs(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), "it has expired"},
		"no expiry":        {hs(map[string]any{"exp": nil}), "it lacks the claim exp, iss or aud"},
		"issuer":           {hs(map[string]any{"iss": "https://evil.example"}), "it is from another issuer"},
		"audience":         {hs(map[string]any{"aud": "shop"}), "it is for another audience"},
		"account":          {hs(map[string]any{"account": "nobody"}), "it names an account that does not exist"},
		"no account":       {hs(map[string]any{"account": nil}), "it has no claim account that names an account"},
		"secret":           {signJWT(t, jwt.SigningMethodHS256, []byte("another secret of the same length!!!!!"), "", nil), "its signature or its algorithm is not accepted"},
		"algorithm":        {signJWT(t, jwt.SigningMethodHS512, []byte(jwtSecret), "", nil), "its signature or its algorithm is not accepted"},
		"alg none":         {signJWT(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", nil), "its signature or its algorithm is not accepted"},
		"asymmetric":       {signJWT(t, jwt.SigningMethodES256, asymmetric, "", nil), "its signature or its algorithm is not accepted"},
		"no JWT after all": {"a.b.c", "its signature or its algorithm is not accepted"},
	} {
		a := doors["callbell"].knock(g, "Bearer %s", c.token)
		require.Equal(t, http.StatusUnauthorized, a.status, name)
		require.JSONEq(t, `{"error":"The token is not valid: `+c.callbell+`"}`, string(a.body), name)
		a = doors["vonage"].knock(g, "bearer %s", c.token)
		require.Equal(t, http.StatusUnauthorized, a.status, name)
		require.JSONEq(t, vonageRefused, string(a.body), name)
		for other, d := range doors {
			require.Equal(t, http.StatusUnauthorized, d.knock(g, d.forms[0], c.token).status, "%s %s", name, other)
		}
	}
	require.NotContains(t, g.log.String(), good)
	require.NotContains(t, g.log.String(), jwtSecret)
}

// A JWT has the scopes that it says, in its own account, and no operator's rights.
func TestJWTScopes(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", issuerOf("SWITCHHOOK_AUTH_JWT_SECRET="+jwtSecret, "SWITCHHOOK_AUTH_JWT_SCOPE_CLAIM=permissions")...)
	g.account("acme")
	vonage := func(verb, body string, scopes any, more ...string) answer {
		token := signJWT(t, jwt.SigningMethodHS256, []byte(jwtSecret), "", map[string]any{"permissions": scopes, "operator": true})
		return g.do(verb, "/vonage/webhooks/subscriptions", body, append(more, "Authorization: bearer "+token, vonageAccept)...)
	}
	a := vonage("POST", vonageCreate, []string{"admin:write"})
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	a = vonage("POST", vonageCreate, "admin:read")
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, string(a.body), `{"message":`)
	a = vonage("GET", "", "events:write")
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.JSONEq(t, `{"message":"Unauthorized"}`, string(a.body))
	a = vonage("GET", "", nil)
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.JSONEq(t, `{"message":"Unauthorized"}`, string(a.body))
	a = vonage("GET", "", "*", "Switchhook-Account: default")
	require.Equal(t, http.StatusForbidden, a.status, "%s", a.body)
	everything := signJWT(t, jwt.SigningMethodHS256, []byte(jwtSecret), "", map[string]any{"permissions": "*", "operator": true})
	a = g.do("GET", "/v1/accounts", "", "Authorization: Bearer "+everything)
	require.Equal(t, http.StatusForbidden, a.status, "%s", a.body)
	// What was made belongs to the account that the token names.
	a = g.do("GET", "/v1/subscriptions", "", "Authorization: Bearer "+operatorKey, "Switchhook-Account: acme")
	require.Contains(t, string(a.body), "WebhookTest1")
	require.NotContains(t, string(g.unified(http.StatusOK, "GET", "/v1/subscriptions", "").body), "WebhookTest1")
}

// keySet has the public half of a new key under a name.
func keySet(t *testing.T, kid string) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	body, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Use: "sig", Algorithm: "ES256"}}})
	require.NoError(t, err)
	return key, body
}

func TestJWTByFile(t *testing.T) {
	t.Parallel()
	key, set := keySet(t, "one")
	file := filepath.Join(t.TempDir(), "jwks.json")
	require.NoError(t, os.WriteFile(file, set, 0o600))
	g := startGateway(t, "", issuerOf("SWITCHHOOK_AUTH_JWT_JWKS_FILE="+file)...)
	g.account("acme")
	other, _ := keySet(t, "one")
	for name, d := range doors {
		knock := func(token string) int { return d.knock(g, d.forms[0], token).status }
		require.Equal(t, http.StatusOK, knock(signJWT(t, jwt.SigningMethodES256, key, "one", nil)), name)
		require.Equal(t, http.StatusUnauthorized, knock(signJWT(t, jwt.SigningMethodES256, other, "one", nil)), name)
		require.Equal(t, http.StatusUnauthorized, knock(signJWT(t, jwt.SigningMethodHS256, set, "one", nil)), name)
	}
}

func TestJWTByURL(t *testing.T) {
	t.Parallel()
	var answer atomic.Pointer[[]byte] // nil: the key server is out of order
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body := answer.Load()
		if body == nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(*body)
	}))
	t.Cleanup(server.Close)
	g := startGateway(t, "", issuerOf("SWITCHHOOK_AUTH_JWT_JWKS_URL="+server.URL+"/keys")...)
	g.account("acme")
	first, firstSet := keySet(t, "first")
	second, secondSet := keySet(t, "second")
	token := signJWT(t, jwt.SigningMethodES256, first, "first", nil)
	callbell, vonage := doors["callbell"], doors["vonage"]

	a := vonage.knock(g, "bearer %s", token)
	require.Equal(t, http.StatusServiceUnavailable, a.status, "a key server that is down is not the client's fault")
	require.Contains(t, string(a.body), `{"message":`)
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, vonage.knock(g, "bearer %s", operatorKey).status)

	answer.Store(&firstSet)
	require.Eventually(t, func() bool { return callbell.knock(g, "Bearer %s", token).status == http.StatusOK }, patience, 100*time.Millisecond)
	answer.Store(&secondSet) // the issuer has a new key
	rotated := signJWT(t, jwt.SigningMethodES256, second, "second", nil)
	require.Eventually(t, func() bool { return callbell.knock(g, "Bearer %s", rotated).status == http.StatusOK }, patience, 100*time.Millisecond)
	// go-oidc answers by new keys before it keeps them, so for a moment the old ones are still there.
	withdrawn := signJWT(t, jwt.SigningMethodES256, first, "first", map[string]any{"jti": "2"})
	require.Eventually(t, func() bool {
		return callbell.knock(g, "Bearer %s", withdrawn).status == http.StatusUnauthorized
	}, patience, 100*time.Millisecond, "the old key is withdrawn")

	answer.Store(nil)
	require.Equal(t, http.StatusOK, callbell.knock(g, "Bearer %s", signJWT(t, jwt.SigningMethodES256, second, "second", map[string]any{"jti": "3"})).status,
		"keys that are known stay")
	third, _ := keySet(t, "third")
	unknown := signJWT(t, jwt.SigningMethodES256, third, "third", nil)
	require.Eventually(t, func() bool {
		return callbell.knock(g, "Bearer %s", unknown).status == http.StatusServiceUnavailable
	}, patience, 100*time.Millisecond)
}
