package bird_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func delivery(native, canonical string, data []byte) *sdk.Delivery {
	platform, _, _ := strings.Cut(native, ".")
	return &sdk.Delivery{
		ID: "0edf722b-93b4-4451-8a5d-4fafba5cdf8b", EventType: native, Attempt: 1, Time: time.Unix(1700000000, 0),
		Event: &sdk.Event{
			ID: "e-1", Source: "/test", Type: canonical, Data: data,
			Time: time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC), Extensions: map[string]string{"platform": platform},
		},
		Subscription: &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/webhook"}},
	}
}

func verbatim(native, data string) *sdk.Delivery {
	d := delivery(native, "bird."+native, []byte(data))
	d.Verbatim = true
	return d
}

func render(t *testing.T, d *sdk.Delivery) *sdk.Request {
	t.Helper()
	req, err := bird.New().Render(t.Context(), d)
	require.NoError(t, err)
	return req
}

func canonicalExamples(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	document, err := events.GetSpecJSON()
	require.NoError(t, err)
	return sdktest.CanonicalExamples(t, document)
}

func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return strings.TrimSpace(string(text))
}

func TestRenderDelivery(t *testing.T) {
	t.Parallel()
	d := delivery("whatsapp.inbound", "message.received", []byte(golden(t, "events/whatsapp.inbound.json")))
	require.Equal(t, golden(t, "deliveries/whatsapp.inbound.json"), string(render(t, d).Body))

	// A delivery as subscribers report it, published under its native name.
	payload := golden(t, "events/whatsapp.inbound.payload.json")
	require.Equal(t, golden(t, "documented/whatsapp.inbound.json"), string(render(t, verbatim("whatsapp.inbound", payload)).Body))
}

func TestRenderWholeCatalogue(t *testing.T) {
	t.Parallel()
	examples := canonicalExamples(t)
	for _, native := range bird.New().Manifest().EventTypes {
		name := strings.ReplaceAll(native.Name, "{platform}", "whatsapp")
		for _, canonical := range native.Canonical {
			require.Contains(t, examples, canonical)
			var got struct {
				Service, Event string
				Payload        map[string]any
			}
			require.NoError(t, json.Unmarshal(render(t, delivery(name, canonical, examples[canonical])).Body, &got))
			require.Equal(t, name, got.Event)
			require.NotEmpty(t, got.Payload["id"], canonical)
			wantService := "channels"
			if strings.HasPrefix(name, "conversation.") {
				wantService = "conversations"
			}
			require.Equal(t, wantService, got.Service)
			_, err := bird.New().Render(t.Context(), delivery(name, canonical, []byte(`"text"`)))
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%s of a string: %v", canonical, err)
		}
		require.Contains(t, string(render(t, verbatim(name, `{"a":1}`)).Body), `"event":"`+name+`","payload":{"a":1}}`)
	}
	require.Contains(t, string(render(t, verbatim("10dlc.brand", `{}`)).Body), `"service":"numbers"`)
	require.Contains(t, string(render(t, verbatim("template.created", `{}`)).Body), `"service":"templates"`)
}

func TestRenderDetails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ native, canonical, data, want string }{
		"Sent": {
			"sms.outbound", "message.sent", `{"id":"m","from":"+1","to":"+2","text":"a <b> & c","channel_id":"c","contact":{"id":"k"},"reply_to":{"id":"r"}}`,
			`{"id":"m","channelId":"c","sender":{"connector":{"id":"c","identifierValue":"+1"}},"receiver":{"contacts":[{"id":"k","identifierKey":"phonenumber","identifierValue":"+2"}]},"body":{"type":"text","text":{"text":"a <b> & c","actions":[]}},"meta":{"extraInformation":{"timestamp":"1704164645"}},"reference":"","replyTo":{"id":"r","type":"id"},"parts":[],"status":"sent","reason":"","direction":"outgoing","chargeableUnits":1,"lastStatusAt":"2024-01-02T03:04:05.678Z","createdAt":"2024-01-02T03:04:05.678Z","updatedAt":"2024-01-02T03:04:05.678Z","batchId":null}`,
		},
		"Failed": {
			"email.outbound", "message.failed", `{"id":"m","contact":{"id":"k","email":"a@b.c"},"error":{"code":"7"},"occurred_at":"2024-01-01T00:00:00Z"}`,
			`{"id":"m","channelId":"","sender":{"connector":{"id":"","identifierValue":""}},"receiver":{"contacts":[{"id":"k","identifierKey":"emailaddress","identifierValue":"a@b.c"}]},"reference":"","replyTo":null,"parts":[],"status":"delivery_failed","reason":"7","direction":"outgoing","chargeableUnits":1,"lastStatusAt":"2024-01-01T00:00:00Z","createdAt":"2024-01-01T00:00:00Z","updatedAt":"2024-01-01T00:00:00Z","batchId":null}`,
		},
		"Interaction": {
			"instagram.interaction", "message.interaction", `{"id":"m","type":"read","contact":{"id":"k","platform_id":"p"}}`,
			`{"id":"e-1","messageId":"m","messageReference":"","channelId":"","platformId":"instagram","platformReference":"","type":"read","receiver":{"contacts":[{"id":"k","identifierKey":"instagramid","identifierValue":"p"}]},"createdAt":"2024-01-02T03:04:05.678Z"}`,
		},
		"ClosedConversation": {
			"conversation.deleted", "conversation.closed", `{"id":"c","source":"sms","contact":{"id":"k","name":"John","phone_number":"1"},"closing_reason":"done","created_at":"2024-01-01T00:00:00Z","closed_at":"2024-01-01T01:00:00Z"}`,
			`{"id":"c","name":"","description":"","status":"closed","visibility":"public","accessibility":"open","featuredParticipants":[{"id":"k","type":"contact","status":"active","displayName":"John","contact":{"id":"k","identifierKey":"phonenumber","identifierValue":"1","annotations":{"name":"John"}}}],"activeParticipantCount":1,"pendingParticipantCount":0,"initiatingParticipant":{"id":"k","type":"contact","status":"active","displayName":"John","contact":{"id":"k","identifierKey":"phonenumber","identifierValue":"1","annotations":{"name":"John"}}},"channelId":"","closedReason":"done","createdAt":"2024-01-01T00:00:00Z","updatedAt":"2024-01-01T01:00:00Z"}`,
		},
		"EmptyConversation": {
			"conversation.created", "conversation.created", `{"id":"c"}`,
			`{"id":"c","name":"","description":"","status":"active","visibility":"public","accessibility":"open","featuredParticipants":[],"activeParticipantCount":0,"pendingParticipantCount":0,"initiatingParticipant":null,"channelId":"","createdAt":"2024-01-02T03:04:05.678Z","updatedAt":"2024-01-02T03:04:05.678Z"}`,
		},
		"EndedCall": {
			"voice.outbound", "call.ended", `{"id":"c","channel_id":"ch","direction":"outbound","from":"+1","to":"+2","reason":"released"}`,
			`{"id":"c","channelId":"ch","direction":"outgoing","from":"+1","to":"+2","status":"completed","reason":"released","endedAt":"2024-01-02T03:04:05.678Z","updatedAt":"2024-01-02T03:04:05.678Z"}`,
		},
		"BusyCall": {
			"voice.inbound", "call.failed", `{"id":"c","direction":"inbound","reason":"busy"}`,
			`{"id":"c","channelId":"","direction":"incoming","from":"","to":"","status":"busy","reason":"busy","endedAt":"2024-01-02T03:04:05.678Z","updatedAt":"2024-01-02T03:04:05.678Z"}`,
		},
		"FailedCall": {
			"voice.inbound", "call.failed", `{"id":"c"}`,
			`{"id":"c","channelId":"","direction":"incoming","from":"","to":"","status":"failed","endedAt":"2024-01-02T03:04:05.678Z","updatedAt":"2024-01-02T03:04:05.678Z"}`,
		},
	} {
		body := string(render(t, delivery(test.native, test.canonical, []byte(test.data))).Body)
		require.True(t, strings.HasSuffix(body, `"payload":`+test.want+"}"), "%s: %s", name, body)
	}
}

func TestRenderBodies(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`"text":"t","attachments":[{"url":"u","content_type":"image/png","name":"n"}]`:                     `{"type":"image","image":{"text":"t","images":[{"mediaUrl":"u","altText":"n"}]}}`,
		`"attachments":[{"url":"u","content_type":"image/png"},{"url":"v"}]`:                               `{"type":"file","file":{"files":[{"contentType":"image/png","mediaUrl":"u"},{"contentType":"application/octet-stream","mediaUrl":"v"}]}}`,
		`"location":{"latitude":1.5,"longitude":-2,"name":"Home","address":"Street 1"}`:                    `{"type":"location","location":{"coordinates":{"latitude":1.5,"longitude":-2},"location":{"label":"Home","address":"Street 1"}}}`,
		`"attachments":[],"metadata":{"a":"b","n":1},"created_at":"no time","platform_message_id":"wamid"`: `{"type":"text","text":{"text":"","actions":[]}},"meta":{"extraInformation":{"a":"b"}},"reference":"","replyTo":null,"parts":[{"platformReference":"wamid"}]`,
	} {
		body := string(render(t, delivery("sms.inbound", "message.received", []byte(`{"id":"m",`+data+`}`))).Body)
		require.Contains(t, body, `"body":`+want)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		d    *sdk.Delivery
		want string
	}{
		"NoMessageID":      {delivery("sms.inbound", "message.received", []byte(`{}`)), `lacks "id"`},
		"NoStatusID":       {delivery("sms.outbound", "message.read", []byte(`{}`)), `lacks "id"`},
		"NoInteractionID":  {delivery("sms.interaction", "message.interaction", []byte(`{"type":"x"}`)), `lacks "id"`},
		"NoType":           {delivery("sms.interaction", "message.interaction", []byte(`{"id":"x"}`)), `lacks "type"`},
		"NoConversationID": {delivery("conversation.created", "conversation.created", []byte(`{}`)), `lacks "id"`},
		"NoCallID":         {delivery("voice.inbound", "call.ended", []byte(`{}`)), `lacks "id"`},
		"WrongType":        {delivery("sms.inbound", "message.received", []byte(`{"text":1}`)), `"text" in its data is of type number`},
		"UnknownNative":    {delivery("nope", "message.sent", []byte(`{}`)), `no event "nope"`},
		"UnknownCanonical": {delivery("sms.inbound", "order.created", []byte(`{}`)), `no payload for an event of type "order.created"`},
		"UnknownStatus":    {delivery("sms.outbound", "message.other", []byte(`{"id":"m"}`)), `no message status`},
		"VerbatimNotJSON":  {verbatim("sms.inbound", "a=1"), "must be JSON"},
	} {
		_, err := bird.New().Render(t.Context(), test.d)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), name)
		require.ErrorContains(t, err, test.want, name)
	}
}

func headers(req *sdk.Request) map[string]string {
	out := map[string]string{}
	for _, h := range req.Headers {
		out[h.Name] = h.Value
	}
	return out
}

// The vector is an own computation with the algorithm of the vendor's page on
// verifying webhooks, which gives none.
func TestRenderSigns(t *testing.T) {
	t.Parallel()
	d := verbatim("sms.outbound", `{"id":"1"}`)
	require.Equal(t, map[string]string{
		"Content-Type": "application/json", "messagebird-request-id": d.ID, "messagebird-request-timestamp": "1700000000",
	}, headers(render(t, d)), "unsigned without a key")

	d.Subscription.Secret = signingKey
	first := render(t, d)
	require.Equal(t, `{"service":"channels","event":"sms.outbound","payload":{"id":"1"}}`, string(first.Body))
	require.Equal(t, "yJfw9qY2fcHslLg01/7HvSwrDiLB/UJDJDHdIPIDOjU=", headers(first)["messagebird-signature"])

	d.Time = d.Time.Add(time.Minute)
	again := headers(render(t, d))
	require.Equal(t, "1700000060", again["messagebird-request-timestamp"])
	require.NotEqual(t, headers(first)["messagebird-signature"], again["messagebird-signature"], "a retry is signed afresh")
}

func TestDeliveryPolicy(t *testing.T) {
	t.Parallel()
	p := bird.New().Manifest().Delivery
	require.Equal(t, 8*time.Hour, p.Budget)
	require.Equal(t, []time.Duration{
		10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 320 * time.Second, 640 * time.Second, 15 * time.Minute,
	}, p.Schedule)
	require.True(t, p.IsSuccess(299))
	require.False(t, p.IsSuccess(302))
}

func FuzzRender(f *testing.F) {
	f.Add("message.received", []byte(`{"id":"m","attachments":[{"url":"u"}],"metadata":{"a":1}}`))
	f.Add("message.failed", []byte(`{"id":"m","error":{}}`))
	f.Add("call.failed", []byte(`{"id":"c","reason":"busy"}`))
	f.Add("conversation.closed", []byte(`{"id":"c","contact":null}`))
	f.Add("message.interaction", []byte(`{"id":"m","type":"t"}`))
	a := bird.New()
	f.Fuzz(func(t *testing.T, canonical string, data []byte) {
		req, err := a.Render(t.Context(), delivery("sms.outbound", canonical, data))
		if err != nil {
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%v", err)
			return
		}
		require.True(t, json.Valid(req.Body), "%s", req.Body)
	})
}

// Filters see the status that the payload of a canonical event shows.
func TestFiltersSeeTheStatusOfThePayload(t *testing.T) {
	t.Parallel()
	examples := canonicalExamples(t)
	implied := 0
	for _, native := range bird.New().Manifest().EventTypes {
		name := strings.ReplaceAll(native.Name, "{platform}", "sms")
		for _, key := range native.FilterKeys {
			for _, v := range key.Implied {
				implied++
				data := map[string]any{}
				require.NoError(t, json.Unmarshal(examples[v.Type], &data))
				delete(data, "reason")
				for _, when := range v.When {
					data[strings.TrimPrefix(when.Key, "/")] = when.Value
				}
				raw, err := json.Marshal(data)
				require.NoError(t, err)
				var got struct{ Payload struct{ Status string } }
				require.NoError(t, json.Unmarshal(render(t, delivery(name, v.Type, raw)).Body, &got))
				require.Equal(t, got.Payload.Status, v.Value, "%s as %s", v.Type, name)
			}
		}
	}
	require.Equal(t, 4+2*4, implied, "messages, and calls in both directions")
}
