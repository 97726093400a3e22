package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// badRequest is a request that must be refused, and how.
type badRequest struct {
	name, method, path, body string
	headers                  []string
	status                   int
	contains                 []string
}

const unknownUUID = "00000000-0000-7000-8000-000000000000"

var unifiedHeaders = []string{"Authorization: Bearer " + operatorKey, "Content-Type: application/json"}

func unifiedBad() []badRequest {
	const subs, events = "/v1/subscriptions", "/v1/events"
	cloudEvents := []string{unifiedHeaders[0], "Content-Type: application/cloudevents+json"}
	noKey := []string{"Content-Type: application/json"}
	var out []badRequest
	for _, c := range []struct{ method, path string }{
		{"GET", "/v1/accounts"},
		{"GET", "/v1/keys"},
		{"GET", events},
		{"GET", events + "/" + unknownUUID},
		{"GET", subs},
		{"DELETE", subs + "/" + unknownUUID},
		{"GET", "/v1/deliveries"},
		{"POST", "/v1/deliveries/" + unknownUUID + "/retry"},
		{"GET", "/v1/providers"},
	} {
		out = append(out, badRequest{"NoKey " + c.method + c.path, c.method, c.path, "", noKey, 401, []string{`"status":401`}})
	}
	for _, path := range []string{"/v1/accounts/nobody", events + "/" + unknownUUID, subs + "/" + unknownUUID, "/v1/deliveries/" + unknownUUID, "/v1/providers/nobody", "/v1/nothing"} {
		out = append(out, badRequest{"Unknown " + path, "GET", path, "", unifiedHeaders, 404, []string{`"status":404`}})
	}
	return append(out, []badRequest{
		{"BrokenJSON", "POST", events, `{"type"`, unifiedHeaders, 400, []string{"JSON"}},
		{"NoType", "POST", events, `{"data":{}}`, unifiedHeaders, 400, []string{"type"}},
		{"UnknownMember", "POST", events, `{"type":"a.b","data":{},"nonsense":1}`, unifiedHeaders, 400, []string{"nonsense"}},
		{"EventWrongContentType", "POST", events, `x`, []string{unifiedHeaders[0], "Content-Type: text/plain"}, 415, []string{"application/cloudevents"}},
		{"EventTooLarge", "POST", events, `{"type":"a.b","data":"` + strings.Repeat("a", 2<<20) + `"}`, unifiedHeaders, 413, []string{`"status":413`}},
		{"CloudEventWithoutID", "POST", events, `{"specversion":"1.0","type":"a.b","source":"/x"}`, cloudEvents, 400, []string{"id"}},
		{"CloudEventWrongVersion", "POST", events, `{"specversion":"0.3","id":"1","type":"a.b","source":"/x"}`, cloudEvents, 400, []string{"specversion"}},
		{"UnknownNativeType", "POST", events, `{"type":"callbell.message_eaten","data":{}}`, unifiedHeaders, 400, []string{"message_eaten", "type"}},
		{"SubscriptionUnknownProvider", "POST", subs, `{"provider":"nobody","url":"https://example.com","events":["*"]}`, unifiedHeaders, 400, []string{"provider"}},
		{"SubscriptionBadURL", "POST", subs, `{"provider":"standard","url":"http://192.168.0.1/","events":["*"]}`, unifiedHeaders, 400, []string{"url"}},
		{"SubscriptionBadPattern", "POST", subs, `{"provider":"standard","url":"https://example.com/","events":["a..b"]}`, unifiedHeaders, 400, []string{"events"}},
		{"SubscriptionBadSecret", "POST", subs, `{"provider":"standard","url":"https://example.com/","events":["*"],"secret":"x"}`, unifiedHeaders, 400, []string{"secret"}},
		{"SubscriptionBadHeader", "POST", subs, `{"provider":"standard","url":"https://example.com/","events":["*"],"headers":[{"name":"Host","value":"x"}]}`, unifiedHeaders, 400, []string{"headers"}},
		{"WrongVerb", "PUT", subs, `{}`, unifiedHeaders, 405, []string{`"status":405`}},
		{"BadCursor", "GET", subs + "?cursor=%21", "", unifiedHeaders, 400, []string{"cursor"}},
		{"BadLimit", "GET", subs + "?limit=1000", "", unifiedHeaders, 400, []string{"limit"}},
		{"BadID", "GET", subs + "/not-a-uuid", "", unifiedHeaders, 400, []string{"id"}},
		{"BadStatus", "GET", "/v1/deliveries?status=lost", "", unifiedHeaders, 400, []string{"status"}},
		{"KeyUnknownScope", "POST", "/v1/keys", `{"name":"k","scopes":["everything"]}`, unifiedHeaders, 400, []string{"scope"}},
		{"AccountBadName", "POST", "/v1/accounts", `{"name":"No Spaces"}`, unifiedHeaders, 400, []string{"name"}},
	}...)
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, database string) {
		g := startGateway(t, database)
		before, operations := g.everything(), apiOperations(t)
		for _, c := range slices.Concat(callbellBad(), chatbotBad(), birdBad(), whatsappBad(), vonageBad(), unifiedBad()) {
			t.Run(c.name, func(t *testing.T) {
				a := g.do(c.method, c.path, c.body, c.headers...)
				require.Equal(t, c.status, a.status, "%s", a.body)
				for _, want := range c.contains {
					require.Contains(t, string(a.body), want)
				}
				sent := call{method: c.method, path: c.path, body: c.body, headers: c.headers}
				if o := find(operations, sent); o != nil {
					o.requireDocumented(t, sent, a)
				}
				if strings.HasPrefix(c.path, "/v1") {
					require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
				}
				if c.status == http.StatusMethodNotAllowed {
					require.NotEmpty(t, a.header.Get("Allow"))
				}
			})
		}
		require.Equal(t, before, g.everything(), "a refused request changed something")
		require.NotContains(t, g.log.String(), "panic")
	})
}

// everything is the state that the unified API shows.
func (g *gateway) everything() string {
	g.t.Helper()
	var out bytes.Buffer
	for _, path := range []string{"/v1/accounts", "/v1/keys", "/v1/subscriptions", "/v1/events", "/v1/deliveries"} {
		fmt.Fprintf(&out, "%s %s\n", path, g.unified(http.StatusOK, "GET", path, "").body)
	}
	return out.String()
}

func TestMissingScope(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "")
	var key struct{ Token string }
	g.unified(http.StatusCreated, "POST", "/v1/keys", `{"name":"none","scopes":["deliveries:read"]}`).decode(t, &key)
	auth := "Authorization: Bearer " + key.Token
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/v1/events", `{"type":"a.b","data":{}}`},
		{"POST", "/v1/subscriptions", `{"url":"https://example.com","events":["*"]}`},
		{"GET", "/v1/accounts", ""},
		{"POST", "/v1/keys", `{"name":"more"}`},
		{"POST", "/callbell/v1/webhooks/subscribe", callbellSubscribe},
	} {
		a := g.do(c.method, c.path, c.body, auth, "Content-Type: application/json")
		require.Equal(t, http.StatusForbidden, a.status, "%s %s: %s", c.method, c.path, a.body)
	}
	g.do("GET", "/v1/deliveries", "", auth).requireStatus(t, http.StatusOK)
}

func TestSlowAndHugeHeaders(t *testing.T) {
	t.Parallel()
	g := startGateway(t, "", "SWITCHHOOK_SERVER_READ_HEADER_TIMEOUT=300ms")
	a := g.do("GET", "/v1/events", "", "Authorization: Bearer "+strings.Repeat("x", 100<<10))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, a.status)

	conn, err := net.Dial("tcp", strings.TrimPrefix(g.base, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("GET /v1/events HTTP/1.1\r\nHost: x\r\n"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	buf := make([]byte, 1024)
	for err == nil {
		_, err = conn.Read(buf)
	}
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the gateway keeps a connection that sends no header")
}

func TestHostRouting(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/config.yaml"
	require.NoError(t, os.WriteFile(file, []byte("plugins:\n  callbell:\n    enabled: true\n    hosts: [api.callbell.eu]\n"), 0o600))
	g := startGateway(t, "", "SWITCHHOOK_CONFIG="+file)
	req, err := http.NewRequestWithContext(t.Context(), "POST", g.base+"/v1/webhooks/subscribe", strings.NewReader(callbellSubscribe))
	require.NoError(t, err)
	req.Host = "api.callbell.eu"
	req.Header.Set("Authorization", "Bearer "+operatorKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
}
