package openapi_test

import (
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func load(t *testing.T, file string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()), "examples are validated too")
	require.Equal(t, "3.0.3", doc.OpenAPI)
	return doc
}

// Every operation of a flavour is described and lists the failures that any
// request may meet before or in the adapter.
func TestFlavoursListTheirErrors(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"bird.yaml", "callbell.yaml", "chatbot.yaml", "vonage.yaml", "whatsapp.yaml"} {
		doc := load(t, file)
		for path, item := range doc.Paths.Map() {
			for method, op := range item.Operations() {
				name := file + " " + method + " " + path
				require.NotEmpty(t, op.OperationID, name)
				require.NotEmpty(t, op.Summary, name)
				require.NotEmpty(t, op.Description, name)
				want := []string{"400", "401", "403", "413", "429", "500", "503"}
				if namesAThing(path) {
					want = append(want, "404")
				}
				if op.RequestBody != nil {
					want = append(want, "415")
				}
				if doc.Extensions["x-accept"] != nil {
					want = append(want, "406")
				}
				for _, status := range want {
					require.NotNil(t, op.Responses.Value(status), "%s lacks %s", name, status)
				}
			}
		}
	}
}

// namesAThing tells whether a path names what may be unknown. Bird's organization
// and workspace are whatever the client says.
func namesAThing(path string) bool {
	return strings.Contains(strings.NewReplacer("{organizationId}", "", "{workspaceId}", "").Replace(path), "{")
}

// Both generations of Bird's paths have the same operations.
func TestBirdPaths(t *testing.T) {
	t.Parallel()
	doc := load(t, "bird.yaml")
	for path, item := range doc.Paths.Map() {
		require.Equal(t, "{workspaceId}", item.Extensions["x-namespace"], path)
		short, isLong := strings.CutPrefix(path, "/organizations/{organizationId}")
		if !isLong {
			short = path
		}
		for method, op := range item.Operations() {
			for _, other := range []string{short, "/organizations/{organizationId}" + short} {
				twin := doc.Paths.Find(other)
				require.NotNil(t, twin, other)
				require.NotNil(t, twin.GetOperation(method), "%s %s", method, other)
				require.Equal(t, op.Parameters, twin.GetOperation(method).Parameters)
			}
		}
	}
	require.Equal(t, 10, doc.Paths.Len())
}

func TestVonageScopes(t *testing.T) {
	t.Parallel()
	for path, item := range load(t, "vonage.yaml").Paths.Map() {
		for method, op := range item.Operations() {
			scope := "admin:write"
			if method == "GET" {
				scope = "admin:read"
			}
			require.NotNil(t, op.Security, "%s %s", method, path)
			require.Equal(t, openapi3.SecurityRequirements{{"oauth": {scope}}}, *op.Security, "%s %s", method, path)
			if op.RequestBody != nil {
				require.Equal(t, "application/json", op.Extensions["x-default-content-type"], "%s %s", method, path)
			}
		}
	}
}

func TestEveryCanonicalTypeHasSchemaAndExample(t *testing.T) {
	t.Parallel()
	doc := load(t, "events.yaml")
	types, ok := doc.Extensions["x-event-types"].(map[string]any)
	require.True(t, ok)
	require.Len(t, types, 27)
	for eventType, ref := range types {
		require.Regexp(t, `^[a-z]+\.[a-z_]+$`, eventType)
		schema := doc.Components.Schemas[strings.TrimPrefix(ref.(string), "#/components/schemas/")]
		require.NotNil(t, schema, eventType)
		require.NotEmpty(t, schema.Value.Description, eventType)
		require.NotNil(t, schema.Value.Example, eventType)
		require.NoError(t, schema.Value.VisitJSON(schema.Value.Example), eventType)
		require.Error(t, schema.Value.VisitJSON("text"), "%s takes objects only", eventType)
	}
}

func TestGenerateLinesNameTheirConfigs(t *testing.T) {
	t.Parallel()
	lines, err := os.ReadFile("generate.go")
	require.NoError(t, err)
	for _, name := range []string{"bird", "callbell", "chatbot", "vonage", "whatsapp", "events"} {
		require.Contains(t, string(lines), "-config configs/"+name+".cfg.yaml "+name+".yaml\n")
	}
}
