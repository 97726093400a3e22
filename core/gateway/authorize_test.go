package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestParseCredential(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value, word string
		bare        bool
		token       string
		ok          bool
	}{
		{"Bearer T", "Bearer", false, "T", true},
		{"bearer T", "Bearer", false, "T", true},
		{"BEARER \t  T  ", "Bearer", false, "T", true},
		{"AccessKey T", "AccessKey", false, "T", true},
		{"accesskey  T", "AccessKey", false, "T", true},
		{"Bearer T", "AccessKey", false, "", false},
		{"Basic T", "Bearer", false, "", false},
		{"Bearer", "Bearer", false, "", false},
		{"Bearer ", "Bearer", true, "", false},
		{"BearerT", "Bearer", false, "", false},
		{"T", "Bearer", false, "", false},
		{"T", "Bearer", true, "T", true},
		{"Bearer T", "Bearer", true, "T", true},
		{"Basic T", "Bearer", true, "", false},
		{"Bearer T U", "Bearer", false, "", false},
		{"Bearer Bearer T", "Bearer", false, "", false},
		{"Bearer T\x00", "Bearer", false, "", false},
		{"Bearer é", "Bearer", false, "", false},
		{"T", "", true, "T", true},
		{"T U", "", true, "", false},
		{"", "Bearer", true, "", false},
		{"Bearer " + strings.Repeat("x", maxToken), "Bearer", false, strings.Repeat("x", maxToken), true},
		{"Bearer " + strings.Repeat("x", maxToken+1), "Bearer", false, strings.Repeat("x", maxToken+1), false},
	}
	for _, test := range tests {
		token, ok := parseCredential(test.value, test.word, test.bare)
		require.Equal(t, test.ok, ok, test.value)
		require.Equal(t, test.token, token, test.value)
	}
}

func FuzzCredential(f *testing.F) {
	f.Add("Bearer T", "Bearer", true)
	f.Add("  accesskey \t T", "AccessKey", false)
	f.Fuzz(func(t *testing.T, value, word string, bare bool) {
		token, ok := parseCredential(value, word, bare)
		if ok {
			require.NotEmpty(t, token)
			require.LessOrEqual(t, len(token), maxToken)
			require.NotContains(t, token, " ")
			require.True(t, strings.HasSuffix(strings.TrimRight(value, " \t"), token))
		}
	})
}

const (
	missing = sdk.ReasonMissingCredentials
	wrong   = sdk.ReasonInvalidCredentials
)

func TestAuthenticates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		path, header, value string
		status              int
		reason              string
	}{
		{"/things", "Authorization", "Bearer all", 200, ""},
		{"/things", "Authorization", "bearer    all", 200, ""},
		{"/things", "Authorization", "", 401, missing},
		{"/things", "Authorization", "Bearer", 401, wrong},
		{"/things", "Authorization", "all", 401, wrong},
		{"/things", "Authorization", "AccessKey all", 401, wrong},
		{"/things", "Authorization", "Bearer unknown", 401, wrong},
		{"/access-key", "Authorization", "AccessKey all", 200, ""},
		{"/access-key", "Authorization", "ACCESSKEY all", 200, ""},
		{"/access-key", "Authorization", "Bearer all", 401, wrong},
		{"/access-key", "Authorization", "all", 401, wrong},
		{"/bare", "Authorization", "all", 200, ""},
		{"/bare", "Authorization", "Bearer all", 200, ""},
		{"/bare", "Authorization", "Basic all", 401, wrong},
		{"/secret", "X-Admin-Secret", "all", 200, ""},
		{"/secret", "X-Admin-Secret", "", 401, missing},
		{"/secret", "X-Admin-Secret", "a b", 401, wrong},
		{"/either", "X-Admin-Secret", "all", 200, ""},
		{"/either", "X-Admin-Secret", "unknown", 401, wrong},
		{"/open", "Authorization", "", 200, ""},
		{"/open", "Authorization", "Bearer unknown", 200, ""},
		{"/optional", "Authorization", "", 200, ""},
		{"/optional", "Authorization", "Bearer all", 200, ""},
		{"/optional", "Authorization", "Bearer unknown", 401, wrong},
	}
	for _, test := range tests {
		t.Run(test.path+" "+test.value, func(t *testing.T) {
			t.Parallel()
			got := w.get(t, test.path, "Authorization", "", test.header, test.value)
			require.Equal(t, test.status, got.status, got.body)
			if test.reason == "" {
				require.Nil(t, got.shown.Failure)
				// The adapter never sees the key.
				require.NotContains(t, got.shown.Headers, "Authorization")
				require.NotContains(t, got.shown.Headers, "X-Admin-Secret")
				return
			}
			require.Equal(t, sdk.CodeUnauthenticated, got.shown.Failure.Code)
			require.Equal(t, test.reason, got.shown.Failure.Reason)
			require.Equal(t, sdk.Caller{}, got.shown.Caller)
		})
	}
}

func TestTwoAuthorizationHeadersAreMalformed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "/vendor/base/v1/things", http.NoBody)
	r.Header["Authorization"] = []string{"Bearer all", "Bearer all"}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	require.Equal(t, 401, rec.Code)
	require.Contains(t, rec.Body.String(), wrong)
}

func TestScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const none, some = sdk.ReasonNoScope, sdk.ReasonInsufficientScope
	tests := []struct {
		method, path, key, reason string
		required                  []string
	}{
		{"GET", "/things", "reader", "", nil},
		{"GET", "/things", "writer", some, []string{"subscriptions:read"}},
		{"GET", "/things", "events", none, []string{"subscriptions:read"}},
		{"GET", "/things", "admin", none, []string{"subscriptions:read"}},
		{"DELETE", "/things/1", "writer", "", nil},
		{"DELETE", "/things/1", "reader", some, []string{"subscriptions:write"}},
		{"DELETE", "/things/1", "events", none, []string{"subscriptions:write"}},
		{"DELETE", "/things/1", "operator", "", nil},
		{"GET", "/scoped", "admin-read", "", nil},
		{"GET", "/scoped", "admin-write", some, []string{"admin:read"}},
		{"GET", "/scoped", "reader", none, []string{"admin:read"}},
		{"GET", "/scoped", "all", "", nil},
		{"POST", "/scoped", "admin", "", nil},
		{"POST", "/scoped", "admin-write", some, []string{"admin:read", "admin:write"}},
		{"POST", "/scoped", "operator", "", nil},
		{"GET", "/either", "admin-write", "", nil},
		{"GET", "/either", "admin-read", "", nil},
		{"GET", "/either", "reader", none, []string{"admin:write"}},
	}
	for _, test := range tests {
		t.Run(test.method+test.path+" "+test.key, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, request{
				method: test.method, path: "/vendor/base/v1" + test.path,
				headers: map[string]string{"Authorization": "Bearer " + test.key},
			})
			if test.reason == "" {
				require.Equal(t, 200, got.status, got.body)
				require.Equal(t, mainAccount.String(), got.shown.Caller.AccountID)
				return
			}
			require.Equal(t, 403, got.status, got.body)
			require.Equal(t, test.reason, got.shown.Failure.Reason)
			require.Equal(t, test.required, got.shown.Failure.RequiredScopes)
		})
	}
}

func TestOperatorsActForAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.get(t, "/things", "Authorization", "Bearer operator", "Switchhook-Account", "other")
	require.Equal(t, otherAccount.String(), got.shown.Caller.AccountID)
	require.NotContains(t, got.shown.Headers, "Switchhook-Account")

	got = w.get(t, "/things", "Authorization", "Bearer operator", "Switchhook-Account", "nobody")
	require.Equal(t, 400, got.status)
	require.Equal(t, []sdk.FieldError{{In: "header", Field: "Switchhook-Account", Message: "names no account"}}, got.shown.Failure.Fields)

	got = w.get(t, "/things", "Switchhook-Account", "other")
	require.Equal(t, 403, got.status)
}

func TestAnErrorOfTheStoreStaysInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.get(t, "/things", "Authorization", "Bearer broken")
	require.Equal(t, 500, got.status)
	require.Equal(t, "Internal error", got.shown.Failure.Message)
	require.NotContains(t, got.body, "EOF")
	require.Contains(t, w.logs.String(), "unexpected EOF")
	require.NotContains(t, w.logs.String(), "broken")
}

// Who is not authenticated, or may not do this, learns nothing of what is valid.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *Config, m *sdk.Manifest) {
		m.OpenAPI = []byte("x-accept: [application/vendor+json]\n" + string(m.OpenAPI))
		m.RequestsPerSecond = 1
	})
	bad := func(key, accept, contentType, body string) answer {
		return w.do(t, request{method: "POST", path: "/vendor/base/v1/things", body: body, headers: map[string]string{
			"Authorization": key, "Accept": accept, "Content-Type": contentType,
		}})
	}
	huge := strings.Repeat("x", 2000)
	require.Equal(t, 401, bad("", "text/html", "text/plain", huge).status)
	require.Equal(t, 403, bad("Bearer reader", "text/html", "text/plain", huge).status)
	require.Equal(t, 406, bad("Bearer writer", "text/html", "text/plain", huge).status)
	require.Equal(t, 429, bad("Bearer writer", "text/html", "text/plain", huge).status)
	w.now.add(1e9)
	require.Equal(t, 413, bad("Bearer writer", "*/*", "text/plain", huge).status)
	w.now.add(1e9)
	require.Equal(t, 415, bad("Bearer writer", "*/*", "text/plain", "x").status)
	w.now.add(1e9)
	require.Equal(t, 400, bad("Bearer writer", "*/*", "application/json", "x").status)
}
