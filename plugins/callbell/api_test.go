package callbell_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

var jsonType = map[string]string{"Content-Type": "application/json"}

func subscribe(body string) sdktest.Request {
	return sdktest.Request{Method: http.MethodPost, Path: "/webhooks/subscribe", Headers: jsonType, Body: body}
}

func documentedRequest(t *testing.T) sdktest.Request {
	t.Helper()
	set, err := documented.Load("testdata/documented")
	require.NoError(t, err)
	return subscribe(set.Find("subscribe").Requests[0].Request.Body)
}

func TestSubscribeCreates(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	h.Engine.SetTime(time.Date(2022, 10, 18, 15, 1, 20, 0, time.UTC))
	resp := h.Do(t, documentedRequest(t))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"webhook":{"url":"https://my-app.com/my-webhook-endpoint",
		"subscriptions":["message_created","contact_created"],"createdAt":"2022-10-18 15:01:20 +0000","enabled":true}}`,
		sdktest.Body(t, resp))

	sub, err := h.Engine.GetSubscription(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, sub.Secret.Reveal(), "signing is off until a secret is generated")
	require.True(t, sub.Enabled)
}

func TestSubscribeAgainReplacesAndEnables(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	h.Do(t, documentedRequest(t))
	secret := sdk.Secret("whsec_test")
	before, err := h.Engine.UpdateSubscription(t.Context(), "", sdk.SubscriptionPatch{Secret: &secret})
	require.NoError(t, err)
	require.NoError(t, h.Engine.Disable("", "six hours of failures"))

	resp := h.Do(t, subscribe(`{"url":"http://other.example.com/?a=1&b=2","subscriptions":"contact_deleted, message_created,contact_deleted"}`))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, sdktest.Body(t, resp), `"enabled":true`)

	after, err := h.Engine.GetSubscription(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, before.ID, after.ID)
	require.Equal(t, "http://other.example.com/?a=1&b=2", after.URL)
	require.Equal(t, []string{"contact_deleted", "message_created"}, after.EventTypes)
	require.Equal(t, secret.Reveal(), after.Secret.Reveal(), "the secret outlives a new subscribe")
}

func TestSubscribeConcurrently(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { h.Handle(documentedRequest(t)) })
	}
	wg.Wait()
	list, err := h.Engine.ListSubscriptions(t.Context(), 0, "")
	require.NoError(t, err)
	require.Len(t, list.Subscriptions, 1)
}

func TestSubscribeRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"UnknownEvent":  {`{"url":"https://a.example.com","subscriptions":["message_created","nope"]}`, `subscriptions[1]: unknown event "nope"`},
		"Wildcard":      {`{"url":"https://a.example.com","subscriptions":"*"}`, `subscriptions: unknown event "*"`},
		"NoEvents":      {`{"url":"https://a.example.com","subscriptions":" , "}`, `subscriptions: must name at least one event`},
		"NoScheme":      {`{"url":"www.example.com","subscriptions":["message_created"]}`, `url: must be an absolute URL`},
		"Localhost":     {`{"url":"http://localhost/x","subscriptions":["message_created"]}`, `url: must name a public host`},
		"UnknownScheme": {`{"url":"ftp://a.example.com","subscriptions":["message_created"]}`, `url: must be an absolute URL`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := sdktest.Serve(t, callbell.New())
			resp := h.Do(t, subscribe(test.body))
			require.Equal(t, http.StatusBadRequest, resp.StatusCode)
			var got struct{ Error string }
			require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &got))
			require.True(t, strings.HasPrefix(got.Error, test.want), got.Error)
		})
	}
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	for name, body := range map[string]string{
		"NoURL":            `{"subscriptions":["message_created"]}`,
		"NoSubscriptions":  `{"url":"https://a.example.com"}`,
		"EmptyArray":       `{"url":"https://a.example.com","subscriptions":[]}`,
		"NumbersForEvents": `{"url":"https://a.example.com","subscriptions":[1]}`,
		"LongURL":          `{"url":"https://` + strings.Repeat("a", 2048) + `","subscriptions":["message_created"]}`,
	} {
		require.Error(t, h.Check(subscribe(body)), name)
	}
	require.NoError(t, h.Check(subscribe(`{"url":"https://a.example.com","subscriptions":["x"],"more":1}`)), "unknown properties are allowed")
}

func TestMalformedBodyReachesTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	for body, want := range map[string]string{
		`{"url":`: "The body is not the JSON object that this call takes",
		`{"url":1,"subscriptions":["message_created"]}`:     "url: must not be a number",
		`{"url":"https://a.example.com","subscriptions":7}`: "subscriptions: must be an array of event names or one comma separated string",
	} {
		resp := h.Handle(subscribe(body))
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.JSONEq(t, `{"error":"`+want+`"}`, sdktest.Body(t, resp))
	}
}

func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	req := sdktest.Request{Method: http.MethodDelete, Path: "/webhooks/unsubscribe", Headers: jsonType}
	resp := h.Do(t, req)
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.JSONEq(t, `{"error":"The account has no webhook"}`, sdktest.Body(t, resp))

	h.Do(t, documentedRequest(t))
	resp = h.Do(t, req)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"status":"webhook was destroyed"}`, sdktest.Body(t, resp))
}
