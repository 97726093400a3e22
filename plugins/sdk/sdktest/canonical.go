package sdktest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// CanonicalExamples returns the example data of every canonical event type that
// an events document (openapi/events.yaml) describes, by type.
func CanonicalExamples(t testing.TB, document []byte) map[string]json.RawMessage {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	require.NoError(t, err)
	types, ok := doc.Extensions["x-event-types"].(map[string]any)
	require.True(t, ok, "the document has no x-event-types")
	examples := map[string]json.RawMessage{}
	for eventType, ref := range types {
		name := strings.TrimPrefix(ref.(string), "#/components/schemas/")
		schema := doc.Components.Schemas[name]
		require.NotNil(t, schema, "%s refers to %s, which is not there", eventType, ref)
		require.NotNil(t, schema.Value.Example, "%s has no example", name)
		data, err := json.Marshal(schema.Value.Example)
		require.NoError(t, err)
		examples[eventType] = data
	}
	return examples
}
