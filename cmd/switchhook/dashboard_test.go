package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is somebody who uses the dashboard of a gateway.
type browser struct {
	g    *gateway
	http *http.Client
}

func newBrowser(g *gateway) *browser {
	g.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(g.t, err)
	return &browser{g: g, http: &http.Client{Jar: jar}}
}

// open sends a form, or reads a page where there is none.
func (b *browser) open(want int, path string, form url.Values) string {
	b.g.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(b.g.t.Context(), method, b.g.base+path, strings.NewReader(body))
	require.NoError(b.g.t, err)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.g.base)
	resp, err := b.http.Do(r)
	require.NoError(b.g.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(b.g.t, err)
	require.Equal(b.g.t, want, resp.StatusCode, "%s %s: %s", method, path, text)
	require.Contains(b.g.t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self';", path)
	return string(text)
}

func (b *browser) login(key string) { b.open(200, "/ui/login", url.Values{"key": {key}}) }

func TestDashboardOfARealGateway(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		t.Cleanup(receiver.Close)
		sub := g.subscribe("standard", receiver.URL, "order.*")
		event := g.publish("order.created", `{"order":"4711"}`)
		delivery := g.waitDelivery(event, "delivered")

		operator := newBrowser(g)
		require.Contains(t, operator.open(200, "/", nil), "Log in", "who has not logged in is asked to")
		operator.login(operatorKey)
		for path, shows := range map[string]string{
			"/": "Overview", "/ui/deliveries": delivery.ID, "/ui/events": event, "/ui/subscriptions": sub, "/ui/keys": "swh_",
			"/ui/deliveries/" + delivery.ID: "deliver order.created", "/ui/events/" + event: "4711", "/ui/audit": "CreateSubscription",
			"/ui/providers": "Standard Webhooks", "/ui/replays/new": "Count first", "/ui/event-types": "message.received",
		} {
			page := operator.open(200, path, nil)
			require.Contains(t, page, shows, path)
			require.NotContains(t, page, operatorKey, path)
		}
		operator.open(200, "/ui/deliveries/"+delivery.ID+"/retry", url.Values{"once": {"again"}})
		require.Eventually(t, func() bool { return len(g.waitDelivery(event, "delivered").Attempts) == 2 }, patience, 20*time.Millisecond)

		g.unified(201, "POST", "/v1/accounts", `{"name":"acme"}`)
		var made struct{ Token string }
		g.do("POST", "/v1/keys", `{"name":"acme"}`, "Authorization: Bearer "+operatorKey, "Switchhook-Account: acme", "Content-Type: application/json").decode(t, &made)
		stranger := newBrowser(g)
		stranger.login(made.Token)
		for _, path := range []string{"/ui/deliveries/" + delivery.ID, "/ui/events/" + event, "/ui/subscriptions/" + sub} {
			stranger.open(404, path, nil)
		}
		require.Contains(t, stranger.open(200, "/ui/deliveries", nil), "No deliveries yet")
		stranger.open(404, "/ui/deliveries/"+delivery.ID+"/retry", url.Values{"once": {"x"}})

		base := g.base
		g.stop(syscall.SIGTERM)
		g.env = append(g.env, "SWITCHHOOK_LISTEN="+strings.TrimPrefix(base, "http://"))
		g.start()
		require.Contains(t, operator.open(200, "/ui/deliveries", nil), delivery.ID, "a session outlives a restart, since it stands in the cookie")

		answer := g.do("GET", "/", "")
		require.Equal(t, "application/json", answer.header.Get("Content-Type"), "programs get what they got")
	})
}

func TestDashboardSwitchedOff(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_DASHBOARD_ENABLED=false")
	require.Equal(t, 404, g.do("GET", "/ui/login", "").status)
	require.Equal(t, "application/json", g.do("GET", "/", "", "Accept: text/html").header.Get("Content-Type"))
}

var copied = regexp.MustCompile(`data-copy="(switchhook [^"]*)"`)

// What empty pages tell people to run does run.
func TestCommandsOfEmptyPages(t *testing.T) {
	t.Parallel()
	oneByOne(t)
	g := startGateway(t, "")
	c := newConsole(t, g)
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "order.json"), []byte(`{"type":"object"}`), 0o600))
	somebody := newBrowser(g)
	commands := map[string]string{}
	for _, path := range []string{"/ui/login", "/", "/ui/deliveries", "/ui/events", "/ui/subscriptions", "/ui/replays", "/ui/keys?state=revoked", "/ui/event-types?origin=own"} {
		page := somebody.open(200, path, nil)
		if path == "/ui/login" {
			somebody.login(operatorKey)
		}
		found := copied.FindAllStringSubmatch(page, -1)
		require.NotEmpty(t, found, path)
		for _, m := range found {
			commands[html.UnescapeString(m[1])] = path
		}
	}
	for command, path := range commands {
		run := exec.CommandContext(t.Context(), "sh", "-c", `switchhook() { "$BINARY" "$@"; }; `+command)
		run.Dir, run.Env = c.dir, slices.Concat(c.env, []string{"BINARY=" + self(t)})
		out, err := run.CombinedOutput()
		require.NoError(t, err, "%s says to run %s: %s", path, command, out)
	}
}
