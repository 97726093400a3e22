package eventtype_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const shop31 = `
openapi: 3.1.0
info: { title: Shop, version: "1" }
webhooks:
  order.created:
    post:
      summary: An order was made.
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Order" }
            examples:
              b: { value: { id: "2" } }
              a: { $ref: "#/components/examples/One" }
  order.deleted:
    post:
      deprecated: true
      description: Gone.
  order.moved: { $ref: "#/components/pathItems/Moved" }
  bad name: { post: {} }
  switchhook.x: { post: {} }
  order.external: { post: { requestBody: { content: { application/json: { schema: { $ref: "other.yaml#/a" } } } } } }
  order.missing: { post: { requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/None" } } } } } }
  order.text: { post: { requestBody: { content: { text/plain: {} } } } }
  order.get: { get: {} }
components:
  pathItems:
    Moved: { put: { requestBody: { $ref: "#/components/requestBodies/Moved" } } }
  requestBodies:
    Moved: { content: { application/merge-patch+json: { schema: { type: object } } } }
  examples:
    One: { value: { id: "1", when: 2026-11-21 } }
  schemas:
    Order:
      type: object
      required: [id]
      properties:
        id: { type: string }
        parent: { $ref: "#/components/schemas/Order" }
        when: { type: string, format: date }
        lines: { type: array, items: { $ref: "#/components/schemas/A~1B%20C" } }
        $ref: { type: string }
        default: { $ref: "#/components/schemas/A~1B%20C" }
    "A/B C": { type: object, required: [sku], examples: [{ $ref: "not a reference" }] }
`

func parse(t *testing.T, document string) (map[string]eventtype.EventType, map[string]string) {
	t.Helper()
	types, refused, err := eventtype.ParseOpenAPI([]byte(document))
	require.NoError(t, err)
	out, why := map[string]eventtype.EventType{}, map[string]string{}
	for _, ty := range types {
		require.NoError(t, ty.Check(), "%s: %s", ty.Name, ty.Schema)
		out[ty.Name] = ty
	}
	for _, r := range refused {
		why[r.Name] = r.Reasons[0].Field + ": " + r.Reasons[0].Message
	}
	return out, why
}

func TestParseOpenAPI31(t *testing.T) {
	t.Parallel()
	types, refused := parse(t, shop31)
	require.Len(t, types, 3)
	created := types["order.created"]
	require.Equal(t, "An order was made.", created.Description)
	require.JSONEq(t, `{"id":"1","when":"2026-11-21"}`, string(created.Example))
	require.JSONEq(t, `{"$ref":"#/$defs/Order","$defs":{
		"Order":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"parent":{"$ref":"#/$defs/Order"},
			"when":{"type":"string","format":"date"},"lines":{"type":"array","items":{"$ref":"#/$defs/A_B_C"}},
			"$ref":{"type":"string"},"default":{"$ref":"#/$defs/A_B_C"}}},
		"A_B_C":{"type":"object","required":["sku"],"examples":[{"$ref":"not a reference"}]}}}`, string(created.Schema))
	s, err := eventtype.Compile(created.Schema)
	require.NoError(t, err)
	require.Empty(t, s.Validate([]byte(`{"id":"1","parent":{"id":"2"},"lines":[{"sku":"x"}]}`)))
	require.Equal(t, "/parent/lines/0", s.Validate([]byte(`{"id":"1","parent":{"id":"2","lines":[{}]}}`))[0].Field)
	deleted := types["order.deleted"]
	require.True(t, deleted.Deprecated)
	require.Equal(t, "Gone.", deleted.Description)
	require.Nil(t, deleted.Schema)
	require.JSONEq(t, `{"type":"object"}`, string(types["order.moved"].Schema))
	for name, why := range map[string]string{
		"bad name":       "/name: must not contain spaces",
		"switchhook.x":   "/name: must not begin with switchhook.",
		"order.external": "/post/requestBody: refers to other.yaml#/a: only references inside",
		"order.missing":  "/post/requestBody: refers to #/components/schemas/None, which is not there",
		"order.text":     "/post/requestBody: has no content of a JSON type",
		"order.get":      ": has no operation",
	} {
		require.Contains(t, refused[name], why, name)
	}
	require.Len(t, refused, 6)
}

func TestParseOpenAPI30(t *testing.T) {
	t.Parallel()
	types, refused := parse(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"x-webhooks":{"a.b":{"post":{"requestBody":{"content":{
		"application/json":{"example":{"n":5,"s":null},"schema":{"type":"object","properties":{
			"n":{"type":"integer","minimum":1,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false},
			"s":{"type":"string","nullable":true,"enum":["x"],"example":"x"},
			"r":{"$ref":"#/components/schemas/R","description":"beside"},
			"o":{"oneOf":[{"type":"string","nullable":true},{"type":"number"}]}}}}}}}}},
		"components":{"schemas":{"R":{"type":"boolean","xml":{"name":"r"}}}}}`)
	require.Empty(t, refused)
	require.JSONEq(t, `{"type":"object","properties":{
		"n":{"type":"integer","exclusiveMinimum":1,"maximum":9},
		"s":{"type":["string","null"],"enum":["x",null]},
		"r":{"$ref":"#/$defs/R"},
		"o":{"oneOf":[{"type":["string","null"]},{"type":"number"}]}},"$defs":{"R":{"type":"boolean"}}}`, string(types["a.b"].Schema))
}

func TestParseOpenAPIRefuses(t *testing.T) {
	t.Parallel()
	bomb := "openapi: 3.1.0\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 8 {
		bomb += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(rune('a'+i))+",", 10), ",") + "]\n"
	}
	for name, test := range map[string]struct{ document, message string }{
		"empty":        {"", "the body is empty"},
		"list":         {"[1]", "an object"},
		"broken JSON":  {`{"openapi":`, "looks like JSON"},
		"broken YAML":  {"a: [", "neither JSON nor YAML"},
		"no version":   {"a: 1", "/openapi: is required"},
		"swagger":      {"swagger: '2.0'", "/openapi: is required"},
		"version 4":    {"openapi: 4.0.0", "3.0.x or 3.1.x"},
		"no webhooks":  {"openapi: 3.1.0", "nothing can be imported"},
		"not a map":    {"openapi: 3.1.0\nwebhooks: [1]", "must be an object"},
		"twice":        {"openapi: 3.1.0\nwebhooks: {a: {}}\nx-webhooks: {a: {}}", "is among webhooks too"},
		"name twice":   {"openapi: 3.1.0\nopenapi: 3.1.0", "given twice"},
		"alias bomb":   {bomb, "more than 200000 values"},
		"alias circle": {"openapi: &a\n  b: *a", "cannot be read"},
		"infinite":     {"openapi: 3.1.0\nx: .inf", "no !!float that JSON has"},
	} {
		_, _, err := eventtype.ParseOpenAPI([]byte(test.document))
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s: %v", name, err)
		require.Contains(t, err.Error(), test.message, name)
	}
}

func FuzzParseOpenAPI(f *testing.F) {
	f.Add([]byte(shop31))
	f.Add([]byte(`{"openapi":"3.0.0","x-webhooks":{"a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/x-webhooks/a"}}}}}}}}`))
	f.Add([]byte("openapi: 3.1.0\nwebhooks: {a: {$ref: '#/webhooks/a'}}"))
	f.Fuzz(func(t *testing.T, document []byte) {
		types, refused, err := eventtype.ParseOpenAPI(document)
		if err != nil {
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%v", err)
			return
		}
		require.NotZero(t, len(types)+len(refused))
		for _, ty := range types {
			require.True(t, ty.Schema == nil || json.Valid(ty.Schema))
			if err := ty.Check(); err == nil && ty.Schema != nil {
				s, err := eventtype.Compile(ty.Schema)
				require.NoError(t, err)
				_ = s.Validate([]byte(`{"a":[1,"x",null]}`))
			}
		}
	})
}
