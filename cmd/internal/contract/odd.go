package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// oddTexts are what clients send by accident or with intent.
var oddTexts = []string{
	"", " ", "\x00", "null", "true", "-1", "0", "../../etc/passwd", "%00", "a/b", "a?b#c", "'; DROP TABLE events; --",
	"\u202eabc", "\ufeff", "\U0001f600", "e\u0301", "\u0130", "\uffff", "${jndi:ldap://x}", "{{.}}", "*", "a.*", "..", "\r\nX: y",
	"00000000-0000-0000-0000-000000000000", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00Z", "2026-11-21T09:00:00+99:99",
	"1e400", "99999999999999999999", "http://[::1", "https://user:pw@example.com", "file:///etc/passwd", strings.Repeat("a", 3000),
}

// oddValues are JSON of a wrong type or beyond what programs count with.
var oddValues = []string{
	"null", "true", "0", "-1", "0.5", "-0", "1e400", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
	"99999999999999999999999999999", "[]", "{}", "[null]", `{"":null}`, `""`, `" "`, `"\u0000"`, `"\ud800"`, `"\udc00\ud800"`, `"\uFFFF"`,
	`[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]`, `{"a":1,"a":2}`, `{"__proto__":{}}`, `"` + "\xff\xfe" + `"`,
}

func drawOddText(t *rapid.T) string { return rapid.SampledFrom(oddTexts).Draw(t, "odd text") }

// drawJSON draws any JSON value.
func drawJSON(t *rapid.T) any {
	switch rapid.IntRange(0, 3).Draw(t, "any") {
	case 0:
		return map[string]any{"order": rapid.StringN(0, 20, -1).Draw(t, "member"), "total": rapid.Float64Range(-1e9, 1e9).Draw(t, "total")}
	case 1:
		return json.RawMessage(rapid.SampledFrom([]string{"null", "true", "12", `"text"`, "[1,[2]]", "{}"}).Draw(t, "plain"))
	case 2:
		return drawOddText(t)
	}
	return []any{map[string]any{"a": nil}}
}

// spoil replaces, adds or removes one thing somewhere in a value.
func spoil(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return spoilObject(t, v)
	case []any:
		if len(v) > 0 && rapid.IntRange(0, 3).Draw(t, "deeper") > 0 {
			out := slices.Clone(v)
			i := rapid.IntRange(0, len(v)-1).Draw(t, "item")
			out[i] = spoil(t, v[i])
			return out
		}
	case string:
		if rapid.Bool().Draw(t, "other text") {
			return drawOddText(t)
		}
	}
	return json.RawMessage(rapid.SampledFrom(oddValues).Draw(t, "odd value"))
}

func spoilObject(t *rapid.T, v map[string]any) any {
	out := maps.Clone(v)
	names := slices.Sorted(maps.Keys(v))
	switch how := rapid.IntRange(0, 9).Draw(t, "spoil"); {
	case how == 0:
		return json.RawMessage(rapid.SampledFrom(oddValues).Draw(t, "odd value"))
	case how == 1 || len(names) == 0:
		out[drawOddText(t)] = json.RawMessage(rapid.SampledFrom(oddValues).Draw(t, "odd value"))
	case how == 2:
		delete(out, rapid.SampledFrom(names).Draw(t, "without"))
	default:
		name := rapid.SampledFrom(names).Draw(t, "member")
		out[name] = spoil(t, v[name])
	}
	return out
}

// brokenBodies are no JSON documents, or such as wear parsers out.
var brokenBodies = []string{
	"", "{", `{"a":`, "[1,]", "nul", "\xff\xfe{}", "\ufeff{}", "{} {}", "a=b&c=d", "<xml/>", "\x00", strings.Repeat("[", 20000),
	strings.Repeat(`{"a":`, 5000), `{"type":"a.b","type":"c.d","data":1}`, "[" + strings.Repeat("{},", 600) + "{}]",
}
