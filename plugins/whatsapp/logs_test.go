package whatsapp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/whatsapp"
)

func TestLogs(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	attempt := func(n, status int, failure, body string) sdk.Attempt {
		return sdk.Attempt{
			Number: n, StartedAt: at.Add(time.Duration(n) * time.Second), Duration: time.Second,
			ResponseStatus: status, Error: failure, ResponseBody: []byte(body),
		}
	}
	failure := attempt(1, 500, "HTTP 500 Internal Server Error", "oops\n")
	for i, d := range []sdk.DeliveryRecord{
		{Status: sdk.DeliveryPending},
		{Status: sdk.DeliveryRetrying, Attempts: []sdk.Attempt{failure}},
		{Status: sdk.DeliveryDelivered, Attempts: []sdk.Attempt{failure, attempt(2, 204, "", "")}},
		{Status: sdk.DeliveryDead, Attempts: []sdk.Attempt{failure, attempt(2, 0, "timeout of 10000ms exceeded", "")}},
		{Status: sdk.DeliveryCancelled, Attempts: []sdk.Attempt{attempt(1, 404, "HTTP 404 Not Found", "")}},
	} {
		d.ID, d.SubscriptionID, d.EventType, d.CreatedAt = fmt.Sprintf("d-%d", i), "1", "message.read", at
		h.Engine.AddDelivery(d)
	}
	h.Engine.AddDelivery(sdk.DeliveryRecord{ID: "other", SubscriptionID: "2", EventType: "message.read", CreatedAt: at})

	entry := func(id, status string, attempts int, failure, updated string) string {
		return fmt.Sprintf(`{"id":%q,"webhook_id":1,"event_type":"message.read","status":%q,"attempt_count":%d,"last_error":%q,`+
			`"created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T00:00:%sZ"}`, id, status, attempts, failure, updated)
	}
	resp := h.Do(t, get("/webhooks/1/logs"))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.JSONEq(t, `{"status":true,"code":200,"message":"Webhook logs retrieved successfully","data":{"logs":[`+strings.Join([]string{
		entry("d-4", "failed", 1, "HTTP 404", "02"),
		entry("d-3", "failed", 2, "timeout of 10000ms exceeded", "03"),
		entry("d-2", "success", 2, "", "03"),
		entry("d-1", "retrying", 1, "HTTP 500: oops", "02"),
		entry("d-0", "pending", 0, "", "00"),
	}, ",")+`]}}`, sdktest.Body(t, resp))
}

func TestLogsAreBounded(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	require.Contains(t, sdktest.Body(t, h.Do(t, get("/webhooks/1/logs"))), `"logs":[]`)
	for i := range 120 {
		h.Engine.AddDelivery(sdk.DeliveryRecord{ID: fmt.Sprintf("d-%d", i), SubscriptionID: "1", Status: sdk.DeliveryPending})
	}
	body := sdktest.Body(t, h.Do(t, get("/webhooks/1/logs")))
	require.Equal(t, 100, strings.Count(body, `"id":`))
	require.Contains(t, body, `"d-119"`)
}

func TestStats(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	stats := func() string { return sdktest.Body(t, h.Do(t, get("/admin/webhooks/stats"))) }
	const answer = `{"status":true,"code":200,"message":"Webhook statistics retrieved successfully","data":{"total_webhooks":%d,` +
		`"active_webhooks":%d,"total_deliveries_24h":%d,"successful_deliveries_24h":%d,"failed_deliveries_24h":%d,"success_rate":%v}}`
	require.JSONEq(t, fmt.Sprintf(answer, 0, 0, 0, 0, 0, 0), stats())

	h.Do(t, documentedCreate(t))
	h.Do(t, documentedCreate(t))
	h.Do(t, patch("/webhooks/1", `{"active":false}`))
	add := func(n int, status sdk.DeliveryStatus, age time.Duration) {
		for range n {
			h.Engine.AddDelivery(sdk.DeliveryRecord{Status: status, CreatedAt: time.Now().Add(-age)})
		}
	}
	add(538, sdk.DeliveryDelivered, 23*time.Hour)
	add(3, sdk.DeliveryDead, time.Hour)
	add(1, sdk.DeliveryCancelled, time.Hour)
	add(7, sdk.DeliveryRetrying, time.Minute)
	add(9, sdk.DeliveryDead, 25*time.Hour)
	require.JSONEq(t, fmt.Sprintf(answer, 2, 1, 549, 538, 4, 99.26), stats())
}
