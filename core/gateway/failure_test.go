package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var longID = strings.Repeat("x", 129)

func countLines(log, message string) int {
	return strings.Count(log, fmt.Sprintf("%q:%q", "msg", message))
}

// failing makes the adapter fail with err; the failures that it is told of, it
// encodes unless encode is set.
func failing(w *world, err error, encode error) *atomic.Int32 {
	var calls atomic.Int32
	w.plugins.handle = func(_ context.Context, provider string, req pluginhost.APIRequest, _ sdk.Engine) (*sdk.Response, error) {
		calls.Add(1)
		if req.Failure == nil {
			return nil, err
		}
		if encode != nil {
			return nil, encode
		}
		return echo(provider, req), nil
	}
	return &calls
}

func TestAPluginThatIsDown(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"down": &pluginhost.UnavailableError{Provider: "vendor", Err: errors.New("s3cret cause")},
		"slow": fmt.Errorf("s3cret cause: %w", context.DeadlineExceeded),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			calls := failing(w, err, err)
			got := w.get(t, "/things")
			require.Equal(t, 503, got.status)
			require.Equal(t, `{"down":true}`, got.body)
			require.Equal(t, "1", got.header.Get("Retry-After"))
			require.Equal(t, int32(1), calls.Load())
			require.Equal(t, 1, countLines(w.logs.String(), "request failed"))
			require.Contains(t, w.logs.String(), "s3cret cause")

			// Also when it should only have said that there is no such path.
			require.Equal(t, 503, w.get(t, "/nothing").status)
			require.Equal(t, int32(2), calls.Load())
		})
	}
}

func TestTheEnvelopesOwnRetryAfterStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *Config, m *sdk.Manifest) {
		m.Unavailable.Headers = append(m.Unavailable.Headers, sdk.Header{Name: "retry-after", Value: "7"})
	})
	failing(w, pluginhost.ErrUnavailable, nil)
	require.Equal(t, []string{"7"}, w.get(t, "/things").header.Values("Retry-After"))
}

func TestABadReplyIsTheVendorsInternalError(t *testing.T) {
	t.Parallel()
	bad := fmt.Errorf("%w: status 7", pluginhost.ErrBadReply)
	w := newWorld(t)
	calls := failing(w, bad, nil)
	got := w.get(t, "/things")
	require.Equal(t, 500, got.status)
	require.Equal(t, sdk.CodeInternal, got.shown.Failure.Code)
	require.NotContains(t, got.body, "status 7")
	require.Contains(t, w.logs.String(), "status 7")
	require.Equal(t, int32(2), calls.Load())

	// Once and no more.
	calls = failing(w, bad, bad)
	require.Equal(t, `{"down":true}`, w.get(t, "/things").body)
	require.Equal(t, int32(2), calls.Load())
}

func TestPanics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plugins.handle = func(_ context.Context, provider string, req pluginhost.APIRequest, _ sdk.Engine) (*sdk.Response, error) {
		if req.Failure == nil || req.OperationID == "getSpecial" {
			panic("s3cret")
		}
		return echo(provider, req), nil
	}
	got := w.get(t, "/things")
	require.Equal(t, 500, got.status)
	require.Equal(t, sdk.CodeInternal, got.shown.Failure.Code)
	require.NotContains(t, got.body, "s3cret")
	require.Equal(t, 1, countLines(w.logs.String(), "request failed"))
	require.Contains(t, w.logs.String(), "panic: s3cret")

	got = w.get(t, "/things/special") // and again while it is encoded
	require.Equal(t, 500, got.status)
	require.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
	require.Equal(t, 2, countLines(w.logs.String(), "request failed"))

	w.cfg.Dashboard = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of a page") })
	require.Equal(t, 500, w.do(t, request{method: "GET", path: "/ui/x"}).status)
	require.Equal(t, 3, countLines(w.logs.String(), "request failed"))
	require.Contains(t, w.logs.String(), "panic: of a page")

	late := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		panic("late")
	})
	w.cfg.Unified, w.cfg.Dashboard = late, late
	for _, path := range []string{"/v1/x", "/ui/x"} {
		require.PanicsWithValue(t, http.ErrAbortHandler, func() {
			w.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, http.NoBody))
		}, "a client must not take half an answer for a whole one")
	}
}

func TestOnlyFailuresOfOurOwnAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.get(t, "/things")
	w.get(t, "/nothing")
	w.get(t, "/things", "Authorization", "Bearer s3cret")
	require.Empty(t, w.logs.String())
	w.plugins.handle = func(context.Context, string, pluginhost.APIRequest, sdk.Engine) (*sdk.Response, error) {
		return &sdk.Response{Status: 502, Body: []byte("s3cret")}, nil
	}
	w.get(t, "/things/1?q=s3cret", "X-Request-Id", "id-1", "X-Custom", "s3cret")
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(w.logs.String()), &line))
	require.Equal(t, "/vendor/base/v1/things/{thingId}", line["route"])
	require.Equal(t, "id-1", line["request_id"])
	require.InDelta(t, 502, line["status"], 0)
	require.NotContains(t, w.logs.String(), "s3cret")
}

func TestAClientThatWentAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.plugins.handle = func(ctx context.Context, _ string, _ pluginhost.APIRequest, _ sdk.Engine) (*sdk.Response, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	r := httptest.NewRequestWithContext(ctx, "GET", "/vendor/base/v1/things", http.NoBody)
	r.Header.Set("Authorization", "Bearer all")
	w.ServeHTTP(httptest.NewRecorder(), r)
	require.Empty(t, w.logs.String())
}

func TestAnswersGoOutAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	response := &sdk.Response{}
	w.plugins.handle = func(context.Context, string, pluginhost.APIRequest, sdk.Engine) (*sdk.Response, error) {
		return response, nil
	}
	*response = sdk.Response{Status: 207, Body: []byte("<b>x</b>"), Headers: []sdk.Header{
		{Name: "x-two", Value: "1"},
		{Name: "X-Two", Value: "2"},
		{Name: "Connection", Value: "X-Hop"},
		{Name: "X-Hop", Value: "1"},
		{Name: "Transfer-Encoding", Value: "chunked"},
		{Name: "Content-Length", Value: "99"},
		{Name: "X-Request-Id", Value: "forged"},
	}}
	got := w.get(t, "/things")
	require.Equal(t, 207, got.status)
	require.Equal(t, "<b>x</b>", got.body)
	require.Equal(t, []string{"1", "2"}, got.header.Values("X-Two"))
	require.NotContains(t, got.header, "Content-Type", "nothing is guessed")
	require.NotContains(t, got.header, "X-Hop")
	require.Equal(t, "8", got.header.Get("Content-Length"))
	require.NotEqual(t, "forged", got.header.Get("X-Request-Id"))

	*response = sdk.Response{Status: 204, Body: []byte("x")}
	got = w.get(t, "/things")
	require.Equal(t, 204, got.status)
	require.Empty(t, got.body)

	*response = sdk.Response{Status: 200, Body: []byte("12345")}
	got = w.do(t, request{method: "HEAD", path: "/vendor/base/v1/documented"})
	require.Equal(t, "5", got.header.Get("Content-Length"))
	require.Empty(t, got.body)
}

func TestRates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *Config, m *sdk.Manifest) { m.RequestsPerSecond = 3 })
	for range 3 {
		require.Equal(t, 200, w.get(t, "/things").status)
	}
	got := w.get(t, "/things")
	require.Equal(t, 429, got.status)
	require.Equal(t, "More than 3 requests in a second; try again shortly", got.shown.Failure.Message)
	require.InDelta(t, time.Second/3, got.shown.Failure.RetryAfter, float64(time.Millisecond))
	// Another account, and requests that were refused before, do not count.
	require.Equal(t, 200, w.get(t, "/things", "Authorization", "Bearer operator", "Switchhook-Account", "other").status)
	require.Equal(t, 401, w.get(t, "/things", "Authorization", "").status)
	w.now.add(time.Second / 3)
	w.now.add(time.Millisecond)
	require.Equal(t, 200, w.get(t, "/things").status)
	require.Equal(t, 429, w.get(t, "/things").status)
}

func TestRatesOfTheOperator(t *testing.T) {
	t.Parallel()
	for _, own := range []int{0, 3} {
		w := newWorld(t, func(c *Config, m *sdk.Manifest) {
			c.RequestsPerSecond, m.RequestsPerSecond = map[string]int{m.Provider: 1}, own
		})
		require.Equal(t, 200, w.get(t, "/things").status)
		require.Equal(t, 429, w.get(t, "/things").status)
	}
}
