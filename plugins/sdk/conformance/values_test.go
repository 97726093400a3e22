package conformance

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func schema(t *testing.T, text string) *openapi3.Schema {
	t.Helper()
	var s openapi3.Schema
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	return &s
}

// What is generated must be allowed by its schema.
func TestGeneratedValues(t *testing.T) {
	t.Parallel()
	g := generator{url: "https://hooks.example.com/x", event: "order.created"}
	for text, want := range map[string]any{
		`{"type":"string","example":"given"}`:                                            "given",
		`{"type":"string","default":"given"}`:                                            "given",
		`{"type":"string","enum":["a","b"]}`:                                             "a",
		`{"type":"string","format":"uuid"}`:                                              formats["uuid"],
		`{"type":"string","format":"uri"}`:                                               "https://hooks.example.com/x",
		`{"type":"string","pattern":"^[0-9]{3}$","minLength":3}`:                         "111",
		`{"type":"string","pattern":"^order\\."}`:                                        "order.created",
		`{"type":"string","minLength":30}`:                                               formats["uuid"],
		`{"type":"integer","minimum":5}`:                                                 5.0,
		`{"type":"number","maximum":0.5}`:                                                0.5,
		`{"type":"boolean"}`:                                                             true,
		`{"type":"array","minItems":2,"items":{"type":"boolean"}}`:                       []any{true, true},
		`{"type":"array","items":{"enum":["x"]}}`:                                        []any{"x"},
		`{"oneOf":[{"type":"boolean"},{"type":"string"}]}`:                               true,
		`{"allOf":[{"type":"object","required":["a"],"properties":{"a":{"enum":[1]}}}]}`: map[string]any{"a": 1.0},
		`{"type":"object","required":["endpoint_url","topics"],"properties":{"endpoint_url":{"type":"string"},"other":{},
			"topics":{"type":"array","items":{"type":"string"}}}}`: map[string]any{"endpoint_url": "https://hooks.example.com/x", "topics": []any{"order.created"}},
		`{"type":"object","minProperties":1,"properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}}}`: map[string]any{"a": true},
	} {
		s := schema(t, text)
		got := g.value("", s, 0)
		require.Equal(t, want, got, text)
		require.True(t, fits(s, got), text)
	}
}

func TestGeneratedValuesOfARecursiveSchemaEnd(t *testing.T) {
	t.Parallel()
	s := &openapi3.Schema{Type: &openapi3.Types{"object"}, Required: []string{"next"}}
	s.Properties = openapi3.Schemas{"next": {Value: s}}
	require.NotNil(t, generator{}.value("", s, 0))
}

func TestConditions(t *testing.T) {
	t.Parallel()
	data := json.RawMessage(`{"call":{"direction":"outbound","legs":2,"open":false},"id":1.50}`)
	got, extensions := withConditions(data, map[string]string{"platform": "sms"}, []sdk.Filter{
		{Key: "/call/direction", Value: "inbound"},
		{Key: "/call/direction", Value: "second of one key"},
		{Key: "/call/legs", Value: "3"},
		{Key: "/call/open", Value: "true"},
		{Key: "/a~1b/c", Value: "new"},
		{Key: "kind", Value: "voice"},
	})
	require.JSONEq(t, `{"call":{"direction":"inbound","legs":3,"open":true},"id":1.50,"a/b":{"c":"new"}}`, string(got))
	require.Equal(t, map[string]string{"platform": "sms", "kind": "voice"}, extensions)

	got, _ = withConditions(data, nil, nil)
	require.Equal(t, string(data), string(got), "byte for byte where nothing is asked")
}

func TestTimesInHeaders(t *testing.T) {
	t.Parallel()
	at := time.Unix(1893553445, 0)
	for value, want := range map[string][]time.Time{
		"t=1893553445,v1=00ff":         {at},
		"1893553445":                   {at},
		"a.eyJpYXQiOjE4OTM1NTM0NDV9.b": {at}, // {"iat":1893553445}
		"18935534450":                  nil,
		"v1,abc":                       nil,
	} {
		require.Equal(t, want, times(value), value)
	}
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	r := newRecorder(check{name: "x"})
	for i := range 3 * maxFindings {
		r.add("subject", "remedy", "problem %d", i)
		r.add("subject", "remedy", "problem %d", i)
	}
	require.Len(t, r.result.Findings, maxFindings)
	require.Equal(t, "problem 1", r.result.Findings[1].Problem)
}
