package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// clients grants what is asked for to the client "id" with the secret "secret".
type clients struct{}

func (*clients) Grant(_ context.Context, in account.GrantRequest) (*account.AccessToken, error) {
	switch {
	case in.ClientID == "broken":
		return nil, io.ErrUnexpectedEOF
	case in.ClientID == "down":
		return nil, &sdk.Error{Code: sdk.CodeUnavailable, Message: "The database is gone"}
	case in.ClientID != "id" || in.ClientSecret != "secret" && in.ClientSecret != "se cr+et":
		return nil, &sdk.Error{Code: sdk.CodeUnauthenticated, Message: "The client is unknown"}
	case len(in.Scopes) == 0:
		return &account.AccessToken{Token: "granted", ExpiresIn: 2 * time.Hour, Scopes: in.Offered}, nil
	case in.Scopes[0] == "events:write":
		return nil, &sdk.Error{Code: sdk.CodeDenied, Message: "The client does not have the scopes that are asked for"}
	}
	return &account.AccessToken{Token: "granted", ExpiresIn: 2 * time.Hour, Scopes: in.Scopes}, nil
}

const (
	tokenPath = "/vendor/Auth/connect/token"
	goodForm  = "grant_type=client_credentials&client_id=id&client_secret=secret&scope=admin:read"
	formToo   = "application/x-www-form-urlencoded"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

func TestTokenRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	noClient := "grant_type=client_credentials&scope=admin:read"
	tests := map[string]struct {
		body, contentType, authorization string
		status                           int
		want                             string
	}{
		"in the form":         {body: goodForm, status: 200, want: `{"access_token":"granted","expires_in":7200,"token_type":"Bearer"}`},
		"with a charset":      {body: goodForm, contentType: formToo + "; charset=UTF-8", status: 200, want: `"granted"`},
		"no scope":            {body: strings.TrimSuffix(goodForm, "&scope=admin:read"), status: 200, want: `"scope":"admin:purge admin:read admin:write"`},
		"empty scope":         {body: strings.TrimSuffix(goodForm, "admin:read"), status: 200, want: `"scope":"admin:purge admin:read admin:write"`},
		"scopes twice":        {body: goodForm + "+admin:read", status: 200, want: `"granted"`},
		"Basic":               {body: noClient, authorization: basic("id", "secret"), status: 200, want: `"granted"`},
		"basic":               {body: noClient, authorization: "b" + basic("id", "secret")[1:], status: 200, want: `"granted"`},
		"Basic, encoded":      {body: noClient, authorization: basic("i%64", "se+cr%2Bet"), status: 200, want: `"granted"`},
		"Basic, id in both":   {body: noClient + "&client_id=id", authorization: basic("id", "secret"), status: 200, want: `"granted"`},
		"Basic, two ids":      {body: noClient + "&client_id=di", authorization: basic("id", "secret"), status: 400, want: `"invalid_request"`},
		"Basic, two secrets":  {body: goodForm, authorization: basic("id", "secret"), status: 400, want: `"invalid_request"`},
		"Basic, wrong":        {body: noClient, authorization: basic("id", "wrong"), status: 401, want: `"invalid_client"`},
		"Basic, bad encoding": {body: noClient, authorization: basic("id", "%zz"), status: 401, want: `"invalid_client"`},
		"Basic, no base64":    {body: noClient, authorization: "Basic id:secret", status: 401, want: `"invalid_client"`},
		"Bearer":              {body: noClient, authorization: "Bearer secret", status: 401, want: `"invalid_client"`},
		"no client":           {body: noClient, status: 401, want: `"invalid_client"`},
		"no secret":           {body: noClient + "&client_id=id", status: 401, want: `"invalid_client"`},
		"no id":               {body: noClient + "&client_secret=secret", status: 401, want: `"invalid_client"`},
		"wrong secret":        {body: strings.Replace(goodForm, "=secret", "=wrong", 1), status: 401, want: `"invalid_client"`},
		"unknown scope":       {body: strings.Replace(goodForm, "admin:read", "events:write", 1), status: 400, want: `"invalid_scope"`},
		"no grant type":       {body: strings.TrimPrefix(goodForm, "grant_type=client_credentials&"), status: 400, want: `"invalid_request"`},
		"another grant type":  {body: "grant_type=password&username=a&password=b", status: 400, want: `"unsupported_grant_type"`},
		"secret twice":        {body: goodForm + "&client_secret=secret", status: 400, want: `client_secret must stand once`},
		"broken escape":       {body: goodForm + "&x=%zz", status: 400, want: `"invalid_request"`},
		"semicolons":          {body: "grant_type=client_credentials;client_id=id", status: 400, want: `"invalid_request"`},
		"empty":               {status: 400, want: `"invalid_request"`},
		"JSON":                {body: `{"grant_type":"client_credentials"}`, contentType: "application/json", status: 400, want: `Content-Type`},
		"no content type":     {body: goodForm, contentType: "none", status: 400, want: `Content-Type`},
		"too large":           {body: goodForm + "&x=" + strings.Repeat("x", 1000), status: 413, want: `"invalid_request"`},
		"the store is down":   {body: strings.Replace(goodForm, "=id", "=down", 1), status: 503, want: `"temporarily_unavailable"`},
		"a fault of our own":  {body: strings.Replace(goodForm, "=id", "=broken", 1), status: 500, want: `"server_error"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			headers := map[string]string{"Authorization": test.authorization, "Content-Type": test.contentType}
			switch test.contentType {
			case "":
				headers["Content-Type"] = formToo
			case "none":
				headers["Content-Type"] = ""
			}
			got := w.do(t, request{method: "POST", path: tokenPath, body: test.body, headers: headers})
			require.Equal(t, test.status, got.status, got.body)
			require.Contains(t, got.body, test.want)
			require.Equal(t, "application/json", got.header.Get("Content-Type"))
			require.Equal(t, "no-store", got.header.Get("Cache-Control"))
			require.Equal(t, test.status == 401, got.header.Get("WWW-Authenticate") != "", "RFC 9110, section 15.5.2")
			require.Equal(t, test.status == 503, got.header.Get("Retry-After") != "")
			require.NotContains(t, got.body, "EOF")
			var answer map[string]any
			require.NoError(t, json.Unmarshal([]byte(got.body), &answer))
			require.Equal(t, test.status != 200, answer["error"] != nil)
		})
	}
}

func TestTokensAreServedAtTheDocumentsPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(path, host string) answer {
		return w.do(t, request{method: "POST", path: path, host: host, body: goodForm, headers: map[string]string{
			"Authorization": "", "Content-Type": formToo,
		}})
	}
	require.Equal(t, 200, post(tokenPath, "").status)
	require.Equal(t, 200, post("/vendor/Auth/connect/t%6Fken", "").status)
	require.Equal(t, 200, post("/Auth/connect/token", "api.vendor.example").status)
	for _, path := range []string{"/vendor/auth/connect/token", tokenPath + "/", "/vendor/base/v1/Auth/connect/token", "/Auth/connect/token"} {
		require.Equal(t, 404, post(path, "").status, path)
	}
	for _, method := range []string{"GET", "PUT", "OPTIONS"} {
		got := w.do(t, request{method: method, path: tokenPath})
		require.Equal(t, 405, got.status)
		require.Equal(t, "POST", got.header.Get("Allow"))
	}
}

func TestTokenURLs(t *testing.T) {
	t.Parallel()
	const head = `
openapi: 3.0.3
info: { title: A, version: "1" }
servers: [{ url: https://a.example/base }]
paths: { "/things/{id}": { get: { operationId: getThing, parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: { "200": { description: ok } } } } }
components: { securitySchemes: { oauth: { type: oauth2, flows: { clientCredentials: { scopes: { a: a }, tokenUrl: "`
	for tokenURL, want := range map[string]string{
		"/token":                  "",
		"https://a.example/token": "",
		"token":                   "must be an absolute URL, or a path",
		"/token?a=b":              "must be an absolute URL, or a path",
		"mailto:token":            "must be an absolute URL, or a path",
		"/base/things/token":      "is also the path of operation getThing",
		"/things/token":           "",
	} {
		m := manifest(t)
		m.OpenAPI = []byte(head + tokenURL + `" } } } } }`)
		f, err := newFlavour(set(t, m).Get("vendor"))
		if want != "" {
			require.ErrorContains(t, err, want, tokenURL)
			continue
		}
		require.NoError(t, err, tokenURL)
		if strings.HasPrefix(tokenURL, "/") {
			require.Equal(t, map[string][]string{tokenURL: {"a"}}, f.tokens)
		} else {
			require.Empty(t, f.tokens, "another server's")
		}
	}
}

func FuzzTokenRequest(f *testing.F) {
	f.Add("", goodForm)
	f.Add(basic("id", "%2B"), "grant_type=client_credentials")
	f.Add("Basic %", "grant_type=client_credentials&client_id=a")
	f.Fuzz(func(t *testing.T, authorization, body string) {
		in, failure := parseTokenRequest(http.Header{"Authorization": {authorization}}, body)
		if failure != nil {
			require.NotEmpty(t, failure.Code)
			require.GreaterOrEqual(t, failure.status, 400)
			return
		}
		require.NotEmpty(t, in.ClientID)
		require.NotEmpty(t, in.ClientSecret)
		form, err := url.ParseQuery(body)
		require.NoError(t, err)
		require.Equal(t, "client_credentials", form.Get("grant_type"))
		for _, scope := range in.Scopes {
			require.NotContains(t, scope, " ")
		}
	})
}
