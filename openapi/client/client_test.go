package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/openapi/client"
)

// script answers requests in turn and keeps what it was asked.
type script struct {
	answers []func() (*http.Response, error)
	bodies  []string
	headers []http.Header
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	s.bodies, s.headers = append(s.bodies, body), append(s.headers, r.Header.Clone())
	return s.answers[min(len(s.bodies), len(s.answers))-1]()
}

func says(status int, body string, headers ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func breaks() (*http.Response, error) { return nil, errors.New("connection refused") }

const (
	busy  = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Wait","code":"unavailable","request_id":"r"}`
	empty = `{"items":[],"next_cursor":null}`
	key   = `{"id":"019aa5d2-7c1e-7b64-9f2d-3f6f0a9a7b10","name":"k","token":"t"}`
)

func TestRequestsAreSentAgainWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	list := func(ctx context.Context, c *client.Client) error {
		_, err := c.ListKeysWithResponse(ctx, nil)
		return err
	}
	for name, test := range map[string]struct {
		call    func(context.Context, *client.Client) error
		answers []func() (*http.Response, error)
		tries   int
		took    time.Duration // at least
		code    string
	}{
		"read, busy twice":   {list, []func() (*http.Response, error){says(503, busy), says(503, busy), says(200, empty)}, 3, 0, ""},
		"read, unreachable":  {list, []func() (*http.Response, error){breaks, says(200, empty)}, 2, 0, ""},
		"read, told to wait": {list, []func() (*http.Response, error){says(429, busy, "Retry-After", "7"), says(200, empty)}, 2, 7 * time.Second, ""},
		"read, busy always":  {list, []func() (*http.Response, error){says(503, busy)}, 4, 0, "unavailable"},
		"read, wait too long": {
			list,
			[]func() (*http.Response, error){says(503, busy, "Retry-After", "3600")},
			1, 0, "unavailable",
		},
		"read, refused": {list, []func() (*http.Response, error){says(404, busy)}, 1, 0, "unavailable"},
		"no problem":    {list, []func() (*http.Response, error){says(404, "<html>")}, 1, 0, "not_switchhook"},
		"make": {func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateKeyWithResponse(ctx, switchhook.NewKey{Name: "k"})
			return err
		}, []func() (*http.Response, error){says(503, busy)}, 1, 0, "unavailable"},
		"make once": {func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateKeyWithResponse(ctx, switchhook.NewKey{Name: "k"}, client.NewOnce())
			return err
		}, []func() (*http.Response, error){says(503, busy), says(201, key)}, 2, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, start := &script{answers: test.answers}, time.Now()
				c, err := client.New("http://gateway.test/", "swh_key", client.WithHTTPClient(&http.Client{Transport: s}), client.WithAccount("acme"))
				require.NoError(t, err)
				err = test.call(t.Context(), c)
				if test.code == "" {
					require.NoError(t, err)
				} else {
					var problem *client.Problem
					require.ErrorAs(t, err, &problem)
					require.Equal(t, test.code, string(problem.Code))
				}
				require.Len(t, s.bodies, test.tries)
				require.GreaterOrEqual(t, time.Since(start), test.took)
				for i, h := range s.headers {
					require.Equal(t, "Bearer swh_key", h.Get("Authorization"))
					require.Equal(t, "acme", h.Get("Switchhook-Account"))
					require.Equal(t, s.bodies[0], s.bodies[i], "the body is sent again")
					require.Equal(t, s.headers[0].Get("Idempotency-Key"), h.Get("Idempotency-Key"))
				}
			})
		})
	}
}

func TestPagesEndWithAnError(t *testing.T) {
	t.Parallel()
	s := &script{answers: []func() (*http.Response, error){
		says(200, `{"items":[{"name":"a"},{"name":"b"}],"next_cursor":"c"}`), says(404, busy),
	}}
	c, err := client.New("http://gateway.test", "swh_key", client.WithHTTPClient(&http.Client{Transport: s}))
	require.NoError(t, err)
	var names []string
	var last error
	for item, err := range c.Accounts(t.Context(), switchhook.ListAccountsParams{}) {
		names, last = append(names, item.Name), err
	}
	require.Equal(t, []string{"a", "b", ""}, names)
	require.Error(t, last)
	for range c.Accounts(t.Context(), switchhook.ListAccountsParams{}) {
		break // no further page is asked for
	}
	require.Len(t, s.bodies, 3)
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "gateway:8080", "ftp://gateway", "http://"} {
		_, err := client.New(bad, "swh_key")
		require.ErrorContains(t, err, "baseURL")
	}
	for _, bad := range []string{"", "swh key", "swh\n"} {
		_, err := client.New("http://gateway", bad)
		require.ErrorContains(t, err, "token")
		require.NotContains(t, err.Error(), "swh")
	}
}

// Every list of the document that has pages has a method without them: ListKeys has
// Keys, and so on.
func TestEveryListHasAMethod(t *testing.T) {
	t.Parallel()
	doc, err := switchhook.GetSpec()
	require.NoError(t, err)
	lists := 0
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			if o.Parameters.GetByInAndName("query", "cursor") == nil {
				continue
			}
			lists++
			_, ok := reflect.TypeFor[*client.Client]().MethodByName(strings.TrimPrefix(o.OperationID, "List"))
			require.True(t, ok, "%s has no method that goes through its pages", o.OperationID)
		}
	}
	require.Positive(t, lists)
}
