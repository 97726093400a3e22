package vonage_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/vonage"
)

var attemptTime = time.Date(2023, 9, 20, 9, 49, 7, 0, time.UTC)

func delivery(native, canonical string, data []byte) *sdk.Delivery {
	return &sdk.Delivery{
		ID: "d-1", EventType: native, Attempt: 1, Time: attemptTime,
		Event: &sdk.Event{
			ID: "2VejGqWZPqHXHVNcfUPUO8IASAp", Source: "/test", Type: canonical, Data: data,
			Time: time.Date(2023, 9, 20, 9, 49, 6, 613432100, time.UTC),
		},
		Subscription: &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{
			URL: "https://your-application.com/abc/123", Secret: documentedSecret,
		}},
	}
}

func verbatim(native, data string) *sdk.Delivery {
	d := delivery(native, "vonage."+native, []byte(data))
	d.Verbatim = true
	return d
}

func render(t *testing.T, d *sdk.Delivery) *sdk.Request {
	t.Helper()
	req, err := vonage.New().Render(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, "Content-Type", req.Headers[0].Name)
	require.Equal(t, "application/cloudevents+json", req.Headers[0].Value)
	return req
}

func canonicalExamples(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	document, err := events.GetSpecJSON()
	require.NoError(t, err)
	return sdktest.CanonicalExamples(t, document)
}

func TestRenderDocumentedDeliveries(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "events", "agent.presencechanged.json"))
	require.NoError(t, err)
	for file, d := range map[string]*sdk.Delivery{
		"documented/agent.presencechanged.json": delivery("agent.presencechanged.v0", "agent.presence_changed", data),
		"deliveries/channel.ended.json":         delivery("channel.ended.v1", "call.ended", canonicalExamples(t)["call.ended"]),
	} {
		want, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(string(want)), string(render(t, d).Body))
	}
}

func TestRenderWholeCatalogue(t *testing.T) {
	t.Parallel()
	examples := canonicalExamples(t)
	for _, native := range vonage.New().Manifest().EventTypes {
		for _, canonical := range native.Canonical {
			require.Contains(t, examples, canonical)
			d := delivery(native.Name, canonical, examples[canonical])
			var got event.Event
			require.NoError(t, json.Unmarshal(render(t, d).Body, &got))
			require.NoError(t, got.Validate())
			require.Equal(t, native.Name, got.Type())
			require.Equal(t, d.Event.ID, got.ID())
			require.NotEmpty(t, got.Subject())

			var schema openapi3.Schema
			require.NoError(t, json.Unmarshal(native.JSONSchema, &schema))
			var data any
			require.NoError(t, got.DataAs(&data))
			require.NoError(t, schema.VisitJSON(data), native.Name)

			_, err := vonage.New().Render(t.Context(), delivery(native.Name, canonical, []byte(`[]`)))
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s of an array: %v", canonical, err)
		}
	}
}

func TestRenderDetails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ native, canonical, data, subject, want string }{
		"AvailableAgent": {
			"agent.presencechanged.v1", "agent.presence_changed", `{"agent":{"email":"a@b.c"},"presence":{"available":true}}`, "a@b.c",
			`{"timestamp":"2023-09-20T09:49:06.6134321Z","presence":{"category":{"type":"ready","description":"Ready"}},"user":{"agentId":"a@b.c"}}`,
		},
		"UnavailableAgent": {
			"agent.presencechanged.v1", "agent.presence_changed", `{"agent":{"id":"7","available":false},"presence":{"name":"Out & <about>"}}`, "7",
			`{"timestamp":"2023-09-20T09:49:06.6134321Z","presence":{"category":{"type":"away","description":"Away"},"description":"Out & <about>"},"user":{"agentId":"7"}}`,
		},
		"UnknownAvailability": {
			"agent.presencechanged.v1", "agent.presence_changed", `{"agent":{"id":"7"},"presence":{}}`, "7",
			`{"timestamp":"2023-09-20T09:49:06.6134321Z","presence":{"category":{}},"user":{"agentId":"7"}}`,
		},
		"IDStandsIn": {
			"channel.held.v1", "call.held", `{"id":"leg","reason":"x","occurred_at":"2024-01-01T00:00:00Z"}`, "leg",
			`{"timestamp":"2024-01-01T00:00:00.0000000Z","channel":{"conversationId":"leg","interactionId":"leg","channelId":"leg","party":{"role":"agent"}}}`,
		},
		"FailureReason": {
			"channel.connectionfailed.v0", "call.failed", `{"id":"leg","reason":"busy","party":{"role":"customer"}}`, "leg",
			`{"timestamp":"2023-09-20T09:49:06.6134321Z","channel":{"conversationId":"leg","interactionId":"leg","channelId":"leg","party":{"role":"customer"}},"reason":"busy"}`,
		},
	} {
		body := string(render(t, delivery(test.native, test.canonical, []byte(test.data))).Body)
		require.Contains(t, body, `"subject":"`+test.subject+`"`, name)
		require.True(t, strings.HasSuffix(body, `"data":`+test.want+"}"), "%s: %s", name, body)
	}
}

func TestRenderVerbatim(t *testing.T) {
	t.Parallel()
	raw := "{ \"channel\": {\"channelId\":\"c-1\"},\n\"x\": \"<&>\", \"n\": 1.0 }"
	body := string(render(t, verbatim("channel.wrapstarted.v1", raw)).Body)
	require.True(t, strings.HasSuffix(body, `,"data":`+raw+"}"), body)
	require.Contains(t, body, `"source":"/channel","subject":"c-1"`)

	require.Contains(t, string(render(t, verbatim("agent.presencechanged.v1", `{"user":{"agentId":"9"}}`)).Body), `"source":"/agent","subject":"9"`)
	require.NotContains(t, string(render(t, verbatim("agent.presencechanged.v1", `[1]`)).Body), "subject")
	d := verbatim("agent.presencechanged.v1", `{"user":{"agentId":"9"}}`)
	d.Event.Subject = "own"
	require.Contains(t, string(render(t, d).Body), `"subject":"own"`)
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	badSecret := delivery("channel.held.v1", "call.held", []byte(`{"id":"x"}`))
	badSecret.Subscription.Secret = "not base64!"
	for name, test := range map[string]struct {
		d    *sdk.Delivery
		want string
	}{
		"NoAgentID":     {delivery("agent.presencechanged.v1", "agent.presence_changed", []byte(`{"agent":{},"presence":{}}`)), `lacks "agent.id"`},
		"NoCallID":      {delivery("channel.held.v1", "call.held", []byte(`{}`)), `lacks "id"`},
		"BadTime":       {delivery("channel.held.v1", "call.held", []byte(`{"id":"x","occurred_at":"noon"}`)), `"occurred_at" must be`},
		"BadAgentTime":  {delivery("agent.presencechanged.v1", "agent.presence_changed", []byte(`{"agent":{"id":"1"},"presence":{},"occurred_at":"noon"}`)), `"occurred_at" must be`},
		"UnknownNative": {delivery("nope.v1", "call.held", []byte(`{"id":"x"}`)), `no event type "nope.v1"`},
		"NotJSON":       {verbatim("channel.held.v1", "x=1"), "must be JSON"},
		"BadSecret":     {badSecret, "secret is not Base64"},
	} {
		_, err := vonage.New().Render(t.Context(), test.d)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), name)
		require.ErrorContains(t, err, test.want, name)
		require.NotContains(t, err.Error(), "not base64!", "a secret is not repeated")
	}
}

// TestSignatureByTheDocumentedRules checks as the vendor's sample consumer does:
// HS256 under the decoded secret, not expired, payload_hash the plain SHA-256.
func TestSignatureByTheDocumentedRules(t *testing.T) {
	t.Parallel()
	req := render(t, delivery("channel.held.v1", "call.held", []byte(`{"id":"x"}`)))
	require.Equal(t, "Vonage-Signature", req.Headers[1].Name)
	token := req.Headers[1].Value
	key, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(documentedSecret, "="))
	require.NoError(t, err)
	require.Len(t, key, 63)

	parse := func(key any, at time.Time) (jwt.MapClaims, error) {
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil },
			jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
			jwt.WithTimeFunc(func() time.Time { return at }))
		return claims, err
	}
	claims, err := parse(key, attemptTime.Add(299*time.Second))
	require.NoError(t, err)
	hash := sha256.Sum256(req.Body)
	require.Equal(t, hex.EncodeToString(hash[:]), claims["payload_hash"])

	_, err = parse(key, attemptTime.Add(301*time.Second))
	require.ErrorIs(t, err, jwt.ErrTokenExpired)
	_, err = parse([]byte(documentedSecret), attemptTime)
	require.ErrorIs(t, err, jwt.ErrTokenSignatureInvalid, "the key is the decoded secret")

	again := delivery("channel.held.v1", "call.held", []byte(`{"id":"x"}`))
	again.Time = attemptTime.Add(time.Hour)
	retry := render(t, again)
	require.Equal(t, req.Body, retry.Body)
	require.NotEqual(t, token, retry.Headers[1].Value, "a retry is signed afresh")
}
