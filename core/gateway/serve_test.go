package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestTheGatewaysOwnPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		method, path string
		status       int
		contains     string
	}{
		{"GET", "/healthz", 200, `{"status":"ok"}`},
		{"GET", "/readyz", 200, `{"status":"ok"}`},
		{"GET", "/metrics", 200, "metrics /metrics"},
		{"GET", "/v1/subscriptions", 200, "unified /v1/subscriptions "},
		{"DELETE", "/v1/subscriptions/1", 200, "unified /v1/subscriptions/1 "},
		{"GET", "/v1", 200, "unified /v1 "},
		{"POST", "/healthz", 405, "can only be read"},
		{"POST", "/docs", 405, "can only be read"},
		{"GET", "/v2/x", 404, "Known are /v1/, /sleeper/, /vendor/, /docs, /healthz, /readyz and /metrics"},
		{"GET", "//vendor/things", 404, "Known are"},
		{"GET", "/vendors/things", 404, "Known are"},
		{"GET", "/sleeper/x", 503, "The API of sleeper has not started yet"},
	}
	for _, test := range tests {
		t.Run(test.method+test.path, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, request{method: test.method, path: test.path})
			require.Equal(t, test.status, got.status)
			require.Contains(t, got.body, test.contains)
			require.NotEmpty(t, got.header.Get("X-Request-Id"))
			if test.status >= 400 {
				require.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
				var p problem
				require.NoError(t, json.Unmarshal([]byte(got.body), &p))
				require.Equal(t, test.status, p.Status)
				require.Equal(t, http.StatusText(test.status), p.Title)
				require.Equal(t, got.header.Get("X-Request-Id"), p.RequestID)
			}
			switch test.status {
			case 405:
				require.Equal(t, "GET, HEAD", got.header.Get("Allow"))
			case 503:
				require.Equal(t, "1", got.header.Get("Retry-After"))
			}
		})
	}
	require.Empty(t, w.do(t, request{method: "HEAD", path: "/healthz"}).body)
}

func TestIndex(t *testing.T) {
	t.Parallel()
	got := newWorld(t).do(t, request{method: "GET", path: "/"})
	require.Equal(t, 200, got.status)
	require.JSONEq(t, `{"name":"switchhook","providers":[
		{"name":"sleeper","path":"/sleeper/","available":false},
		{"name":"vendor","title":"A vendor","path":"/vendor/base/v1/","available":true}],
		"links":{"unified":"/v1/","health":"/healthz","ready":"/readyz","metrics":"/metrics","docs":"/docs"}}`, got.body)
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	var failure error
	w := newWorld(t, func(c *Config, _ *sdk.Manifest) {
		c.Checks = []Check{
			{Name: "store", Run: func(context.Context) error { return failure }},
			{Name: "plugins", Run: func(ctx context.Context) error {
				if _, bounded := ctx.Deadline(); !bounded {
					return errors.New("no deadline")
				}
				return nil
			}},
			{Name: "bad", Run: func(context.Context) error {
				if failure != nil {
					panic("oops")
				}
				return nil
			}},
		}
	})
	require.Equal(t, 200, w.do(t, request{method: "GET", path: "/readyz"}).status)
	failure = errors.New("password of the database")
	for range 2 {
		got := w.do(t, request{method: "GET", path: "/readyz"})
		require.Equal(t, 503, got.status)
		require.JSONEq(t, `{"status":"unavailable","not_ready":["store","bad"]}`, got.body)
	}
	require.Equal(t, 2, countLines(w.logs.String(), "not ready"), "one line a change")
	failure = nil
	require.Equal(t, 200, w.do(t, request{method: "GET", path: "/readyz"}).status)
	require.Equal(t, 2, countLines(w.logs.String(), "ready again"))
}

func TestHosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, host := range []string{"api.vendor.example", "API.Vendor.Example:8443", "api.vendor.example."} {
		got := w.do(t, request{method: "GET", path: "/base/v1/things", host: host})
		require.Equal(t, 200, got.status, host)
		require.Equal(t, "/things", got.shown.Path)
		require.Equal(t, []string{host}, got.shown.Headers["Host"])
	}
	// All paths of the host are the vendor's.
	for _, path := range []string{"/healthz", "/v1/subscriptions", "/vendor/base/v1/things", "/"} {
		got := w.do(t, request{method: "GET", path: path, host: "api.vendor.example"})
		require.Equal(t, sdk.CodeNotFound, got.shown.Failure.Code, path)
	}
	require.Equal(t, 404, w.do(t, request{method: "GET", path: "/base/v1/things", host: "x.api.vendor.example"}).status)
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := New(Config{})
	for _, field := range []string{"Providers", "Plugins", "Authenticator", "Subscriptions", "Deliveries", "Unified", "Metrics", "MaxBodyBytes", "Now", "TracerProvider", "Log"} {
		require.ErrorContains(t, err, "gateway: "+field+" must be set")
	}
	good := newWorld(t).cfg
	for want, hosts := range map[string]map[string]string{
		`plugins.vendor.hosts: "https://x" is not a host name`: {"https://x": "vendor"},
		`plugins.vendor.hosts: "" is not a host name`:          {"": "vendor"},
		`provider "other" is not enabled`:                      {"x.example": "other"},
		`belongs to `:                                          {"x.example": "vendor", "X.example": "sleeper"},
	} {
		good.Hosts = hosts
		_, err := New(good)
		require.ErrorContains(t, err, want)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, "abc-1.2:3", w.get(t, "/things", "X-Request-Id", "abc-1.2:3").header.Get("X-Request-Id"))
	require.Contains(t, w.do(t, request{method: "GET", path: "/v1/x", headers: map[string]string{"X-Request-Id": "seen"}}).body, "seen")
	for _, bad := range []string{"", "a b", "a\"b", longID} {
		id := w.get(t, "/things", "X-Request-Id", bad).header.Get("X-Request-Id")
		require.NoError(t, uuid.Validate(id))
	}
}

func TestNamespaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ method, path, want string }{
		{"GET", "/orgs/o/spaces/s/hooks", "o/s"},
		{"GET", "/orgs/a%2Fb/spaces/c/hooks", "a%2Fb/c"},
		{"GET", "/orgs/a/spaces/b%2Fc/hooks", "a/b%2Fc"},
		{"POST", "/orgs/o/spaces/s/hooks", "only-s"}, // the operation's own
		{"GET", "/orgs/O/spaces/S/hooks", "O/S"},
		{"GET", "/teams/A1405560-C8D3-4B1A-877D-3F449AD95352/hooks", "a1405560-c8d3-4b1a-877d-3f449ad95352"},
		{"GET", "/things", ""},
	}
	for _, test := range tests {
		got := w.do(t, request{method: test.method, path: "/vendor/base/v1" + test.path})
		require.Equal(t, test.want, got.shown.Caller.Namespace, test.path)
	}
	got := w.get(t, "/orgs/"+longID+longID+longID+longID+"/spaces/s/hooks")
	require.Equal(t, []sdk.FieldError{{In: "path", Field: "org", Message: "is too long"}}, got.shown.Failure.Fields)
}
