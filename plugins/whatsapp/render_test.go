package whatsapp_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/whatsapp"
)

var eventTime = time.Date(2024, 12, 9, 13, 37, 4, 123456000, time.UTC)

func delivery(native, canonical string, data []byte) *sdk.Delivery {
	return &sdk.Delivery{
		ID: "d-1", EventType: native, Attempt: 1, Time: eventTime.Add(time.Second),
		Event: &sdk.Event{
			ID: "e-1", Source: "/test", Type: canonical, Data: data, Time: eventTime,
			Extensions: map[string]string{"deviceid": "abc123def456-ghi789"},
		},
		Subscription: &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://your-server.com/webhook"}},
	}
}

func verbatim(native, data string) *sdk.Delivery {
	d := delivery(native, "whatsapp."+native, []byte(data))
	d.Verbatim = true
	return d
}

func render(t *testing.T, d *sdk.Delivery) *sdk.Request {
	t.Helper()
	req, err := whatsapp.New().Render(t.Context(), d)
	require.NoError(t, err)
	return req
}

func canonicalExamples(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	document, err := events.GetSpecJSON()
	require.NoError(t, err)
	return sdktest.CanonicalExamples(t, document)
}

// The wanted bodies are the examples of docs/WEBHOOK_EVENTS.md, in one line; the
// events of connections are the examples of openapi/events.yaml.
func TestRenderDocumentedDeliveries(t *testing.T) {
	t.Parallel()
	examples, seen := canonicalExamples(t), 0
	for _, native := range whatsapp.New().Manifest().EventTypes {
		for _, canonical := range native.Canonical {
			seen++
			want, err := os.ReadFile(filepath.Join("testdata", "documented", native.Name+".json"))
			require.NoError(t, err)
			data, err := os.ReadFile(filepath.Join("testdata", "events", native.Name+".json"))
			if os.IsNotExist(err) {
				data, err = examples[canonical], nil
			}
			require.NoError(t, err)
			req := render(t, delivery(native.Name, canonical, data))
			require.Equal(t, string(bytes.TrimSpace(want)), string(req.Body))
			require.Equal(t, []sdk.Header{
				{Name: "Content-Type", Value: "application/json"},
				{Name: "User-Agent", Value: "WhatsApp-API-MultiSession/1.0"},
				{Name: "X-Webhook-Event", Value: native.Name},
			}, req.Headers, "unsigned without a secret")
		}
	}
	require.Equal(t, 10, seen)
}

func TestRenderWholeCatalogue(t *testing.T) {
	t.Parallel()
	examples := canonicalExamples(t)
	types := whatsapp.New().Manifest().EventTypes
	require.Len(t, types, 86, "85 documented and the test event")
	for _, native := range types {
		require.NotEmpty(t, native.Description, native.Name)
		for _, canonical := range native.Canonical {
			require.Contains(t, examples, canonical)
			var got struct {
				EventType string `json:"event_type"`
				Data      map[string]any
			}
			require.NoError(t, json.Unmarshal(render(t, delivery(native.Name, canonical, examples[canonical])).Body, &got))
			require.Equal(t, native.Name, got.EventType)
			require.NotEmpty(t, got.Data)
			_, err := whatsapp.New().Render(t.Context(), delivery(native.Name, canonical, []byte(`"text"`)))
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s of a string: %v", canonical, err)
		}
		got := string(render(t, verbatim(native.Name, `{ "n" : 1.50, "t":"<&>" }`)).Body)
		require.Equal(t, `{"event_type":"`+native.Name+`","device_id":"abc123def456-ghi789",`+
			`"timestamp":"2024-12-09T13:37:04.123456Z","data":{ "n" : 1.50, "t":"<&>" }}`, got)
	}
}

func TestRenderDetails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ native, canonical, data, want string }{
		"NothingKnown": {
			"message.received", "message.received", `{}`,
			`{"message_id":null,"from":null,"chat":null,"timestamp":1733751424,"is_from_me":false}`,
		},
		"Group": {
			"message.received", "message.received", `{"id":"m","from":"1@s.whatsapp.net","conversation_id":"120363123456789012@g.us"}`,
			`{"message_id":"m","from":"1@s.whatsapp.net","chat":"120363123456789012@g.us","timestamp":1733751424,"is_from_me":false}`,
		},
		"NotEscaped": {
			"message.received", "message.received", "{\"id\":\"<&>\u2028\u2029\\\\u2028\",\"from\":\"ACME\",\"conversation_id\":\"c-1\"}",
			"{\"message_id\":\"<&>\u2028\u2029\\\\u2028\",\"from\":\"ACME@s.whatsapp.net\",\"chat\":\"ACME@s.whatsapp.net\",\"timestamp\":1733751424,\"is_from_me\":false}",
		},
		"NoNumber": {
			"message.received", "message.received", `{"id":"m","from":"+"}`,
			`{"message_id":"m","from":null,"chat":null,"timestamp":1733751424,"is_from_me":false}`,
		},
		"ContactByPlatformID": {
			"contact.update", "contact.updated", `{"id":"c","platform_id":"123@lid"}`,
			`{"jid":null,"contact_jid":"123@lid","action":"update"}`,
		},
		"ContactUnknown": {
			"contact.update", "contact.updated", `{"id":"c","platform_id":"US.1"}`, `{"jid":null,"contact_jid":null,"action":"update"}`,
		},
		"EndedWithoutReason": {
			"call.terminate", "call.ended", `{"id":"c"}`, `{"jid":null,"call_id":"c","from":null,"timestamp":1733751424,"reason":null}`,
		},
		"ConnectionSaysOtherwise": {
			"connection.connected", "connection.connected", `{"phone_number":"+1@s.whatsapp.net","logged_in":false}`,
			`{"jid":"1","phone_number":"1","push_name":null,"platform":null,"business_name":null,"is_logged_in":false,"is_connected":true}`,
		},
	} {
		d := delivery(test.native, test.canonical, []byte(test.data))
		d.Event.Extensions = nil
		d.Event.Time = time.Date(2024, 12, 9, 14, 37, 4, 0, time.FixedZone("", 3600))
		require.Equal(t, `{"event_type":"`+test.native+`","device_id":"","timestamp":"2024-12-09T13:37:04.000000Z","data":`+test.want+`}`,
			string(render(t, d).Body), name)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		d    *sdk.Delivery
		want string
	}{
		"NoMessageID":     {delivery("message.read", "message.read", []byte(`{}`)), `lacks "id"`},
		"NoContactID":     {delivery("contact.update", "contact.updated", []byte(`{}`)), `lacks "id"`},
		"NoCallID":        {delivery("call.offer", "call.alerted", []byte(`{}`)), `lacks "id"`},
		"NoNumber":        {delivery("connection.connected", "connection.connected", []byte(`{}`)), `lacks "phone_number"`},
		"NoDigits":        {delivery("connection.logged_out", "connection.logged_out", []byte(`{"phone_number":"+"}`)), `lacks "phone_number"`},
		"BadMessageTime":  {delivery("message.received", "message.received", []byte(`{"created_at":"now"}`)), `"created_at" must be an RFC 3339 time`},
		"BadReceiptTime":  {delivery("message.read", "message.read", []byte(`{"id":"m","occurred_at":"now"}`)), `"occurred_at" must be`},
		"BadCallTime":     {delivery("call.terminate", "call.ended", []byte(`{"id":"c","occurred_at":"now"}`)), `"occurred_at" must be`},
		"WrongType":       {delivery("message.received", "message.received", []byte(`{"id":1}`)), `"id" in its data is of type number`},
		"UnknownNative":   {delivery("message.sent", "message.sent", []byte(`{}`)), `no event "message.sent"`},
		"VerbatimNotJSON": {verbatim("poll.vote", "a=1"), "must be JSON"},
	} {
		_, err := whatsapp.New().Render(t.Context(), test.d)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), name)
		require.ErrorContains(t, err, test.want, name)
	}
}

// The signature is one that npm's @octokit/webhooks-methods 6.0.0 verifies.
func TestRenderSigns(t *testing.T) {
	t.Parallel()
	d := verbatim("message.received", `{"message_id":"3EB0ABC123DEF456789"}`)
	d.Subscription.Secret = "your-webhook-secret"
	req := render(t, d)
	require.Equal(t, `{"event_type":"message.received","device_id":"abc123def456-ghi789",`+
		`"timestamp":"2024-12-09T13:37:04.123456Z","data":{"message_id":"3EB0ABC123DEF456789"}}`, string(req.Body))
	const signature = "sha256=22b13b26f38a98c5b41569e9a6cb7e9ec60332c0471027ea958d132f13d0426d"
	require.Contains(t, req.Headers, sdk.Header{Name: "X-Webhook-Signature", Value: signature})
	require.Contains(t, req.Headers, sdk.Header{Name: "X-Hub-Signature-256", Value: signature})
}
