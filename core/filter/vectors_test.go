package filter_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/filter"
	"github.com/switchhook/switchhook/core/gateway/unified/eventbody"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// vector is a filter, an event as it is published, and what becomes of it.
type vector struct {
	Name    string
	Filters json.RawMessage
	Event   json.RawMessage
	Match   bool
	// Failing is the path of the first failing clause.
	Failing string
}

func loadVectors(t testing.TB) map[string][]vector {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string][]vector{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var vectors []vector
		require.NoError(t, json.Unmarshal(raw, &vectors), file)
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = vectors
	}
	return out
}

// published reads an event as the gateway does.
func published(t require.TestingT, body []byte) *sdk.Event {
	request, err := eventbody.Parse(http.Header{"Content-Type": {"application/cloudevents+json"}}, body)
	require.NoError(t, err)
	return &request.Events[0]
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for file, vectors := range loadVectors(t) {
		for _, v := range vectors {
			t.Run(file+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				f, err := filter.Parse(v.Filters)
				require.NoError(t, err)
				view := filter.NewView(published(t, v.Event))
				explained := f.Explain(view)
				require.Equal(t, v.Match, f.Match(view), "%+v", explained)
				require.Equal(t, v.Match, explained.Matched)
				require.Equal(t, v.Failing, explained.FirstFailing)
			})
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/refused.json")
	require.NoError(t, err)
	var cases []struct {
		Name    string
		Filters json.RawMessage
		Error   string
	}
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		f, err := filter.Parse(c.Filters)
		require.EqualError(t, err, c.Error, c.Name)
		require.Nil(t, f, c.Name)
	}
}

// What is too large for the file, or is no JSON.
func TestRefusedAtTheBounds(t *testing.T) {
	t.Parallel()
	const one = `{"exact":{"type":"a"}}`
	const many = "makes more than 100 filter objects and attributes; make the filter smaller"
	list := func(n int, item string) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	attributes := make([]string, 100)
	for i := range attributes {
		attributes[i] = `"a` + strings.Repeat("b", i/26) + string(rune('a'+i%26)) + `":"x"`
	}
	for text, want := range map[string]string{
		`[`:                                   "filters: is not valid JSON: unexpected end of JSON input",
		`[] []`:                               "filters: is not valid JSON: invalid character '[' after top-level value",
		"[\"\xff\"]":                          "filters: must be UTF-8",
		`[{"exact":{"type":"a","type":"b"}}]`: "filters[0].exact.type: is given twice; put one of them into a filter object of its own",
		`[` + one[:len(one)-1] + `,"exact":{"type":"b"}}]`:          `filters[0]: has more than one dialect, "exact" and "exact"; write a filter object for each`,
		`[{"prefix":{"type":"` + strings.Repeat("a", 1025) + `"}}]`: "filters[0].prefix.type: has 1025 bytes; attributes have at most 1024",
		list(101, one): "filters: " + many,
		list(51, one):  "filters[50]: " + many,
		`[{"any":` + list(4, `{"all":`+list(15, one)+`}`) + `}]`: "filters[0].any[3].all[2].exact: " + many,
		`[{"exact":{` + strings.Join(attributes, ",") + `}}]`:    "filters[0].exact: " + many,
		list(9, `{"expr":"data.x"}`):                             "filters[8].expr: is one expression more than 8; join several by and, or use the other dialects",
		`[{"expr":"true` + strings.Repeat(" ", 4093) + `"}]`:     "filters[0].expr: has 4097 bytes; at most 4096 are possible",
		`[{"expr":"` + strings.Repeat("x", 33000) + `"}]`:        "filters: has 33013 bytes; at most 32768 are possible",
		strings.Repeat("[", 20000):                               "filters: is not valid JSON: invalid character '[' exceeded max depth",
		strings.Repeat("[", 9000) + strings.Repeat("]", 9000):    `filters[0]: must be a filter object, such as {"exact": {"type": "order.created"}}`,
	} {
		_, err := filter.Parse([]byte(text))
		require.EqualError(t, err, want)
	}
	largest := `[{"prefix":{"type":"` + strings.Repeat("a", filter.MaxValue) + `"}},` + list(40, one)[1:]
	_, err := filter.Parse([]byte(largest))
	require.NoError(t, err)
}

func TestErrorsHaveAPointer(t *testing.T) {
	t.Parallel()
	_, err := filter.Parse([]byte(`[{"exact":{"type":"a"}},{"any":[{"prefix":{"a/b~c":"x"}}]}]`))
	var refused *filter.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "/filters/1/any/0/prefix/a~1b~0c", refused.Pointer)
	require.Equal(t, `filters[1].any[0].prefix["a/b~c"]`, refused.Path)
}
