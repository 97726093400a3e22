package filter_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/filter"
	"github.com/switchhook/switchhook/plugins/sdk"
)

var (
	names  = rapid.SampledFrom([]string{"id", "source", "type", "subject", "time", "dataschema", "datacontenttype", "specversion", "tenant", "partner"})
	values = rapid.SampledFrom([]string{"a", "b", "ab", "ba", "ü", "1.0", "2026", "Z", "application/json"})
	exprs  = rapid.SampledFrom([]string{
		`data.a == 1`, `data.a != 1`, `!data.b`, `data.b`, `data.c.d > "x"`, `attributes.subject == "a"`, `attributes.time > date("2026-06-01")`,
		`any(data.l, # == 1)`, `data.a / data.z > 0`, `(data.a ?? 5) > 2`, `attributes.tenant in ["a", "b"]`, `data == nil`, `data.l[0] + 1 == 2`,
	})
)

// object generates filter objects as JSON.
func object(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		forms := 3
		if depth > 0 {
			forms = 6
		}
		quoted := func(v any) string { text, _ := json.Marshal(v); return string(text) }
		inner := rapid.Deferred(func() *rapid.Generator[string] { return object(depth - 1) })
		form := rapid.IntRange(0, forms).Draw(t, "form")
		switch form {
		case 0, 1, 2:
			entries := rapid.MapOfN(names, values, 1, 3).Draw(t, "entries")
			delete(entries, "time")
			entries["type"] = values.Draw(t, "value")
			return `{"` + []string{"exact", "prefix", "suffix"}[form] + `":` + quoted(entries) + `}`
		case 3:
			return `{"expr":` + quoted(exprs.Draw(t, "expr")) + `}`
		case 4:
			return `{"not":` + inner.Draw(t, "inner") + `}`
		default:
			items := rapid.SliceOfN(inner, 1, 2).Draw(t, "items")
			return `{"` + []string{"all", "any"}[form-5] + `":` + array(items...) + `}`
		}
	})
}

func array(items ...string) string {
	out := "["
	for i, item := range items {
		if i > 0 {
			out += ","
		}
		out += item
	}
	return out + "]"
}

func drawEvent(t *rapid.T) *sdk.Event {
	e := &sdk.Event{
		ID: values.Draw(t, "id"), Source: values.Draw(t, "source"), Type: values.Draw(t, "type"),
		DataContentType: rapid.SampledFrom([]string{"", "application/json", "text/plain"}).Draw(t, "datacontenttype"),
		Extensions:      map[string]string{},
		Data: []byte(rapid.SampledFrom([]string{
			`{"a":1,"b":true,"l":[1,2],"z":0}`, `{"a":5,"b":false,"c":{"d":"y"},"l":[],"z":2}`, `{"a":"1","b":null,"l":null}`, `[1]`, `null`, `5`, ``, `{`,
		}).Draw(t, "data")),
	}
	if rapid.Bool().Draw(t, "subject?") {
		e.Subject = values.Draw(t, "subject")
	}
	if rapid.Bool().Draw(t, "tenant?") {
		e.Extensions["tenant"] = values.Draw(t, "tenant")
	}
	if rapid.Bool().Draw(t, "time?") {
		e.Time = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, rapid.IntRange(0, 11).Draw(t, "month"), 0)
	}
	return e
}

func TestLogic(t *testing.T) {
	t.Parallel()
	seen := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		a, b := object(2).Draw(t, "a"), object(2).Draw(t, "b")
		e := drawEvent(t)
		shared := filter.NewView(e)
		match := func(items ...string) bool {
			f := parse(t, array(items...))
			got := f.Match(filter.NewView(e))
			require.Equal(t, got, f.Match(shared), "a shared view")
			explained := f.Explain(filter.NewView(e))
			require.Equal(t, got, explained.Matched)
			require.Equal(t, got, explained.FirstFailing == "")
			requireReasons(t, explained.Clauses)
			again := parse(t, f.String())
			require.Equal(t, f.String(), again.String())
			return got
		}
		not := func(x string) string { return `{"not":` + x + `}` }
		all := func(x ...string) string { return `{"all":` + array(x...) + `}` }
		some := func(x ...string) string { return `{"any":` + array(x...) + `}` }
		ma, mb := match(a), match(b)
		seen[ma]++
		require.Equal(t, !ma, match(not(a)), "not is the complement")
		require.Equal(t, ma, match(all(a)), "all of one")
		require.Equal(t, ma, match(some(a)), "any of one")
		require.Equal(t, ma && mb, match(a, b), "an array is all of its filters")
		require.Equal(t, ma && mb, match(all(a, b)))
		require.Equal(t, ma || mb, match(some(a, b)))
		require.Equal(t, match(not(all(a, b))), match(some(not(a), not(b))), "De Morgan")
		require.Equal(t, match(not(some(a, b))), match(all(not(a), not(b))), "De Morgan")
		require.Equal(t, ma, match(not(not(a))))
	})
	require.Positive(t, seen[true])
	require.Positive(t, seen[false])
}

// A clause that does not match says why, and no other does.
func requireReasons(t require.TestingT, clauses []filter.Clause) {
	for _, c := range clauses {
		require.Equal(t, c.Matched, c.Reason == "", "%+v", c)
		require.LessOrEqual(t, len(c.Reason), 2000)
		requireReasons(t, c.Clauses)
	}
}

func FuzzParse(f *testing.F) {
	for _, vectors := range loadVectors(f) {
		for _, v := range vectors {
			f.Add([]byte(v.Filters))
		}
	}
	f.Add([]byte(`[{"any":[{"all":[{"not":{"expr":"data.a.b[0]?.c ?? 1 == 1"}}]}]}]`))
	e := newEvent()
	f.Fuzz(func(t *testing.T, source []byte) {
		parsed, err := filter.Parse(source)
		if err != nil {
			var refused *filter.Error
			require.ErrorAs(t, err, &refused)
			require.Contains(t, refused.Path, "filters")
			return
		}
		again, err := filter.Parse([]byte(parsed.String()))
		require.NoError(t, err)
		require.Equal(t, parsed.String(), again.String())
		view := filter.NewView(e)
		explained := parsed.Explain(view)
		require.Equal(t, parsed.Match(view), explained.Matched)
		require.Equal(t, again.Match(view), explained.Matched)
	})
}

func FuzzMatch(f *testing.F) {
	for _, vectors := range loadVectors(f) {
		for _, v := range vectors {
			e := published(f, v.Event)
			f.Add(string(v.Filters), e.Type, e.Subject, e.DataContentType, e.Data)
		}
	}
	f.Fuzz(func(t *testing.T, source, eventType, subject, contentType string, data []byte) {
		parsed, err := filter.Parse([]byte(source))
		if err != nil {
			return
		}
		e := &sdk.Event{ID: "e", Source: "/s", Type: eventType, Subject: subject, DataContentType: contentType, Data: data, Extensions: map[string]string{"x": subject}}
		begun := time.Now()
		matched := parsed.Match(filter.NewView(e))
		require.Equal(t, matched, parsed.Explain(filter.NewView(e)).Matched)
		require.Less(t, time.Since(begun), 5*time.Second)
	})
}
