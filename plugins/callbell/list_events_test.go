package callbell_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func get(path string) sdktest.Request {
	return sdktest.Request{Method: http.MethodGet, Path: path, Headers: jsonType}
}

func record(native string, status sdk.DeliveryStatus, attempts ...sdk.Attempt) sdk.DeliveryRecord {
	return sdk.DeliveryRecord{
		EventType: native, Status: status, Attempts: attempts, Verbatim: true,
		Event:     sdk.Event{Data: []byte(`{"text":"<Hello>"}`)},
		CreatedAt: time.Date(2022, 11, 8, 15, 41, 49, 123, time.UTC),
	}
}

func TestListWebhookEvents(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	h.Engine.AddDelivery(record("contact_created", sdk.DeliveryPending))
	h.Engine.AddDelivery(record("contact_created", sdk.DeliveryRetrying,
		sdk.Attempt{Number: 1, Error: "connection refused"}))
	h.Engine.AddDelivery(record("contact_updated", sdk.DeliveryDead,
		sdk.Attempt{Number: 1, ResponseStatus: 200, Error: "body too slow"},
		sdk.Attempt{Number: 2, ResponseStatus: 502, ResponseBody: []byte("Bad <Gateway>"), Error: "HTTP 502"}))
	h.Engine.AddDelivery(record("message_created", sdk.DeliveryDelivered,
		sdk.Attempt{Number: 1, ResponseStatus: 204, ResponseHeaders: []sdk.Header{{Name: "Server", Value: "x"}}}))
	h.Engine.AddDelivery(record("message_created", sdk.DeliveryDelivered,
		sdk.Attempt{Number: 1, ResponseStatus: 200, ResponseBody: []byte(`{"status":"ok"}`)}))

	resp := h.Do(t, get("/webhooks/events"))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	entry := func(event, body string, code int, headers, extra string, success bool) string {
		return fmt.Sprintf(`{"event":%q,"payload":{"text":"<Hello>"},"response":{"body":%s,"code":%d,"headers":%s%s},"success":%t,"createdAt":"2022-11-08T15:41:49Z"}`,
			event, body, code, headers, extra, success)
	}
	require.JSONEq(t, `{"webhook_events":[`+
		entry("message_created", `{"status":"ok"}`, 200, "{}", "", true)+","+
		entry("message_created", `{}`, 204, `{"Server":"x"}`, "", true)+","+
		entry("contact_updated", `"Bad <Gateway>"`, 502, "{}", "", false)+","+
		entry("contact_created", `{}`, 0, "{}", `,"error":"connection refused"`, false)+
		`],"meta":{"page":1,"pages":1}}`, sdktest.Body(t, resp))
}

func TestListWebhookEventsRendersCanonicalEvents(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	deleted := record("contact_deleted", sdk.DeliveryDelivered, sdk.Attempt{ResponseStatus: 200})
	deleted.Verbatim, deleted.Event.Type = false, "contact.deleted"
	deleted.Event.Data = []byte(`{"id":"c-1","deleted_at":"2022-10-17T15:15:06.095Z"}`)
	h.Engine.AddDelivery(deleted)
	deleted.Event.Data, deleted.Status = []byte(`[]`), sdk.DeliveryDead
	deleted.Attempts = nil
	h.Engine.AddDelivery(deleted)

	body := sdktest.Body(t, h.Do(t, get("/webhooks/events")))
	require.Contains(t, body, `"payload":{"uuid":"c-1","deleted":"2022-10-17T15:15:06.095Z"}`)
	require.Contains(t, body, `"payload":null`, "what could not be rendered was not sent")
}

func TestListWebhookEventsSelects(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	for i := range 5 {
		status := sdk.DeliveryDelivered
		if i%2 == 1 {
			status = sdk.DeliveryDead
		}
		h.Engine.AddDelivery(record("message_created", status, sdk.Attempt{ResponseStatus: 200}))
	}
	h.Engine.AddDelivery(record("contact_deleted", sdk.DeliveryRetrying, sdk.Attempt{ResponseStatus: 500, Error: "HTTP 500"}))
	for query, want := range map[string]string{
		"?items=4":                `"meta":{"page":1,"pages":2}`,
		"?items=4&page=2":         `"meta":{"page":2,"pages":2}`,
		"?status=success&items=1": `"meta":{"page":1,"pages":3}`,
		"?status=failed&items=1":  `"meta":{"page":1,"pages":3}`,
		"?items=1&subscriptions=contact_deleted,contact_created": `"meta":{"page":1,"pages":1}`,
		"?page=9": `"webhook_events":[]`,
	} {
		resp := h.Do(t, get("/webhooks/events"+query))
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Contains(t, sdktest.Body(t, resp), want, query)
	}
	resp := h.Do(t, get("/webhooks/events?subscriptions=nope"))
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Contains(t, sdktest.Body(t, resp), `subscriptions: unknown event`)
	for _, query := range []string{"?status=other", "?page=0", "?items=101", "?items=x"} {
		require.Error(t, h.Check(get("/webhooks/events"+query)), query)
	}
	for query, want := range map[string]string{
		"?page=0":    "page: must be a number from 1 to 999999",
		"?items=101": "items: must be a number from 1 to 100",
	} {
		resp := h.Handle(get("/webhooks/events" + query))
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.JSONEq(t, `{"error":"`+want+`"}`, sdktest.Body(t, resp))
	}
}
