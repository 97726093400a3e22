package dashboard_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/gateway/dashboard"
)

func TestTheCookieIsOutOfReach(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		https  bool
		tls    bool
		secure bool
	}{
		"plain":        {false, false, false},
		"TLS":          {false, true, true},
		"behind proxy": {true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *dashboard.Config) { c.HTTPS = test.https })
			r := httptest.NewRequest(http.MethodPost, "/ui/login", strings.NewReader(url.Values{"key": {operatorKey}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if test.tls {
				r.TLS = &tls.ConnectionState{}
			}
			cookies := w.request(r).Cookies()
			require.Len(t, cookies, 1)
			c := cookies[0]
			require.True(t, c.HttpOnly)
			require.Equal(t, http.SameSiteStrictMode, c.SameSite)
			require.Equal(t, "/", c.Path)
			require.Equal(t, test.secure, c.Secure)
			require.Equal(t, w.time().Add(12*time.Hour).Unix(), c.Expires.Unix())
			require.NotContains(t, c.Value, operatorKey)
		})
	}
}

func TestACookieThatIsNotOursIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.login(t, operatorKey)
	require.Equal(t, http.StatusOK, w.get("/ui/keys", good).StatusCode)
	changed := []byte(good.Value)
	changed[len(changed)/2] ^= 1
	for name, value := range map[string]string{
		"changed": string(changed), "cut": good.Value[:len(good.Value)-4], "empty": "", "other text": "hello", "not base64": "%%%",
		"long": strings.Repeat("A", 5000),
	} {
		answer := w.get("/ui/keys", &http.Cookie{Name: good.Name, Value: value})
		require.Equal(t, http.StatusSeeOther, answer.StatusCode, name)
		require.Equal(t, "/ui/login?next=%2Fui%2Fkeys", answer.Header.Get("Location"), name)
	}
	w.pass(12 * time.Hour)
	require.Equal(t, http.StatusSeeOther, w.get("/ui/keys", good).StatusCode, "it has ended")
}

func TestAKeyThatIsRevokedLogsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, accountKey)
	require.Equal(t, http.StatusOK, w.get("/ui/keys", c).StatusCode)
	w.api.mu.Lock()
	w.api.revoked[accountKey] = true
	w.api.mu.Unlock()
	answer := w.get("/ui/keys", c)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Contains(t, answer.Header.Get("Location"), "notice=key-ended")
	require.Less(t, answer.Cookies()[0].MaxAge, 0)
	require.Contains(t, text(t, w.get(answer.Header.Get("Location"))), "Your key does not work any more")

	part := httptest.NewRequest(http.MethodGet, "/ui/keys", nil)
	part.Header.Set("HX-Request", "true")
	answer = w.request(part, c)
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	require.Equal(t, "true", answer.Header.Get("HX-Refresh"), "a part of a page loads the page anew")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, key := range map[string]string{"unknown": "swh_nobody-has-this", "empty": "", "with a space": "swh_a b", "not ASCII": "swh_ü"} {
		answer := w.post("/ui/login", url.Values{"key": {key}})
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode, name)
		require.Empty(t, answer.Cookies(), name)
		page := text(t, answer)
		require.Contains(t, page, `role="alert"`, name)
		if key != "" {
			require.NotContains(t, page, key, name)
		}
	}
	answer := w.post("/ui/logout", nil, w.login(t, operatorKey))
	require.Equal(t, "/ui/login?notice=logged-out", answer.Header.Get("Location"))
	require.Less(t, answer.Cookies()[0].MaxAge, 0)
}

func TestLoginLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for next, want := range map[string]string{
		"/ui/deliveries?status=dead": "/ui/deliveries?status=dead",
		"/ui/keys":                   "/ui/keys",
		"":                           "/",
		"/":                          "/",
		"https://evil.example/":      "/",
		"//evil.example/ui/":         "/",
		"/\\evil.example/ui/":        "/",
		"/ui/\\evil":                 "/",
		"javascript:alert(1)":        "/",
		"/ui/login":                  "/",
		"/ui/x\r\nSet-Cookie: a=b":   "/",
		"/metrics":                   "/",
		"http:/ui/":                  "/",
	} {
		answer := w.post("/ui/login", url.Values{"key": {operatorKey}, "next": {next}})
		require.Equal(t, http.StatusSeeOther, answer.StatusCode)
		require.Equal(t, want, answer.Header.Get("Location"), "next %q", next)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.login(t, operatorKey)
	for name, header := range map[string][2]string{
		"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"}, "origin": {"Origin", "https://evil.example"},
	} {
		for _, path := range []string{"/ui/login", "/ui/logout", "/ui/subscriptions/" + subID + "/secret", "/ui/keys/new", "/ui/deliveries/" + deliveryID + "/retry"} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("key="+operatorKey))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(header[0], header[1])
			answer := w.request(r, c)
			require.Equal(t, http.StatusForbidden, answer.StatusCode, "%s %s", name, path)
			require.Empty(t, answer.Cookies())
			require.Contains(t, text(t, answer), "sent from another site")
		}
	}
	require.Empty(t, w.api.last(http.MethodPost).target, "nothing has reached the API")
}

func TestALinkOfAnotherSiteGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "/ui/deliveries/"+deliveryID, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	answer := w.request(r)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, text(t, answer), `<meta http-equiv="refresh" content="0">`, "the page itself asks again, with the cookie")
}
