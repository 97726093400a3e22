package chatbot_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func delivery(data string) *sdk.Delivery {
	return &sdk.Delivery{
		ID: "0190d2b3-5a4f-7c11-9c3e-7f0e8f6a1b2c", EventType: "webhook_called", Attempt: 1,
		Event: &sdk.Event{ID: "e-1", Source: "/bot", Type: "bot.webhook_called", Data: []byte(data)},
		Subscription: &sdk.Subscription{ID: "602313f00000000000000000", SubscriptionSpec: sdk.SubscriptionSpec{
			Name: "foo bar baz", URL: "https://example.com/hook?shop=7",
		}},
	}
}

func verbatim(data string) *sdk.Delivery {
	d := delivery(data)
	d.Event.Type, d.Verbatim = "chatbot.webhook_called", true
	return d
}

func render(t *testing.T, d *sdk.Delivery) *sdk.Request {
	t.Helper()
	req, err := chatbot.New().Render(t.Context(), d)
	require.NoError(t, err)
	return req
}

func TestRenderDocumentedDelivery(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/events/webhook_called.json")
	require.NoError(t, err)
	require.Equal(t, golden(t, "webhook_called.json"), string(render(t, delivery(string(data))).Body))
}

func TestRenderWholeCatalogue(t *testing.T) {
	t.Parallel()
	document, err := events.GetSpecJSON()
	require.NoError(t, err)
	examples := sdktest.CanonicalExamples(t, document)
	for _, native := range chatbot.New().Manifest().EventTypes {
		require.NotEmpty(t, native.Canonical)
		for _, canonical := range native.Canonical {
			require.Contains(t, examples, canonical)
			d := delivery(string(examples[canonical]))
			d.EventType, d.Event.Type = native.Name, canonical
			require.JSONEq(t, golden(t, "webhook_called.json"), string(render(t, d).Body))
		}
	}
}

func TestRenderDetails(t *testing.T) {
	t.Parallel()
	const hook = `"webhookId":"602313f00000000000000000","webhookName":"foo bar baz"`
	for name, test := range map[string]struct{ data, want string }{
		"Least": {
			`{"chat_id":"c"}`,
			`{"chatId":"c","messageId":"e-1","node":{"type":"WEBHOOK",` + hook + `},"userAttributes":{},"attributes":{}}`,
		},
		"Nulls": {
			`{"chat_id":"c","message_id":null,"user_id":null,"node":{"type":null},"user_attributes":null,"attributes": null }`,
			`{"chatId":"c","messageId":"e-1","node":{"type":"WEBHOOK",` + hook + `},"userAttributes":{},"attributes":{}}`,
		},
		"Passed": {
			`{"chat_id":"c","message_id":"m","node":{"name":"<b>","type":"OTHER"},"attributes":{"b":1.0,"a":"<&>"},"more":1}`,
			`{"chatId":"c","messageId":"m","node":{"name":"<b>","type":"OTHER",` + hook + `},"userAttributes":{},"attributes":{"b":1.0,"a":"<&>"}}`,
		},
	} {
		require.Equal(t, test.want, string(render(t, delivery(test.data)).Body), name)
	}
}

func TestRenderVerbatim(t *testing.T) {
	t.Parallel()
	raw := "{ \"chatId\": \"c\",\n\"n\": 1.0, \"x\": \"<&>\" }"
	require.Equal(t, raw, string(render(t, verbatim(raw)).Body))
}

// TestRenderRequest: the token goes in the query and basic authentication in its
// header; the id is the delivery's at every attempt. The engine adds the
// webhook's own headers.
func TestRenderRequest(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	for name, test := range map[string]struct {
		members, url string
		auth         []sdk.Header
	}{
		"Plain":    {``, "https://example.com/hook?shop=7", nil},
		"Token":    {`,"token":"a b&c=é"`, "https://example.com/hook?shop=7&token=a+b%26c%3D%C3%A9", nil},
		"JSON":     {`,"token":"{\"token\":\"x\"}"`, "https://example.com/hook?shop=7&token=%7B%22token%22%3A%22x%22%7D", nil},
		"Auth":     {`,"auth":{"username":"Aladdin","password":"open sesame"}`, "https://example.com/hook?shop=7", []sdk.Header{{Name: "Authorization", Value: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}}},
		"Username": {`,"token":"t","auth":{"username":"u"}`, "https://example.com/hook?shop=7&token=t", []sdk.Header{{Name: "Authorization", Value: "Basic dTo="}}},
		"Password": {`,"token":"t","auth":{"password":"p"}`, "https://example.com/hook?shop=7&token=t", []sdk.Header{{Name: "Authorization", Value: "Basic OnA="}}},
	} {
		id := write(t, h, "POST", collection, `{"name":"a","url":"https://example.com/hook?shop=7"`+test.members+`}`)
		sub, err := h.Engine.GetSubscription(t.Context(), id)
		require.NoError(t, err)
		d := delivery(`{"chat_id":"c"}`)
		d.Subscription = sub
		for attempt := range 3 {
			d.Attempt = attempt + 1
			req := render(t, d)
			require.Equal(t, test.url, req.URL, name)
			require.Equal(t, append([]sdk.Header{
				{Name: "Content-Type", Value: "application/json"}, {Name: "X-Request-Id", Value: d.ID},
			}, test.auth...), req.Headers, name)
		}
	}
}

func TestTokenInURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://example.com":               "https://example.com?token=t",
		"https://example.com/":              "https://example.com/?token=t",
		"https://example.com/?":             "https://example.com/?token=t",
		"https://example.com/a%2Fb?x=%20&y": "https://example.com/a%2Fb?x=%20&y&token=t",
		"https://example.com/#f?g":          "https://example.com/?token=t",
	} {
		d := delivery(`{"chat_id":"c"}`)
		d.Subscription.URL, d.Subscription.Secret = raw, "t"
		require.Equal(t, want, render(t, d).URL)
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	unknown := delivery(`{"chat_id":"c"}`)
	unknown.EventType = "nope"
	for name, test := range map[string]struct {
		d    *sdk.Delivery
		want string
	}{
		"NoChat":         {delivery(`{}`), `lacks "chat_id"`},
		"Array":          {delivery(`[]`), "must be a JSON object"},
		"WrongType":      {delivery(`{"chat_id":7}`), `"chat_id" in its data is of type number`},
		"Attributes":     {delivery(`{"chat_id":"c","attributes":[1]}`), `"attributes" in its data must be an object`},
		"UserAttributes": {delivery(`{"chat_id":"c","user_attributes":"x"}`), `"user_attributes" in its data must be an object`},
		"UnknownNative":  {unknown, `no event type "nope"`},
		"NotJSON":        {verbatim("x=1"), "must be JSON"},
	} {
		_, err := chatbot.New().Render(t.Context(), test.d)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid), name)
		require.ErrorContains(t, err, test.want, name)
	}
}

// FuzzRender: whatever is published, it is refused as invalid, or the body is a
// JSON object that names the chat and the webhook.
func FuzzRender(f *testing.F) {
	f.Add([]byte(`{"chat_id":"c","node":{"id":"b"},"attributes":{"a":[1,"<&>"]}}`))
	f.Add([]byte(`{"chat_id":"\ud800","attributes":null}`))
	f.Add([]byte("{\"chat_id\":\"\xff\"}"))
	a := chatbot.New()
	f.Fuzz(func(t *testing.T, data []byte) {
		req, err := a.Render(t.Context(), delivery(string(data)))
		if err != nil {
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid), "%v", err)
			return
		}
		var got struct {
			ChatID, MessageID          string
			Node                       struct{ WebhookID string }
			UserAttributes, Attributes map[string]any
		}
		require.NoError(t, json.Unmarshal(req.Body, &got))
		require.NotEmpty(t, got.ChatID)
		require.Equal(t, "602313f00000000000000000", got.Node.WebhookID)
		require.NotNil(t, got.UserAttributes)
		require.NotNil(t, got.Attributes)
	})
}
