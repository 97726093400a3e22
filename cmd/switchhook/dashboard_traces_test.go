package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Recorded traces are listed and lead to their events and to the team's viewer; an
// account's key sees its account's alone.
func TestTracesInTheDashboard(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database, "OTEL_TRACES_SAMPLER=parentbased_always_off", "SWITCHHOOK_TRACES_VIEWER_URL=https://jaeger.example/trace/{trace_id}")
		operator := newBrowser(g)
		operator.login(operatorKey)
		require.Contains(t, operator.open(http.StatusOK, "/ui/traces", nil), "No trace is recorded")

		keys, traces, events := map[string]string{}, map[string]string{}, map[string]string{}
		for i, name := range []string{"default", "acme"} {
			account := "Switchhook-Account: " + name
			if name != "default" {
				g.unified(http.StatusCreated, "POST", "/v1/accounts", `{"name":"`+name+`"}`)
			}
			var key struct{ Token string }
			g.do("POST", "/v1/keys", `{"name":"k","scopes":["*"]}`, "Authorization: Bearer "+operatorKey, "Content-Type: application/json", account).decode(t, &key)
			keys[name], traces[name] = key.Token, strings.Repeat("ab", 15)+"0"+string(rune('1'+i))
			var event struct{ ID string }
			g.do("POST", "/v1/events", `{"type":"order.`+name+`","data":1}`, "Authorization: Bearer "+key.Token, "Content-Type: application/json",
				"Traceparent: 00-"+traces[name]+"-00f067aa0ba902b7-01").decode(t, &event)
			events[name] = event.ID
		}
		for name, other := range map[string]string{"default": "acme", "acme": "default"} {
			somebody := newBrowser(g)
			somebody.login(keys[name])
			page := ""
			require.Eventually(t, func() bool {
				page = somebody.open(http.StatusOK, "/ui/traces", nil)
				return strings.Contains(page, "/ui/traces/"+traces[name])
			}, patience, 50*time.Millisecond)
			require.NotContains(t, page, traces[other])
			require.NotContains(t, page, ">Account</th>")
			somebody.open(http.StatusNotFound, "/ui/traces/"+traces[other], nil)
			require.Eventually(t, func() bool {
				page = somebody.open(http.StatusOK, "/ui/traces/"+traces[name], nil)
				return strings.Contains(page, "publish order."+name) && strings.Contains(page, "/ui/events/"+events[name])
			}, patience, 50*time.Millisecond)
			require.Contains(t, page, `href="https://jaeger.example/trace/`+traces[name]+`"`)
			require.NotContains(t, page, "order."+other)
			require.Contains(t, somebody.open(http.StatusOK, "/ui/events/"+events[name], nil), "/ui/traces/"+traces[name], "an event leads to its trace")
			require.Contains(t, somebody.open(http.StatusOK, "/ui/traces?errors=true", nil), "No trace is like this")
		}
		page := operator.open(http.StatusOK, "/ui/traces", nil)
		require.Contains(t, page, traces["default"])
		require.Contains(t, page, ">Account</th>")
		require.NotContains(t, page, traces["acme"], "an operator sees the account that it acts for")
		operator.open(http.StatusOK, "/ui/account", url.Values{"account": {"acme"}})
		require.Contains(t, operator.open(http.StatusOK, "/ui/traces", nil), traces["acme"])
	})
}
