package unified_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// binaryExample is the example of the document, which docs/publishing.md shows too.
func binaryExample(t *testing.T, w *world) string {
	t.Helper()
	content := w.document.Paths.Value("/v1/events").Post.RequestBody.Value.Content
	_, rest, ok := strings.Cut(content["application/octet-stream"].Schema.Value.Description, "```http\n")
	require.True(t, ok)
	example, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	return example
}

func TestTheExampleOfBinaryMode(t *testing.T) {
	t.Parallel()
	w := start(t)
	example := binaryExample(t, w)
	page, err := os.ReadFile("../../../docs/publishing.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "```http\n"+example+"```")

	head, body, _ := strings.Cut(example, "\n\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(head, "\n", "\r\n") + "\r\nHost: a\r\n\r\n")))
	require.NoError(t, err)
	headers := map[string]string{}
	for name := range r.Header {
		headers[name] = r.Header.Get(name)
	}
	a := w.do(t, call{method: r.Method, path: r.URL.Path, body: body, headers: headers})
	require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
	event := w.get(t, "/v1/events/"+a.id(t))
	require.Equal(t, "order-4711-created", event.get(t, "cloudevent_id"))
	require.Equal(t, "Euro € 😀", event.get(t, "subject"))
	require.Equal(t, "application/json", event.get(t, "datacontenttype"))
	require.Contains(t, string(event.body), strings.TrimSpace(body))
}

// binary is an event in binary mode.
func binary(id, contentType, body string, more map[string]string) call {
	headers := map[string]string{"Ce-Specversion": "1.0", "Ce-Id": id, "Ce-Source": "/s", "Ce-Type": "order.created", "Content-Type": contentType}
	for name, v := range more {
		headers[name] = v
	}
	return call{method: http.MethodPost, path: "/v1/events", body: body, headers: headers}
}

func TestDataOfBinaryEventsIsShown(t *testing.T) {
	t.Parallel()
	w := start(t)
	for contentType, body := range map[string]string{
		"text/plain; charset=ISO-8859-1": "caf\xe9", "image/png": "\x89PNG\x00", "application/xml": "<a/>",
	} {
		a := w.do(t, binary(contentType, contentType, body, nil))
		require.Equal(t, http.StatusAccepted, a.status, "%s", a.body)
		event := w.get(t, "/v1/events/"+a.id(t))
		require.Equal(t, contentType, event.get(t, "datacontenttype"))
		require.Equal(t, base64.StdEncoding.EncodeToString([]byte(body)), event.get(t, "data_base64"))
	}
	empty := w.do(t, binary("empty", "application/json", "", nil))
	require.Equal(t, http.StatusAccepted, empty.status, "%s", empty.body)
	event := w.get(t, "/v1/events/"+empty.id(t))
	require.NotContains(t, string(event.body), `"data"`)
	require.NotContains(t, string(event.body), "data_base64")
}

func TestWhatIsWrongInBinaryModeIsNamedByItsHeader(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, test := range []struct{ header, value, message string }{
		{"Ce-Subject", "a%0Ab", "control characters"},
		{"Ce-Subject", "%C2%85", "control characters"},
		{"Ce-Subject", "%EF%BF%BF", "control characters"}, // U+FFFF is no character
		{"Ce-Subject", "%C0%A0", "must be UTF-8"},
		{"Ce-My-Name", "x", "is no attribute name"},
		{"Ce-My_name", "x", "is no attribute name"},
		{"Ce-Source", ":", "must be a URI reference"},
		{"Ce-Dataschema", "relative", "must be an absolute URI"},
		{"Ce-Type", "a b", "must not contain spaces"},
	} {
		a := w.do(t, binary("1", "application/json", "{}", map[string]string{test.header: test.value}))
		require.Equal(t, http.StatusBadRequest, a.status, "%s: %s", test.header, a.body)
		var problem struct {
			Errors []struct{ In, Field, Message string }
		}
		a.decode(t, &problem)
		require.Len(t, problem.Errors, 1, "%s: %s", test.header, a.body)
		require.Equal(t, "header", problem.Errors[0].In)
		require.Equal(t, strings.ToLower(test.header), problem.Errors[0].Field)
		require.Contains(t, problem.Errors[0].Message, test.message)
	}
}

// A proxy or a client may send a field twice; net/http keeps both.
func TestAHeaderGivenTwiceIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, name := range []string{"Ce-Id", "Content-Type"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/v1/events", strings.NewReader("{}"))
		require.NoError(t, err)
		for header, v := range binary("1", "application/json", "", nil).headers {
			r.Header.Set(header, v)
		}
		r.Header.Set("Authorization", "Bearer "+w.newKey(t, "events:write"))
		r.Header.Add(name, r.Header.Get(name))
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, "%s", body)
		require.Contains(t, string(body), strings.ToLower(name))
		require.Contains(t, string(body), "is given twice")
	}
}
