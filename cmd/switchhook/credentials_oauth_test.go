package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/store/storetest"
)

const (
	tokenPath = "/vonage/Auth/connect/token"
	formType  = "Content-Type: application/x-www-form-urlencoded"
)

// tokenForm is the form of the vendor's documentation.
func tokenForm(id, secret, scope string) string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {scope}}.Encode()
}

// accessToken fetches a token that must be granted.
func (g *gateway) accessToken(id, secret, scope string) string {
	g.t.Helper()
	a := g.do("POST", tokenPath, tokenForm(id, secret, scope), formType)
	require.Equal(g.t, http.StatusOK, a.status, "%s", a.body)
	require.Equal(g.t, "no-store", a.header.Get("Cache-Control"))
	var out map[string]any
	a.decode(g.t, &out)
	token, _ := out["access_token"].(string)
	require.NotEmpty(g.t, token)
	require.Equal(g.t, map[string]any{"access_token": token, "expires_in": 7200.0, "token_type": "Bearer"}, out, "as documented")
	return token
}

// client makes a key that is an OAuth client, through the command.
func (g *gateway) client(args ...string) (keyID, secret string) {
	g.t.Helper()
	out, code := command(g.t, []string{"SWITCHHOOK_URL=" + g.base, "SWITCHHOOK_KEY=" + operatorKey},
		append([]string{"key", "create", "contact center", "-o", "json"}, args...)...)
	require.Zero(g.t, code, out)
	var k struct{ ID, Token string }
	require.NoError(g.t, json.Unmarshal([]byte(out), &k), out)
	return k.ID, k.Token
}

func (g *gateway) vonage(verb, token, body string) answer {
	g.t.Helper()
	return g.do(verb, "/vonage/webhooks/subscriptions", body, "Authorization: bearer "+token, vonageAccept)
}

// A client of Vonage's does what its documentation says: fetch a token, use it.
func TestVonageClientCredentials(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "switchhook.yaml")
	require.NoError(t, os.WriteFile(file, []byte("plugins:\n  vonage:\n    hosts: [emea.cc.vonage.example]\n"), 0o600))
	g := startGateway(t, "", "SWITCHHOOK_CONFIG="+file)
	const secret = "9pXlJb3rYw2s+Vd7kTq4nZ/c6mHf8gLe1u=="
	keyID, token := g.client("--scopes", "admin:read,admin:write", "--client-id", "client-of-old", "--token", secret)
	require.Equal(t, secret, token)

	all := g.accessToken("client-of-old", secret, "admin:read admin:write")
	a := g.vonage("POST", all, vonageCreate)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.Contains(t, string(a.body), "subscriptionId")
	require.Equal(t, http.StatusOK, g.vonage("GET", g.accessToken(keyID, secret, "admin:read"), "").status, "the key's id names it too")

	reader := g.accessToken("client-of-old", secret, "admin:read")
	require.Equal(t, http.StatusOK, g.vonage("GET", reader, "").status)
	a = g.vonage("POST", reader, vonageCreate)
	require.Equal(t, http.StatusForbidden, a.status)
	require.Contains(t, string(a.body), `{"message":`)
	require.Equal(t, http.StatusForbidden, doors["callbell"].knock(g, "Bearer %s", all).status, "its scopes are Vonage's")

	basic := base64.StdEncoding.EncodeToString([]byte("client-of-old:" + url.QueryEscape(secret)))
	a = g.do("POST", tokenPath, "grant_type=client_credentials", formType, "Authorization: Basic "+basic)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.Contains(t, string(a.body), `"scope":"admin:read admin:write"`)
	require.Equal(t, http.StatusOK, byHost(t, g, tokenForm("client-of-old", secret, "admin:read")))

	for name, c := range map[string]struct {
		form, code string
		status     int
	}{
		"unknown client":   {tokenForm("nobody", secret, "admin:read"), "invalid_client", 401},
		"wrong secret":     {tokenForm("client-of-old", "wrong", "admin:read"), "invalid_client", 401},
		"another's secret": {tokenForm("client-of-old", operatorKey, "admin:read"), "invalid_client", 401},
		"unknown scope":    {tokenForm("client-of-old", secret, "admin:everything"), "invalid_scope", 400},
		"unified scope":    {tokenForm("client-of-old", secret, "keys:write"), "invalid_scope", 400},
		"another grant":    {"grant_type=authorization_code&code=1", "unsupported_grant_type", 400},
		"no grant":         {"client_id=client-of-old", "invalid_request", 400},
	} {
		a := g.do("POST", tokenPath, c.form, formType)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.body)
		require.Contains(t, string(a.body), `"error":"`+c.code+`"`, name)
	}
	require.NotContains(t, g.log.String(), all)
	require.NotContains(t, g.log.String(), secret)

	// A revoked key takes its tokens with it.
	g.unified(http.StatusNoContent, "DELETE", "/v1/keys/"+keyID, "")
	a = g.vonage("GET", all, "")
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.JSONEq(t, vonageRefused, string(a.body))
	require.Equal(t, http.StatusUnauthorized, g.do("POST", tokenPath, tokenForm("client-of-old", secret, ""), formType).status)
}

// byHost posts a form to the host name that the configuration gives to Vonage.
func byHost(t *testing.T, g *gateway, form string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.base+"/Auth/connect/token", strings.NewReader(form))
	require.NoError(t, err)
	req.Host = "emea.cc.vonage.example"
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// The operator's key is a client too, but its tokens are no operator's.
func TestAnOperatorsAccessToken(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	var keys struct{ Items []struct{ ID string } }
	g.unified(http.StatusOK, "GET", "/v1/keys", "").decode(t, &keys)
	token := g.accessToken(keys.Items[0].ID, operatorKey, "admin:read")
	require.Equal(t, http.StatusOK, g.vonage("GET", token, "").status)
	require.Equal(t, http.StatusForbidden, g.vonage("POST", token, vonageCreate).status)
	require.Equal(t, http.StatusForbidden, g.do("GET", "/v1/accounts", "", "Authorization: Bearer "+token).status)
	g.account("acme")
	a := g.do("GET", "/vonage/webhooks/subscriptions", "", "Authorization: bearer "+token, vonageAccept, "Switchhook-Account: acme")
	require.Equal(t, http.StatusForbidden, a.status)
}

// Gateways that share a configuration take each other's tokens, and see a
// revocation within a second or so.
func TestAccessTokensOfAnotherNode(t *testing.T) {
	t.Parallel()
	database := storetest.Postgres(t).Reveal()
	key := "SWITCHHOOK_SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	one, two := startGateway(t, database, key), startGateway(t, database, key)
	keyID, secret := one.client("--scopes", "admin:read")
	token := one.accessToken(keyID, secret, "admin:read")
	require.Equal(t, http.StatusOK, two.vonage("GET", token, "").status)
	one.unified(http.StatusNoContent, "DELETE", "/v1/keys/"+keyID, "")
	require.Equal(t, http.StatusUnauthorized, one.vonage("GET", token, "").status)
	require.Eventually(t, func() bool { return two.vonage("GET", token, "").status == http.StatusUnauthorized }, patience, 50*time.Millisecond)
}

func TestCredentialSettings(t *testing.T) {
	t.Parallel()
	out, code := command(t, []string{"SWITCHHOOK_AUTH_JWT_SECRET=" + jwtSecret}, "config")
	require.Zero(t, code, out)
	require.Contains(t, out, "secret: '[REDACTED]' # env SWITCHHOOK_AUTH_JWT_SECRET")
	require.NotContains(t, out, jwtSecret)
	broken := filepath.Join(t.TempDir(), "jwks.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`), 0o600))
	for name, c := range map[string]struct{ env, want string }{
		"short secret": {"SWITCHHOOK_AUTH_JWT_SECRET=short-secret", "auth.jwt.secret is too short"},
		"no file":      {"SWITCHHOOK_AUTH_JWT_JWKS_FILE=/nowhere.json", "auth.jwt.jwks_file"},
		"bad file":     {"SWITCHHOOK_AUTH_JWT_JWKS_FILE=" + broken, "is a symmetric key: use auth.jwt.secret"},
		"plain http":   {"SWITCHHOOK_AUTH_JWT_JWKS_URL=http://id.example.com/keys", "auth.jwt.jwks_url"},
	} {
		env := []string{"SWITCHHOOK_DATA=" + filepath.Join(t.TempDir(), "data"), "SWITCHHOOK_LISTEN=127.0.0.1:0", c.env}
		out, code := command(t, env, "serve")
		require.Equal(t, 1, code, "%s: %s", name, out)
		require.Contains(t, out, c.want, name)
		require.NotContains(t, out, "short-secret", name)
	}
}
