package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const thing = `{"url":"https://a"}`

func TestContentTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		method, path, contentType, encoding, body string
		status                                    int
		seen                                      string
	}{
		{"POST", "/things", "application/json", "", thing, 200, "application/json"},
		{"POST", "/things", "Application/JSON; charset=utf-8", "", thing, 200, "Application/JSON; charset=utf-8"},
		{"POST", "/things", "application/vnd.thing+json", "", thing, 200, "application/vnd.thing+json"},
		{"POST", "/things", "application/json", "identity", thing, 200, "application/json"},
		{"POST", "/things", "", "", thing, 200, "application/json"},   // the operation's default
		{"POST", "/things", form, "", thing, 200, "application/json"}, // curl -d
		{"POST", "/things", "text/plain", "", thing, 415, ""},
		{"POST", "/things", "json", "", thing, 415, ""},
		{"POST", "/things", "application/json", "gzip", thing, 415, ""},
		{"PUT", "/things/1", "application/json", "", thing, 200, "application/json"},
		{"PUT", "/things/1", "", "", thing, 415, ""}, // no default here
		{"PUT", "/things/1", form, "", thing, 415, ""},
		{"PUT", "/things/1", "text/plain", "", "", 200, "text/plain"},                // no body
		{"DELETE", "/things/1", "application/json", "", "", 200, "application/json"}, // as Callbell's samples do
		{"DELETE", "/things/1", "text/plain", "", "x", 200, "text/plain"},            // the document has no body
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.contentType+" "+test.encoding, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, request{method: test.method, path: "/vendor/base/v1" + test.path, body: test.body, headers: map[string]string{
				"Content-Type": test.contentType, "Content-Encoding": test.encoding,
			}})
			require.Equal(t, test.status, got.status, got.body)
			if test.status != 200 {
				require.Equal(t, sdk.CodeUnsupportedMediaType, got.shown.Failure.Code)
				if test.encoding == "" {
					require.Contains(t, got.shown.Failure.Message, "application/json")
				}
				return
			}
			require.Equal(t, []string{test.seen}, got.shown.Headers["Content-Type"])
			require.Equal(t, test.body, got.shown.Body)
		})
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fits := `{"url":"https://a"}` + strings.Repeat(" ", 1000-len(thing))
	got := w.post(t, "/things", fits)
	require.Equal(t, 200, got.status)
	require.Equal(t, fits, got.shown.Body)

	got = w.post(t, "/things", fits+" ")
	require.Equal(t, 413, got.status)
	require.Equal(t, "The body must have at most 1000 bytes", got.shown.Failure.Message)

	// One that does not say how long it is.
	server := httptest.NewServer(w)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/vendor/base/v1/things", struct{ *strings.Reader }{strings.NewReader(fits + " ")})
	require.NoError(t, err)
	require.Zero(t, r.ContentLength)
	r.Header.Set("Authorization", "Bearer all")
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 413, response.StatusCode)
}

func TestTheAdapterGetsTheBytesOfTheClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := "{ \"url\" : \"https:\\/\\/a\" ,\n \"size\": 9, \"note\":null }" // enabled has a default
	got := w.do(t, request{
		method: "POST", path: "/vendor/base/v1/things?b=2&a=1%20&a", body: body,
		headers: map[string]string{"Content-Type": "application/json", "X-Custom": "1", "Cookie": "c=1", "Connection": "X-Hop", "X-Hop": "1"},
	})
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, body, got.shown.Body)
	require.Equal(t, "b=2&a=1%20&a", got.shown.Query)
	require.Equal(t, []string{"1"}, got.shown.Headers["X-Custom"])
	require.NotEmpty(t, got.shown.Headers["Host"])
	require.Equal(t, []string{got.header.Get("X-Request-Id")}, got.shown.Headers["X-Request-Id"])
	for _, name := range []string{"Authorization", "Cookie", "Connection", "X-Hop", "Content-Length"} {
		require.NotContains(t, got.shown.Headers, name)
	}
}
