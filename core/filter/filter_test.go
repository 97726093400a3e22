package filter_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/filter"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func parse(t require.TestingT, source string) *filter.Filter {
	f, err := filter.Parse([]byte(source))
	require.NoError(t, err, source)
	return f
}

func newEvent() *sdk.Event {
	return &sdk.Event{
		ID: "e-1", Source: "/shop", Type: "order.created", Time: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		DataContentType: "application/json", Extensions: map[string]string{"tenant": "acme"},
		Data: []byte(`{"total":150,"items":[{"price":5}],"note":"` + strings.Repeat("long ", 100) + `"}`),
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	f := parse(t, `[
		{"exact": {"type": "order.created"}},
		{"any": [{"prefix": {"source": "/store", "tenant": "acme"}}, {"suffix": {"subject": "/7"}}, {"exact": {"time": "2026-01-31T12:00:01Z"}}]},
		{"not": {"expr": "data.total == 150"}},
		{"all": [{"expr": "attributes.type == \"x\" or data.total > 200 and data.note != \"\""}, {"expr": "data.missing > 5"}, {"expr": "data.total > \"5\""}]}
	]`)
	require.Equal(t, filter.Explanation{FirstFailing: "filters[1].any", Clauses: []filter.Clause{
		{Path: "filters[0].exact", Dialect: "exact", Matched: true, Clauses: []filter.Clause{
			{Path: "filters[0].exact.type", Dialect: "exact", Matched: true},
		}},
		{Path: "filters[1].any", Dialect: "any", Reason: "none of its filters matches", Clauses: []filter.Clause{
			{Path: "filters[1].any[0].prefix", Dialect: "prefix", Reason: "filters[1].any[0].prefix.source does not match", Clauses: []filter.Clause{
				{
					Path: "filters[1].any[0].prefix.source", Dialect: "prefix",
					Reason: `attribute source is "/shop", which does not begin with "/store"`,
				},
				{Path: "filters[1].any[0].prefix.tenant", Dialect: "prefix", Matched: true},
			}},
			{Path: "filters[1].any[1].suffix", Dialect: "suffix", Reason: "filters[1].any[1].suffix.subject does not match", Clauses: []filter.Clause{
				{Path: "filters[1].any[1].suffix.subject", Dialect: "suffix", Reason: "attribute subject is absent"},
			}},
			{Path: "filters[1].any[2].exact", Dialect: "exact", Reason: "filters[1].any[2].exact.time does not match", Clauses: []filter.Clause{
				{
					Path: "filters[1].any[2].exact.time", Dialect: "exact",
					Reason: `attribute time is "2026-01-31T12:00:00Z", which is not "2026-01-31T12:00:01Z"`,
				},
			}},
		}},
		{Path: "filters[2].not", Dialect: "not", Reason: "the filter inside matches", Clauses: []filter.Clause{
			{Path: "filters[2].not.expr", Dialect: "expr", Matched: true},
		}},
		{Path: "filters[3].all", Dialect: "all", Reason: "filters[3].all[0].expr does not match", Clauses: []filter.Clause{
			{
				Path: "filters[3].all[0].expr", Dialect: "expr",
				Reason: `the expression is false: attributes.type is "order.created", data.total is 150, data.note is "` +
					strings.Repeat("long ", 16) + `…"`,
			},
			{Path: "filters[3].all[1].expr", Dialect: "expr", Reason: "data.missing is absent"},
			{
				Path: "filters[3].all[2].expr", Dialect: "expr",
				Reason: `type error: data.total > "5" needs an integer on both sides, not a text`,
			},
		}},
	}}, f.Explain(filter.NewView(newEvent())))
}

func TestNilMatchesEverything(t *testing.T) {
	t.Parallel()
	var none *filter.Filter
	view := filter.NewView(newEvent())
	require.True(t, none.Match(view))
	require.True(t, none.Empty())
	require.Equal(t, filter.Explanation{Matched: true}, none.Explain(view))
	require.Equal(t, "[]", none.String())
	text, err := none.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, "[]", string(text))
	for _, source := range []string{"", " \n", "null", "[]", "[ ]"} {
		f := parse(t, source)
		require.True(t, f.Empty())
		require.True(t, f.Match(view))
		require.Equal(t, "[]", f.String())
	}
	require.False(t, parse(t, `[{"exact":{"id":"e-1"}}]`).Empty())
}

func TestMarshalsAsItWasGiven(t *testing.T) {
	t.Parallel()
	f := parse(t, ` [ {"prefix" : {"type":"a<b>&\u00fc", "source": "/" }}, {"expr":"data.a  ==  1"} ] `)
	text, err := f.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, `[{"prefix":{"type":"a<b>&\u00fc","source":"/"}},{"expr":"data.a  ==  1"}]`, string(text))
	text[0] = 'x'
	require.Equal(t, byte('['), f.String()[0], "the text is the caller's own")
	inside, err := json.Marshal(map[string]any{"filters": f})
	require.NoError(t, err)
	require.JSONEq(t, `{"filters":`+f.String()+`}`, string(inside))
}

// Data is read once for a view, by whatever filter asks first; without a content
// type only where it is one JSON value in UTF-8.
func TestData(t *testing.T) {
	t.Parallel()
	readable := parse(t, `[{"expr":"data == data"}]`)
	for _, c := range []struct {
		contentType, data string
		want              bool
	}{
		{"", `{"a":1}`, true},
		{"", ` 5 `, true},
		{"", ``, false},
		{"", `5 6`, false},
		{"", `5 x`, false},
		{"", "\"\xff\"", false},
		{"", `{`, false},
		{"application/json", `null`, true},
		{"application/json", ``, false},
		{"text/json", `5`, true},
		{"application/vnd.x+json; charset=utf-8", `5`, true},
		{"application/octet-stream", `5`, false},
		{"text/plain", `5`, false},
	} {
		e := newEvent()
		e.DataContentType, e.Data = c.contentType, []byte(c.data)
		require.Equal(t, c.want, readable.Match(filter.NewView(e)), "%q under %q", c.data, c.contentType)
	}
	e := newEvent()
	view := filter.NewView(e)
	total := parse(t, `[{"expr":"data.total == 150"}]`)
	require.True(t, total.Match(view))
	e.Data = nil
	require.True(t, total.Match(view), "the data was decoded before")
	require.False(t, total.Match(filter.NewView(e)))
}

func TestHostileExpressionIsStopped(t *testing.T) {
	t.Parallel()
	e := newEvent()
	e.Data = []byte(`{"n":[` + strings.Repeat("1,", 5000) + `1]}`)
	f := parse(t, `[{"expr":"any(data.n, let a = #; any(data.n, let b = #; any(data.n, # + a + b == 0)))"}]`)
	view := filter.NewView(e)
	require.False(t, f.Match(view))
	require.Equal(t, "stopped: the evaluation needs more than 50000 steps", f.Explain(view).Clauses[0].Reason)
	require.True(t, parse(t, `[{"not":`+f.String()[1:len(f.String())-1]+`}]`).Match(view), "not is the complement, also then")
}
