package whatsapp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/whatsapp"
)

func get(path string) sdktest.Request { return sdktest.Request{Method: http.MethodGet, Path: path} }

func create(body string) sdktest.Request {
	return sdktest.Request{Method: http.MethodPost, Path: "/webhooks", Body: body}
}

func patch(path, body string) sdktest.Request {
	return sdktest.Request{Method: http.MethodPatch, Path: path, Body: body}
}

func documentedCreate(t *testing.T) sdktest.Request {
	t.Helper()
	set, err := documented.Load("testdata/documented")
	require.NoError(t, err)
	return create(set.Find("create").Requests[0].Request.Body)
}

func TestCreateAsDocumented(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Engine.SetTime(time.Date(2025, 12, 17, 10, 30, 0, 123, time.UTC))
	resp := h.Do(t, documentedCreate(t))
	require.Equal(t, http.StatusCreated, resp.StatusCode)
	require.Equal(t, `{"status":true,"code":201,"message":"Webhook created successfully","data":{"id":1,`+
		`"url":"https://your-server.com/webhook","events":["message.received","connection.connected"],"active":true,`+
		`"created_at":"2025-12-17T10:30:00Z"}}`, strings.TrimSpace(sdktest.Body(t, resp)))

	sub, err := h.Engine.GetSubscription(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, "string", sub.Secret.Reveal(), "the secret is the caller's")
}

func TestCreateForAllEvents(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	for i, body := range []string{
		`{"url":"https://a.example.com/?x=<1>&y=2"}`, `{"url":"https://a.example.com","events":[]}`, `{"url":"https://a.example.com","secret":""}`,
	} {
		resp := h.Do(t, create(body))
		require.Equal(t, http.StatusCreated, resp.StatusCode)
		require.Contains(t, sdktest.Body(t, resp), `"events":[]`)
		sub, err := h.Engine.GetSubscription(t.Context(), fmt.Sprint(i+1))
		require.NoError(t, err)
		require.Empty(t, sub.EventTypes)
		require.Empty(t, sub.Secret.Reveal(), "no secret is made up")
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	for name, test := range map[string]struct{ body, want string }{
		"NotHTTPS":     {`{"url":"http://your-server.com/webhook"}`, "URL must be HTTPS"},
		"Relative":     {`{"url":"/webhook"}`, "URL must be HTTPS"},
		"Localhost":    {`{"url":"https://localhost/webhook"}`, "url: must name a public host"},
		"Private":      {`{"url":"https://192.168.1.1/webhook"}`, "url: must name a public host"},
		"Wildcard":     {`{"url":"https://a.example.com","events":["message.*"]}`, `events[0]: "message.*" is a wildcard`},
		"All":          {`{"url":"https://a.example.com","events":["*"]}`, `events[0]: "*" is a wildcard`},
		"UnknownEvent": {`{"url":"https://a.example.com","events":["message.read","message.sent"]}`, `events[1]: unknown event "message.sent"; docs/WEBHOOK_EVENTS.md lists them, such as message.received`},
	} {
		resp := h.Do(t, create(test.body))
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, name)
		var got struct {
			Code           int
			Message, Error string
		}
		require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &got))
		require.Equal(t, 400, got.Code)
		require.Equal(t, "Bad request", got.Message)
		require.True(t, strings.HasPrefix(got.Error, test.want), got.Error)
	}
	require.JSONEq(t, `{"code":400,"error":"URL must be HTTPS","status":false,"message":"Bad request"}`,
		sdktest.Body(t, h.Do(t, create(`{"url":"http://your-server.com/webhook"}`))), "as documented")
}

func TestSixthWebhookIsRefused(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	for range 5 {
		require.Equal(t, http.StatusCreated, h.Do(t, documentedCreate(t)).StatusCode)
	}
	resp := h.Do(t, documentedCreate(t))
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.JSONEq(t, `{"status":false,"code":400,"message":"Bad request","error":"Maximum of 5 webhooks reached; delete one first"}`,
		sdktest.Body(t, resp))
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	for name, body := range map[string]string{
		"NoURL":         `{"events":["message.read"]}`,
		"EmptyURL":      `{"url":""}`,
		"LongURL":       `{"url":"https://` + strings.Repeat("a", 2048) + `"}`,
		"LongSecret":    `{"url":"https://a.example.com","secret":"` + strings.Repeat("a", 1025) + `"}`,
		"EventsAsText":  `{"url":"https://a.example.com","events":"message.read"}`,
		"EmptyName":     `{"url":"https://a.example.com","events":[""]}`,
		"TooManyEvents": `{"url":"https://a.example.com","events":["a"` + strings.Repeat(`,"a"`, 100) + `]}`,
	} {
		require.Error(t, h.Check(create(body)), name)
	}
	require.Error(t, h.Check(patch("/webhooks/1", `{"active":"yes"}`)))
	require.NoError(t, h.Check(create(`{"url":"https://a.example.com","more":1}`)), "unknown properties are allowed")
}

func TestMalformedBodyReachesTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	for body, want := range map[string]string{
		`{"url":`:   "The body is not the JSON object that this call takes",
		`{"url":1}`: "url: must not be a number",
	} {
		resp := h.Handle(create(body))
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.JSONEq(t, `{"status":false,"code":400,"message":"Bad request","error":"`+want+`"}`, sdktest.Body(t, resp))
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	require.JSONEq(t, `{"status":true,"code":200,"message":"Webhooks retrieved successfully","data":[]}`,
		sdktest.Body(t, h.Do(t, get("/webhooks"))))
	h.Engine.SetTime(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	h.Do(t, documentedCreate(t))
	const webhook = `{"id":1,"url":"https://your-server.com/webhook","events":["message.received","connection.connected"],` +
		`"active":true,"created_at":"2025-01-01T00:00:00Z"}`
	require.JSONEq(t, `{"status":true,"code":200,"message":"Webhook retrieved successfully","data":`+webhook+`}`,
		sdktest.Body(t, h.Do(t, get("/webhooks/1"))))
	require.JSONEq(t, `{"status":true,"code":200,"message":"Webhooks retrieved successfully","data":[`+webhook+`]}`,
		sdktest.Body(t, h.Do(t, get("/webhooks"))))
}

func TestUpdateMerges(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	want := sdk.SubscriptionSpec{
		URL: "https://your-server.com/webhook", EventTypes: []string{"message.received", "connection.connected"},
		Secret: "string", Enabled: true,
	}
	for _, step := range []struct {
		body   string
		change func()
	}{
		{`{}`, func() {}},
		{`{"active":false}`, func() { want.Enabled = false }},
		{`{"url":"https://b.example.com/?a=1&b=2"}`, func() { want.URL = "https://b.example.com/?a=1&b=2" }},
		{`{"events":["poll.vote","test.ping","poll.vote"]}`, func() { want.EventTypes = []string{"poll.vote", "test.ping"} }},
		{`{"events":[],"active":true}`, func() { want.EventTypes, want.Enabled = []string{}, true }},
	} {
		step.change()
		resp := h.Do(t, patch("/webhooks/1", step.body))
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Contains(t, sdktest.Body(t, resp), `"message":"Webhook updated successfully"`)
		sub, err := h.Engine.GetSubscription(t.Context(), "1")
		require.NoError(t, err)
		require.Equal(t, want, sub.SubscriptionSpec, step.body)
	}
	for _, body := range []string{`{"url":"http://a.example.com"}`, `{"events":["message.*"]}`, `{"url":"https://10.0.0.1/"}`} {
		require.Equal(t, http.StatusBadRequest, h.Do(t, patch("/webhooks/1", body)).StatusCode, body)
	}
}

func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	for _, id := range []string{"2", "01", "+1", "-1", "0", "x", "1%00", "99999999999999999999"} {
		for _, req := range []sdktest.Request{
			get("/webhooks/" + id), patch("/webhooks/"+id, `{"active":true}`), get("/webhooks/" + id + "/logs"),
			{Method: http.MethodDelete, Path: "/webhooks/" + id},
			{Method: http.MethodPost, Path: "/webhooks/" + id + "/test"},
		} {
			resp := h.Do(t, req)
			require.Equal(t, http.StatusNotFound, resp.StatusCode, "%s %s", req.Method, req.Path)
			require.JSONEq(t, `{"status":false,"code":404,"message":"Not found","error":"Webhook not found"}`, sdktest.Body(t, resp))
		}
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	resp := h.Do(t, sdktest.Request{Method: http.MethodDelete, Path: "/webhooks/1"})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"status":true,"code":200,"message":"Webhook deleted successfully"}`, sdktest.Body(t, resp))
	require.Equal(t, http.StatusNotFound, h.Do(t, get("/webhooks/1")).StatusCode)
}

func TestTestCallSendsToTheOneWebhook(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	h.Do(t, documentedCreate(t))
	call := sdktest.Request{Method: http.MethodPost, Path: "/webhooks/2/test"}
	resp := h.Do(t, call)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"status":true,"code":200,"message":"Test event sent"}`, sdktest.Body(t, resp))
	published := h.Engine.Published()
	require.Equal(t, []sdktest.Published{
		{SubscriptionID: "2", EventType: "test.ping", Data: []byte(`{"message":"test webhook delivery"}`)},
	}, published)

	h.Do(t, patch("/webhooks/2", `{"active":false}`))
	resp = h.Do(t, call)
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Contains(t, sdktest.Body(t, resp), "Webhook is not active")
	require.Len(t, h.Engine.Published(), 1)
}

func TestManifestKeepsTheDocumentedPolicy(t *testing.T) {
	t.Parallel()
	m := whatsapp.New().Manifest()
	require.Equal(t, sdk.DeliveryPolicy{
		Timeout: 10 * time.Second, Schedule: []time.Duration{4 * time.Second, 6 * time.Second}, MaxAttempts: 3,
	}, m.Delivery)
	require.True(t, m.Delivery.IsSuccess(299))
	require.False(t, m.Delivery.IsSuccess(302))
	require.False(t, m.OpenCatalogue)
}
