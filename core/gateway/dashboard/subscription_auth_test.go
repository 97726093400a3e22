package dashboard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const authPath = "/ui/subscriptions/" + subID + "/edit"

// withAuth is a subscription that authenticates, as the API shows it.
func withAuth(auth string) canned {
	return canned{status: 200, body: strings.Replace(subscriptionJSON, `"auth":{}`, `"auth":`+auth, 1) + "}", header: []string{"ETag", `"7"`}}
}

func TestAuthenticationIsSent(t *testing.T) {
	t.Parallel()
	set := func(pairs ...string) url.Values {
		form := url.Values{"auth": {"set"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	tests := map[string]struct {
		form url.Values
		sent string
	}{
		"left as it is": {url.Values{"auth": {"keep"}, "auth.header": {"basic"}, "auth.basic.username": {"u"}}, ""},
		"not named":     {url.Values{}, ""},
		"removed":       {url.Values{"auth": {"none"}, "auth.header": {"basic"}, "auth.basic.username": {"u"}}, `{}`},
		"basic": {
			set("auth.header", "basic", "auth.basic.username", " shop ", "auth.basic.password", " with spaces ", "auth.oauth2.client_id", "not chosen"),
			`{"basic":{"username":"shop","password":" with spaces "}}`,
		},
		"OAuth 2": {
			set("auth.header", "oauth2", "auth.oauth2.token_url", "https://auth.example/token", "auth.oauth2.client_id", "c", "auth.oauth2.client_secret", "s",
				"auth.oauth2.scopes", "a  b", "auth.oauth2.audience", "https://example.com"),
			`{"oauth2":{"token_url":"https://auth.example/token","client_id":"c","client_secret":"s","scopes":["a","b"],"audience":"https://example.com"}}`,
		},
		"the least of OAuth 2": {
			set("auth.header", "oauth2", "auth.oauth2.token_url", "https://auth.example/token", "auth.oauth2.client_id", "c", "auth.oauth2.client_secret", "s"),
			`{"oauth2":{"token_url":"https://auth.example/token","client_id":"c","client_secret":"s"}}`,
		},
		"both": {
			set("auth.header", "basic", "auth.basic.username", "u", "auth.basic.password", "p", "auth.mtls", "on",
				"auth.mtls.certificate", "-----BEGIN\r\nA\r\n", "auth.mtls.private_key", "-----BEGIN\r\nB"),
			`{"basic":{"username":"u","password":"p"},"mtls":{"certificate":"-----BEGIN\nA\n","private_key":"-----BEGIN\nB\n"}}`,
		},
		"what is empty is for the API to refuse": {set("auth.header", "basic"), `{"basic":{"username":"","password":""}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.login(t, operatorKey)
			w.api.answer("PATCH /v1/subscriptions/"+subID, canned{status: 200, body: subscriptionJSON + "}"})
			test.form.Set("url", "https://example.com")
			answer := w.post(authPath, test.form, c)
			require.Equal(t, "/ui/subscriptions/"+subID+"?notice=saved", answer.Header.Get("Location"))
			requireMember(t, test.sent, w.api.last(http.MethodPatch).body, "auth")
			w.api.answer("POST /v1/subscriptions", canned{status: 201, body: subscriptionJSON + "}"})
			require.Equal(t, http.StatusSeeOther, w.post("/ui/subscriptions/new", test.form, c).StatusCode)
			requireMember(t, test.sent, w.api.last(http.MethodPost).body, "auth")
		})
	}
}

func TestAuthenticationWithoutAWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := text(t, w.post(authPath, url.Values{"url": {"https://example.com"}, "auth": {"set"}}, w.login(t, operatorKey)))
	require.Contains(t, page, `id="auth-wrong"`)
	require.Empty(t, w.api.last(http.MethodPatch).target, "nothing is sent")
}

func TestSecretsOfAuthenticationAreNeverWrittenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	w.api.answer("GET /v1/subscriptions/"+subID, withAuth(`{"oauth2":{"token_url":"https://auth.example/token","client_id":"the-client","client_secret":"[REDACTED]","scopes":["a","b"],`+
		`"audience":"https://aud.example"},"mtls":{"certificate":"-----BEGIN CERTIFICATE-----","private_key":"[REDACTED]","expires_at":"2027-01-02T00:00:00Z"}}`))
	const words = "OAuth 2 as the-client, client certificate until 2027-01-02"
	require.Contains(t, text(t, w.get("/ui/subscriptions/"+subID, c)), words)
	page := text(t, w.get(authPath, c))
	for _, part := range []string{
		words, `name="auth" value="keep" checked`, `value="https://auth.example/token"`, `value="a b"`, `value="https://aud.example"`,
		">-----BEGIN CERTIFICATE-----</textarea>", `name="auth.mtls" checked`,
	} {
		require.Contains(t, page, part)
	}
	require.NotContains(t, page, "REDACTED")

	typed := url.Values{
		"url": {"https://example.com"}, "auth": {"set"}, "auth.header": {"basic"}, "auth.basic.username": {"a:b"}, "auth.basic.password": {"TYPED-password"},
		"auth.oauth2.client_secret": {"TYPED-secret"}, "auth.mtls": {"on"}, "auth.mtls.certificate": {"mine"}, "auth.mtls.private_key": {"TYPED-key"}, "secret": {"TYPED-whsec"},
	}
	wrong := problem(400, "invalid", "The request is invalid", "/auth/basic/username", "must not contain a colon", "/auth/basic/password", "must not be empty",
		"/auth/mtls", "needs a url that starts with https://", "/auth/mtls/private_key", "must be a private key", "/auth/oauth2/scopes/0", "must be ASCII", "/auth", "has basic and oauth2")
	for endpoint, path := range map[string]string{"PATCH /v1/subscriptions/" + subID: authPath, "POST /v1/subscriptions": "/ui/subscriptions/new"} {
		w.api.answer(endpoint, wrong)
		page := text(t, w.post(path, typed, c))
		for _, field := range []string{"auth.basic.username", "auth.basic.password", "auth.mtls", "auth.mtls.private_key", "auth.oauth2.scopes", "auth"} {
			require.Contains(t, page, `id="`+field+`-wrong"`, path)
		}
		require.Contains(t, page, `value="a:b"`)
		require.Contains(t, page, ">mine</textarea>")
		require.NotContains(t, page, "TYPED", path)
		require.Contains(t, page, `name="auth" value="set" checked`)
	}
	w.api.answer("PATCH /v1/subscriptions/"+subID, wrong)
	require.Contains(t, text(t, w.post(authPath, typed, c)), words, "what there is is still told")
	w.api.answer("PATCH /v1/subscriptions/"+subID, problem(412, "precondition_failed", "It has changed"))
	require.NotContains(t, text(t, w.post(authPath, typed, c)), "TYPED")
}
