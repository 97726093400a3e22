package provider

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const document = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/x":{"get":{"operationId":"getX","responses":{"200":{"description":"ok"}}}}}}`

// manifest is a valid one.
func manifest(provider string, types ...sdk.EventType) sdk.Manifest {
	return sdk.Manifest{
		Provider: provider, OpenAPI: []byte(document), EventTypes: types, OpenCatalogue: len(types) == 0,
		IDFormat: sdk.IDFormatUUID,
		Limits:   []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: 1}},
		URL:      sdk.URLPolicy{Schemes: []string{"https", "http"}, Pattern: "^https?://"},
		Secret:   sdk.SecretPolicy{Generate: true, Bytes: 32, Encoding: sdk.SecretEncodingHex},
		Delivery: sdk.DeliveryPolicy{
			Success: []sdk.StatusRange{{From: 200, To: 299}}, Timeout: 10 * time.Second,
			Schedule: []time.Duration{time.Second}, MaxAttempts: 3, Jitter: 0.1,
		},
		Unavailable: &sdk.Response{Status: 503, Headers: []sdk.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte("{}")},
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	p, err := New(manifest("callbell", sdk.EventType{Name: "{platform}.inbound", Canonical: []string{"message.received"}, JSONSchema: []byte("{}")}))
	require.NoError(t, err)
	require.Equal(t, "callbell", p.Name())
	require.Equal(t, "getX", p.Document.Paths.Find("/x").Get.OperationID)
}

func TestNewTakesTheProjectsOwnDocuments(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bird", "callbell", "chatbot", "vonage", "whatsapp"} {
		raw, err := os.ReadFile("../../openapi/" + name + ".yaml")
		require.NoError(t, err)
		m := manifest(name)
		m.OpenAPI = raw
		_, err = New(m)
		require.NoError(t, err)
	}
}

func TestNewNamesEveryFieldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(sdk.Manifest{})
	for _, field := range []string{"provider", "openapi", "event_types", "id_format", "url.schemes", "delivery.timeout", "delivery.schedule", "unavailable"} {
		require.ErrorContains(t, err, "manifest: "+field+": ")
	}
}

func TestNewAllowsOneAttemptWithoutASchedule(t *testing.T) {
	t.Parallel()
	m := manifest("chatbot")
	m.Delivery.Schedule, m.Delivery.MaxAttempts = nil, 1
	m.Secret = sdk.SecretPolicy{}
	_, err := New(m)
	require.NoError(t, err)
}
