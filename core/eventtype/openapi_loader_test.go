package eventtype_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/eventtype"
)

// Documents that kin-openapi reads without loss. The schemas have what the two
// versions say otherwise, and references of each kind.
var loadable = map[string]string{
	"3.0": `
openapi: 3.0.3
info: { title: Shop, version: "1" }
paths: {}
webhooks:
  order.created: { post: { description: Made., requestBody: { $ref: "#/components/requestBodies/Order" } } }
  order.deleted: { put: { summary: Gone., deprecated: true } }
components:
  requestBodies:
    Order: { content: { application/json: { schema: { $ref: "#/components/schemas/Order" }, example: { id: "1", total: 12.5 } } } }
` + schemas30,
	"3.1": `
openapi: 3.1.0
info: { title: Shop, version: "1" }
webhooks:
  order.created: { $ref: "#/components/pathItems/Order" }
  order.deleted: { put: { summary: Gone., deprecated: true } }
components:
  pathItems:
    Order: { post: { description: Made., requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Order" }, example: { id: "1", total: 12.5 } } } } } }
` + schemas31,
}

const (
	schemas30 = `
  schemas:
    Order:
      type: object
      required: [id]
      additionalProperties: false
      properties:
        id: { type: string, nullable: true, enum: ["1", "2"] }
        total: { type: number, minimum: 0, exclusiveMinimum: true, maximum: 100, exclusiveMaximum: false }
        parent: { $ref: "#/components/schemas/Order" }
        lines: { type: array, maxItems: 2, items: { $ref: "#/components/schemas/Line" } }
        either: { oneOf: [{ type: string, nullable: true }, { type: integer }] }
    Line: { type: boolean, nullable: true }
`
	schemas31 = `
  schemas:
    Order:
      type: object
      required: [id]
      additionalProperties: false
      properties:
        id: { type: [string, "null"], enum: ["1", "2", null] }
        total: { type: number, exclusiveMinimum: 0, maximum: 100 }
        parent: { $ref: "#/components/schemas/Order" }
        lines: { type: array, maxItems: 2, items: { $ref: "#/components/schemas/Line" } }
        either: { oneOf: [{ type: [string, "null"] }, { type: integer }] }
    Line: { type: [boolean, "null"] }
`
)

func load(t *testing.T, document string) map[string]*openapi3.PathItem {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(document))
	require.NoError(t, err)
	return doc.Webhooks
}

// What is taken over of a document is what kin-openapi reads there, and the schema
// takes the data that kin-openapi's own takes.
func TestTheLoaderReadsTheSame(t *testing.T) {
	t.Parallel()
	for version, document := range loadable {
		types, refused := parse(t, document)
		require.Empty(t, refused)
		webhooks := load(t, document)
		require.Len(t, types, len(webhooks))
		created, deleted := webhooks["order.created"].Post, webhooks["order.deleted"].Put
		require.Equal(t, created.Description, types["order.created"].Description)
		require.Equal(t, deleted.Summary, types["order.deleted"].Description)
		require.Equal(t, deleted.Deprecated, types["order.deleted"].Deprecated)
		require.Nil(t, types["order.deleted"].Schema)
		media := created.RequestBody.Value.Content["application/json"]
		example, err := json.Marshal(media.Example)
		require.NoError(t, err)
		require.JSONEq(t, string(example), string(types["order.created"].Example))

		ours, err := eventtype.Compile(types["order.created"].Schema)
		require.NoError(t, err)
		taken := map[bool]int{}
		rapid.Check(t, func(rt *rapid.T) {
			data := drawOrder(rt, 2)
			text, err := json.Marshal(data)
			require.NoError(rt, err)
			theirs := media.Schema.Value.VisitJSON(data)
			faults := ours.Validate(text)
			require.Equal(rt, theirs == nil, len(faults) == 0, "%s: %s\n%v\n%v", version, text, theirs, faults)
			taken[theirs == nil]++
		})
		require.Positive(t, taken[true], version)
		require.Positive(t, taken[false], version)
	}
}

// drawOrder draws data that is or is nearly an order.
func drawOrder(t *rapid.T, depth int) map[string]any {
	values := map[string][]any{
		"id":     {"1", "2", "1", "3", nil, 1.0},
		"total":  {1.5, 100.0, 0.0, 100.5, "1", nil},
		"lines":  {[]any{}, []any{true, nil}, []any{true, false, true}, []any{"x"}},
		"either": {"x", nil, 1.0, 1.5, true},
		"other":  {nil, nil, nil, nil, nil, 1.0},
	}
	out := map[string]any{}
	for name, all := range values {
		if chance := rapid.IntRange(0, 5).Draw(t, name+"?"); name == "id" && chance > 0 || name != "other" && chance > 3 || chance == 5 {
			out[name] = rapid.SampledFrom(all).Draw(t, name)
		}
	}
	if depth > 0 && rapid.Bool().Draw(t, "parent?") {
		out["parent"] = drawOrder(t, depth-1)
	}
	return out
}

// The reasons that ParseOpenAPI gives for reading by itself. Where this fails, the
// loader has become better: read with it.
func TestWhatTheLoaderDoesNotGive(t *testing.T) {
	t.Parallel()
	_, err := openapi3.NewLoader().LoadFromData([]byte(shop31))
	require.ErrorContains(t, err, "other.yaml", "one webhook's reference fails the document")
	types, _ := parse(t, shop31)
	require.Len(t, types, 3)

	const digits = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"webhooks":{"a.b":{"post":{"requestBody":{"content":{
		"application/json":{"schema":{"properties":{"id":{"enum":[1234567890123456789]},"none":{"const":null}}}}}}}}}}`
	types, _ = parse(t, digits)
	theirs, err := json.Marshal(load(t, digits)["a.b"].Post.RequestBody.Value.Content["application/json"].Schema)
	require.NoError(t, err)
	for _, word := range []string{"1234567890123456789", "const"} {
		require.Contains(t, string(types["a.b"].Schema), word)
		require.NotContains(t, string(theirs), word)
	}
	old := strings.Replace(digits, `"webhooks"`, `"x-webhooks"`, 1)
	types, _ = parse(t, old)
	require.Len(t, types, 1)
	require.Empty(t, load(t, old))
}

func TestLargeSchemasAreRefusedByTheirWebhook(t *testing.T) {
	t.Parallel()
	types, refused := parse(t, strings.Replace(loadable["3.1"], "Line: {", `Line: { description: "`+strings.Repeat("x", eventtype.MaxSchema)+`",`, 1))
	require.Len(t, types, 1)
	require.Contains(t, refused["order.created"], "at most 65536 are taken")
}
