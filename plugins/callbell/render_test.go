package callbell_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func delivery(native, canonical string, data []byte) *sdk.Delivery {
	return &sdk.Delivery{
		ID: "d-1", EventType: native, Attempt: 1, Time: time.Unix(1790000000, 0),
		Event: &sdk.Event{
			ID: "e-1", Source: "/test", Type: canonical, Data: data,
			Time: time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC), Extensions: map[string]string{"platform": "whatsapp"},
		},
		Subscription: &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://my-app.com/my-webhook-endpoint"}},
	}
}

func verbatim(native, data string) *sdk.Delivery {
	d := delivery(native, "callbell."+native, []byte(data))
	d.Verbatim = true
	return d
}

func canonicalExamples(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	document, err := events.GetSpecJSON()
	require.NoError(t, err)
	return sdktest.CanonicalExamples(t, document)
}

// The wanted bodies are the examples of docs.callbell.eu, verbatim, and one with
// all the optional parts of a message.
func TestRenderDocumentedDeliveries(t *testing.T) {
	t.Parallel()
	for name, canonical := range map[string]string{
		"message_created":         "message.received",
		"message_created_parts":   "message.sent",
		"message_status_updated":  "message.read",
		"contact_updated":         "contact.updated",
		"contact_deleted":         "contact.deleted",
		"conversation_opened":     "conversation.created",
		"conversation_closed":     "conversation.closed",
		"agent_status_updated":    "agent.presence_changed",
		"agent_session_updated":   "agent.session_changed",
		"team_membership_updated": "team.membership_changed",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", "documented", name+".json"))
			if os.IsNotExist(err) {
				want, err = os.ReadFile(filepath.Join("testdata", "deliveries", name+".json"))
			}
			require.NoError(t, err)
			var envelope struct{ Event string }
			require.NoError(t, json.Unmarshal(want, &envelope))
			data, err := os.ReadFile(filepath.Join("testdata", "events", name+".json"))
			if os.IsNotExist(err) {
				data, err = canonicalExamples(t)[canonical], nil
			}
			require.NoError(t, err)

			req, err := callbell.New().Render(t.Context(), delivery(envelope.Event, canonical, data))
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(req.Body))
			require.Equal(t, []sdk.Header{{Name: "Content-Type", Value: "application/json"}}, req.Headers, "unsigned without a secret")
		})
	}
}

func TestRenderWholeCatalogue(t *testing.T) {
	t.Parallel()
	examples := canonicalExamples(t)
	for _, native := range callbell.New().Manifest().EventTypes {
		for _, canonical := range native.Canonical {
			require.Contains(t, examples, canonical)
			req, err := callbell.New().Render(t.Context(), delivery(native.Name, canonical, examples[canonical]))
			require.NoError(t, err, canonical)
			var got struct {
				Event   string
				Payload map[string]any
			}
			require.NoError(t, json.Unmarshal(req.Body, &got))
			require.Equal(t, native.Name, got.Event)
			require.NotEmpty(t, got.Payload)
			_, err = callbell.New().Render(t.Context(), delivery(native.Name, canonical, []byte(`"text"`)))
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s of a string: %v", canonical, err)
		}
	}
}

func TestRenderDetails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ native, canonical, data, want string }{
		"Defaults": {
			"message_created", "message.received", `{"text":"a <b> & c"}`,
			`{"event":"message_created","payload":{"to":null,"from":null,"text":"a <b> & c","status":"received","channel":"whatsapp","contact":null,"createdAt":"2024-01-02T03:04:05Z"}}`,
		},
		"FailedStatus": {
			"message_status_updated", "message.failed", `{"id":"m","error":{"code":"1002","message":"No such number"}}`,
			`{"event":"message_status_updated","payload":{"uuid":"m","status":"failed","contact":null,"messageStatusPayload":{"type":"failed","payload":{"ts":1704164645,"code":1002,"reason":"No such number"}}}}`,
		},
		"CodeInWords": {
			"message_status_updated", "message.failed", `{"id":"m","error":{"code":"E1"}}`,
			`{"event":"message_status_updated","payload":{"uuid":"m","status":"failed","contact":null,"messageStatusPayload":{"type":"failed","payload":{"ts":1704164645,"code":"E1"}}}}`,
		},
		"SystemLogout": {
			"agent_session_updated", "agent.session_changed", `{"agent":{"email":"a@b.c"},"action":"logged_out","actor":"system"}`,
			`{"event":"agent_session_updated","payload":{"action":"system_logged_out","user":{"email":"a@b.c","name":null,"available":null,"lastUpdatedAt":"2024-01-02T03:04:05Z"}}}`,
		},
		"UserLogout": {
			"agent_session_updated", "agent.session_changed", `{"agent":{},"action":"logged_out","occurred_at":"2024-02-21T12:02:47Z"}`,
			`{"event":"agent_session_updated","payload":{"action":"user_logged_out","user":{"email":null,"name":null,"available":null,"lastUpdatedAt":"2024-02-21T12:02:47Z"}}}`,
		},
		"AvailableByCategory": {
			"agent_status_updated", "agent.presence_changed", `{"agent":{},"presence":{"category":{"type":"ready"}}}`,
			`{"event":"agent_status_updated","payload":{"email":null,"name":null,"available":true,"lastUpdatedAt":"2024-01-02T03:04:05Z"}}`,
		},
		"AgentRemoved": {
			"team_membership_updated", "team.membership_changed", `{"team":{},"agent":{},"action":"removed"}`,
			`{"event":"team_membership_updated","payload":{"team":{"name":null,"uuid":null,"default":null,"members":null,"createdAt":null},"user":{"email":null,"available":null,"lastUpdateAt":null},"reason":"agent_removed","lastUpdateAt":"2024-01-02T03:04:05Z"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := callbell.New().Render(t.Context(), delivery(test.native, test.canonical, []byte(test.data)))
			require.NoError(t, err)
			require.Equal(t, test.want, string(req.Body))
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		d    *sdk.Delivery
		want string
	}{
		"NoContactID":     {delivery("contact_updated", "contact.updated", []byte(`{"name":"x"}`)), `lacks "id"`},
		"NoMessageID":     {delivery("message_status_updated", "message.read", []byte(`{}`)), `lacks "id"`},
		"BadTime":         {delivery("message_status_updated", "message.read", []byte(`{"id":"m","occurred_at":"yesterday"}`)), `"occurred_at" must be an RFC 3339 time`},
		"BadAction":       {delivery("agent_session_updated", "agent.session_changed", []byte(`{"action":"x"}`)), `"action" must be logged_in or logged_out`},
		"BadTeamAction":   {delivery("team_membership_updated", "team.membership_changed", []byte(`{"action":"x"}`)), `"action" must be added or removed`},
		"WrongType":       {delivery("message_created", "message.sent", []byte(`{"text":1}`)), `"text" in its data is of type number`},
		"UnknownNative":   {delivery("nope", "message.sent", []byte(`{}`)), `no event "nope"`},
		"VerbatimNotJSON": {verbatim("message_created", "a=1"), "must be JSON"},
	} {
		_, err := callbell.New().Render(t.Context(), test.d)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), name)
		require.ErrorContains(t, err, test.want, name)
	}
}

func TestRenderVerbatimByteForByte(t *testing.T) {
	t.Parallel()
	raw := "{ \"text\" :\t\"<&>\",\n\"n\": 1.50 }"
	req, err := callbell.New().Render(t.Context(), verbatim("message_created", raw))
	require.NoError(t, err)
	require.Equal(t, `{"event":"message_created","payload":`+raw+`}`, string(req.Body))
}

// The vector is an own computation with the algorithm of the vendor's signatures
// page, whose example gives neither key nor body.
func TestRenderSigns(t *testing.T) {
	t.Parallel()
	d := verbatim("message_created", `{"text":"Hello"}`)
	d.Subscription.Secret = "whsec_test"
	req, err := callbell.New().Render(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, `{"event":"message_created","payload":{"text":"Hello"}}`, string(req.Body))
	require.Contains(t, req.Headers, sdk.Header{
		Name:  "X-Callbell-Signature",
		Value: "t=1790000000,v1=1e3a83f098ce8e6c1a4ecc08334c9809023b779a137140d3c7e4abcd01a4620b",
	})
	d.Time = d.Time.Add(time.Minute)
	again, err := callbell.New().Render(t.Context(), d)
	require.NoError(t, err)
	require.NotEqual(t, req.Headers, again.Headers, "a retry is signed afresh")
}
