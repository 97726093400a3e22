package eventtype_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const order = `{"type":"object","required":["id","total"],"properties":{"id":{"type":"string","minLength":1},
	"total":{"type":"number","minimum":0,"multipleOf":0.01},"mail":{"type":"string","format":"email"},
	"lines":{"type":"array","items":{"$ref":"#/$defs/line"}},"a/b~":{"const":1}},"additionalProperties":false,
	"$defs":{"line":{"type":"object","required":["sku"]}}}`

func TestValidate(t *testing.T) {
	t.Parallel()
	s, err := eventtype.Compile([]byte(order))
	require.NoError(t, err)
	for _, test := range []struct {
		data    string
		field   string
		message string
	}{
		{`{"id":"1","total":12.50,"lines":[{"sku":"x"}]}`, "", ""},
		{`{"id":"1"}`, "", "missing property 'total'"},
		{`{"id":"","total":1}`, "/id", "minLength"},
		{`{"id":"1","total":-1}`, "/total", "minimum"},
		{`{"id":"1","total":0.001}`, "/total", "multipleOf: got 0.001"},
		{`{"id":"1","total":1,"mail":"x"}`, "/mail", "not valid email"},
		{`{"id":"1","total":1,"lines":[{"sku":"x"},{}]}`, "/lines/1", "missing property 'sku'"},
		{`{"id":"1","total":1,"a/b~":2}`, "/a~1b~0", "value must be 1"},
		{`{"id":"1","total":1,"more":2}`, "", "additional properties 'more' not allowed"},
		{`[]`, "", "got array, want object"},
		{`{`, "", "must be JSON"},
		{`{} {}`, "", "must be one JSON value"},
		{`{"id":"1","total":1e999999999}`, "", "exponent beyond 400"},
		{`{"id":"1","total":` + strings.Repeat("1", 401) + `}`, "", "more than 400 characters"},
	} {
		faults := s.Validate([]byte(test.data))
		if test.message == "" {
			require.Empty(t, faults, test.data)
			continue
		}
		require.Len(t, faults, 1, test.data)
		require.Equal(t, test.field, faults[0].Field, test.data)
		require.Contains(t, faults[0].Message, test.message, test.data)
	}
	require.Len(t, s.Validate([]byte(`{"id":"","total":-1,"mail":"x"}`)), 3, "everything is told")
}

func TestWhatIsSaidIsBounded(t *testing.T) {
	t.Parallel()
	s, err := eventtype.Compile([]byte(`{"items":{"type":"string","pattern":"^a$"}}`))
	require.NoError(t, err)
	faults := s.Validate([]byte(`["` + strings.Repeat("é", 2000) + `"` + strings.Repeat(`,"b"`, 200) + `]`))
	require.Len(t, faults, 10)
	for _, f := range faults {
		require.LessOrEqual(t, len(f.Message), 310)
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"not":`, 70) + "true" + strings.Repeat("}", 70)
	for name, test := range map[string]struct{ schema, field, message string }{
		"text":          {`"x"`, "/schema", "object or a boolean"},
		"no JSON":       {`{`, "/schema", "must be JSON"},
		"large":         {`{"description":"` + strings.Repeat("x", eventtype.MaxSchema) + `"}`, "/schema", "at most 65536 bytes"},
		"many values":   {`{"enum":[` + strings.Repeat("1,", 5000) + `1]}`, "/schema", "at most 5000 values"},
		"deep":          {deep, "/schema", "64 levels"},
		"keyword":       {`{"type":"objekt"}`, "/schema/type", "value must be one of"},
		"nested":        {`{"properties":{"a":{"minimum":"x"}}}`, "/schema/properties/a/minimum", "got string, want number"},
		"pattern":       {`{"pattern":"("}`, "/schema/pattern", "regex"},
		"large pattern": {`{"pattern":"a{900}"}`, "/schema/pattern", "too large"},
		"file":          {`{"$ref":"file:///etc/passwd"}`, "/schema", "not fetched"},
		"remote":        {`{"$ref":"https://example.com/a.json"}`, "/schema", "not fetched"},
		"relative":      {`{"$ref":"other.json"}`, "/schema", "not fetched"},
		"nowhere":       {`{"$ref":"#/$defs/x"}`, "/schema", "$defs/x"},
		"dialect":       {`{"$schema":"http://json-schema.org/draft-07/schema#"}`, "/schema", "2020-12"},
		"dynamic":       {`{"$dynamicRef":"#a"}`, "/schema", "$dynamicRef"},
		"number":        {`{"minimum":1e1000}`, "/schema", "exponent"},
	} {
		_, err := eventtype.Compile([]byte(test.schema))
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
		f := sdk.AsError(err).Fields[0]
		require.Equal(t, test.field, f.Field, "%s: %s", name, f.Message)
		require.Contains(t, f.Message, test.message, name)
	}
}

// A schema of few bytes may ask for more work than there is time; the data is
// refused then, and in time.
func TestCostlySchemasEnd(t *testing.T) {
	t.Parallel()
	chain := `{"$ref":"#/$defs/d0","$defs":{`
	for i := range 40 {
		chain += fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	chain += `"d40":{"type":"string"}}}`
	many := strings.Repeat(`{"properties":{"a":{"minProperties":1}}},`, 600)
	values := strings.TrimSuffix(strings.Repeat(`1.5,`, 4000), ",")
	wide := "{" + strings.TrimSuffix(strings.Repeat(`"%d":1,`, 20_000), ",") + "}"
	numbers := make([]any, 20_000)
	for i := range numbers {
		numbers[i] = i
	}
	for name, test := range map[string]struct{ schema, data string }{
		"references that double":       {chain, `1`},
		"recursion that doubles":       {`{"allOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}`, strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60)},
		"many looks at a large object": {`{"allOf":[` + many + `true]}`, fmt.Sprintf(wide, numbers...)},
		"a large enum, many times":     {`{"items":{"enum":[` + values + `]}}`, "[" + strings.TrimSuffix(strings.Repeat("2,", 20_000), ",") + "]"},
		"an enum behind a reference":   {`{"items":{"$ref":"#/$defs/e"},"$defs":{"e":{"enum":[` + values + `]}}}`, "[" + strings.TrimSuffix(strings.Repeat("2,", 20_000), ",") + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := eventtype.Compile([]byte(test.schema))
			require.NoError(t, err)
			began := time.Now()
			faults := s.Validate([]byte(test.data))
			require.Len(t, faults, 1)
			require.Contains(t, faults[0].Message, "too many steps")
			require.Less(t, time.Since(began), 3*time.Minute)
		})
	}
}

func TestCompiledSchemasAreShared(t *testing.T) {
	t.Parallel()
	s, err := eventtype.Compile([]byte(`{"type":"integer"}`))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int().Draw(t, "n")
		require.Empty(t, s.Validate(fmt.Append(nil, n)))
		require.Len(t, s.Validate(fmt.Appendf(nil, "%q", fmt.Sprint(n))), 1)
	})
}

func BenchmarkValidate(b *testing.B) {
	s, err := eventtype.Compile([]byte(order))
	require.NoError(b, err)
	data := []byte(`{"id":"1","total":12.50,"mail":"a@example.com","lines":[{"sku":"x"},{"sku":"y"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Validate(data)) > 0 {
			b.Fatal("valid data is refused")
		}
	}
}
