package unified_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestSearchDeliveries(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := uuid.MustParse(w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t))
	before := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	for i, status := range []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead, sdk.DeliveryRetrying} {
		event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
		o := outcome(w, event, sub, status)
		if i == 0 {
			o.Attempt.ResponseStatus, o.Attempt.Error = http.StatusOK, ""
		}
		w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{o}})
	}
	after := time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	for query, want := range map[string]int{
		"": 3, "provider=standard": 3, "provider=vendor": 0, "status=dead,retrying": 2,
		"response_status=200": 1, "response_status=500": 2, "response_status=200,500": 3, "response_status=0": 0,
		"created_after=" + before: 3, "created_after=" + after: 0, "created_before=" + before: 0, "created_before=" + after: 3,
		"created_after=" + before + "&created_before=" + after + "&status=dead&response_status=500&provider=standard&event_type=order.created": 1,
	} {
		items, next := w.get(t, "/v1/deliveries?"+query).items(t)
		require.Len(t, items, want, query)
		require.Nil(t, next, query)
	}
	items, next := w.get(t, "/v1/deliveries?status=dead,retrying&limit=1").items(t)
	require.Equal(t, "retrying", items[0]["status"])
	items, next = w.get(t, "/v1/deliveries?status=dead,retrying&limit=1&cursor="+*next).items(t)
	require.Equal(t, "dead", items[0]["status"])
	require.Nil(t, next)
	for query, field := range map[string]string{
		"response_status=ok": "response_status", "response_status=1000": "response_status", "created_after=yesterday": "created_after",
		"created_before=1960-01-01T00:00:00Z":                  "created_before",
		"created_after=" + after + "&created_before=" + before: "created_before",
	} {
		a := w.do(t, call{method: http.MethodGet, path: "/v1/deliveries?" + query})
		require.Equal(t, http.StatusBadRequest, a.status, query)
		require.Contains(t, string(a.body), field, query)
	}
}

func TestCancelDelivery(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := uuid.MustParse(w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t))
	record := func(status sdk.DeliveryStatus) string {
		event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
		o := outcome(w, event, sub, status)
		if status == sdk.DeliveryRetrying {
			o.Delivery.DueAt = time.Now().Add(time.Hour)
		}
		o.Delivery.Held = status == sdk.DeliveryPending
		w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{o}})
		return "/v1/deliveries/" + o.Delivery.ID.String()
	}
	for _, status := range []sdk.DeliveryStatus{sdk.DeliveryPending, sdk.DeliveryRetrying} {
		path := record(status)
		a := w.post(t, path+"/cancel", "", http.StatusOK)
		require.Equal(t, "cancelled", a.get(t, "status"))
		require.NotContains(t, string(a.body), "next_attempt_at")
		require.Equal(t, "cancelled", w.get(t, path).get(t, "status"))
		again := w.post(t, path+"/cancel", "", http.StatusConflict)
		require.Equal(t, "conflict", again.get(t, "code"))
		require.Contains(t, string(again.body), "cancelled already")
		require.Equal(t, "retrying", w.post(t, path+"/retry", "", http.StatusAccepted).get(t, "status"))
	}
	for _, status := range []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead} {
		require.Contains(t, string(w.post(t, record(status)+"/cancel", "", http.StatusConflict).body), status.String())
	}
	require.Equal(t, http.StatusNotFound, w.do(t, call{method: http.MethodPost, path: "/v1/deliveries/" + unknownID + "/cancel"}).status)
	path := record(sdk.DeliveryRetrying) + "/cancel"
	reader := w.newKey(t, "deliveries:read")
	require.Equal(t, http.StatusForbidden, w.do(t, call{method: http.MethodPost, path: path, key: reader}).status)
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	other := w.do(t, call{method: http.MethodPost, path: path, headers: map[string]string{"Switchhook-Account": "acme"}})
	require.Equal(t, http.StatusNotFound, other.status)
}

func TestAttemptsShowHowTheyWentOut(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := uuid.MustParse(w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t))
	for _, status := range []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead} {
		event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
		o := outcome(w, event, sub, status)
		if status == sdk.DeliveryDelivered {
			o.Attempt.Error = "" // it is kept in its delivery's row
		}
		// 1 ms of DNS, 10 ms to the first byte; Content-Type as usual, Webhook-Signature.
		o.Attempt.Sent = delivery.Sent{0xe8, 7, 0, 0, 0x90, 0x4e, 1, 1, 4, 0}
		w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{o}})
		attempts, ok := w.get(t, "/v1/deliveries/"+o.Delivery.ID.String()).get(t, "attempts").([]any)
		require.True(t, ok)
		attempt, ok := attempts[0].(map[string]any)
		require.True(t, ok)
		require.JSONEq(t, `{"dns_ms":1,"connect_ms":0,"tls_ms":0,"first_byte_ms":10,"total_ms":12.5}`, string(mustJSON(t, attempt["timings"])), status)
		require.JSONEq(t, `[{"name":"Content-Type","value":"application/json"},{"name":"Webhook-Signature","value":"[REDACTED]"}]`,
			string(mustJSON(t, attempt["request_headers"])), status)
	}
}
