package unified_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/gateway/unified/unifiedtest"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestAccounts(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated).id(t)
	require.Equal(t, id, w.get(t, "/v1/accounts/acme").id(t))
	require.Equal(t, "acme", w.get(t, "/v1/accounts/"+id).get(t, "name"))
	items, next := w.get(t, "/v1/accounts?limit=1").items(t)
	require.Len(t, items, 1)
	require.Equal(t, "default", items[0]["name"])
	require.NotNil(t, next)
	items, next = w.get(t, "/v1/accounts?limit=1&cursor="+*next).items(t)
	require.Equal(t, "acme", items[0]["name"])
	require.Nil(t, next)
}

func TestAnAccountSeesItsOwnOnly(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	acme := map[string]string{"Switchhook-Account": "acme"}
	key, ok := w.do(t, call{method: http.MethodPost, path: "/v1/keys", body: `{"name":"a"}`, headers: acme}).get(t, "token").(string)
	require.True(t, ok)
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t)
	event := w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t)
	for _, path := range []string{"/v1/subscriptions/" + sub, "/v1/events/" + event} {
		require.Equal(t, 404, w.do(t, call{method: http.MethodGet, path: path, key: key}).status, path)
		require.Equal(t, 404, w.do(t, call{method: http.MethodGet, path: path, headers: acme}).status, path)
		require.Equal(t, 200, w.do(t, call{method: http.MethodGet, path: path}).status, path)
	}
	require.Equal(t, 404, w.do(t, call{method: http.MethodDelete, path: "/v1/subscriptions/" + sub, key: key}).status)
	items, _ := w.do(t, call{method: http.MethodGet, path: "/v1/subscriptions", key: key}).items(t)
	require.Empty(t, items)
	require.Equal(t, 202, w.do(t, call{method: http.MethodPost, path: "/v1/events", body: `{"type":"a","data":1}`, key: key}).status)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	w := start(t)
	created := w.post(t, "/v1/keys", `{"name":"shop","scopes":["events:write","hooks:read","events:write"],"expires_at":"2099-01-01T00:00:00Z"}`, http.StatusCreated)
	require.Equal(t, "no-store", created.header.Get("Cache-Control"))
	require.Equal(t, []any{"events:write", "hooks:read"}, created.get(t, "scopes"))
	token, ok := created.get(t, "token").(string)
	require.True(t, ok)
	require.Equal(t, 202, w.do(t, call{method: http.MethodPost, path: "/v1/events", body: `{"type":"a","data":1}`, key: token}).status)

	list := w.get(t, "/v1/keys")
	items, _ := list.items(t)
	require.Len(t, items, 2)
	require.NotContains(t, string(list.body), token)
	require.NotContains(t, string(list.body), unifiedtest.OperatorKey)

	revoke := call{method: http.MethodDelete, path: "/v1/keys/" + created.id(t)}
	require.Equal(t, 204, w.do(t, revoke).status)
	require.Equal(t, 204, w.do(t, revoke).status, "again changes nothing")
	require.Equal(t, 401, w.do(t, call{method: http.MethodGet, path: "/v1/events", key: token}).status)
	items, _ = w.get(t, "/v1/keys").items(t)
	require.Contains(t, items[1], "revoked_at")
	require.NotContains(t, items[0], "revoked_at", "the operator's own key still works")
}

func TestKeysAreTakenOverAndInheritScopes(t *testing.T) {
	t.Parallel()
	w := start(t)
	token := "test_gshuPaZoeEG6ovbc8M79w0QyM"
	w.post(t, "/v1/keys", `{"name":"legacy","token":"`+token+`","scopes":["keys:write","events:read"]}`, http.StatusCreated)
	a := w.do(t, call{method: http.MethodPost, path: "/v1/keys", body: `{"name":"child"}`, key: token})
	require.Equal(t, 201, a.status, "%s", a.body)
	require.Equal(t, []any{"events:read", "keys:write"}, a.get(t, "scopes"))
	require.Equal(t, a.id(t), a.get(t, "client_id"), "its own id, unless it has another")
	client := `{"name":"contact center","client_id":"client-of-old","token":"secret-of-the-client"}`
	require.Equal(t, "client-of-old", w.post(t, "/v1/keys", client, http.StatusCreated).get(t, "client_id"))
	a = w.post(t, "/v1/keys", `{"name":"other","client_id":"client-of-old"}`, http.StatusConflict)
	require.Contains(t, string(a.body), "client id")
	a = w.post(t, "/v1/keys", `{"name":"second","operator":true}`, http.StatusCreated)
	require.Equal(t, true, a.get(t, "operator"))
}

func TestOnlyOperatorsRevokeOperatorKeys(t *testing.T) {
	t.Parallel()
	w := start(t)
	key := w.newKey(t, "keys:read", "keys:write")
	items, _ := w.get(t, "/v1/keys").items(t)
	operator, ok := items[0]["id"].(string)
	require.True(t, ok)
	require.Equal(t, true, items[0]["operator"])
	a := w.do(t, call{method: http.MethodDelete, path: "/v1/keys/" + operator, key: key})
	require.Equal(t, 403, a.status, "%s", a.body)
	require.Equal(t, 200, w.do(t, call{method: http.MethodGet, path: "/v1/accounts"}).status)
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	w := start(t)
	created := w.post(t, "/v1/subscriptions", `{"url":"https://example.com/a","events":["order.*"],"namespace":"n/1",
		"headers":[{"name":"X-Token","value":"hidden-value"}],"settings":{"a":"b"}}`, http.StatusCreated)
	require.Equal(t, "standard", created.get(t, "provider"))
	require.Equal(t, `"1"`, created.header.Get("ETag"))
	require.Equal(t, "no-store", created.header.Get("Cache-Control"))
	secret, ok := created.get(t, "secret").(string)
	require.True(t, ok)
	require.True(t, strings.HasPrefix(secret, "whsec_"))
	require.NotContains(t, string(created.body), "hidden-value")

	path := "/v1/subscriptions/" + created.id(t)
	for _, p := range []string{path, "/v1/subscriptions", "/v1/subscriptions?provider=standard&namespace=n/1"} {
		a := w.get(t, p)
		require.Contains(t, string(a.body), `"https://example.com/a"`)
		require.NotContains(t, string(a.body), secret)
		require.NotContains(t, string(a.body), "hidden-value")
	}
	for _, p := range []string{"?provider=vendor", "?namespace="} {
		items, _ := w.get(t, "/v1/subscriptions"+p).items(t)
		require.Empty(t, items, p)
	}

	patch := func(body, ifMatch string) answer {
		return w.do(t, call{method: http.MethodPatch, path: path, body: body, headers: map[string]string{"If-Match": ifMatch}})
	}
	a := patch(`{"enabled":false}`, "")
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Equal(t, `"2"`, a.header.Get("ETag"))
	require.Equal(t, false, a.get(t, "enabled"))
	require.Equal(t, []any{"order.*"}, a.get(t, "events"), "what is not named stays")
	require.Equal(t, 412, patch(`{"enabled":true}`, `"1"`).status)
	require.Equal(t, 200, patch(`{"enabled":true}`, `"1", "2"`).status)
	require.Equal(t, 200, patch(`{"events":[]}`, "*").status)

	rotated := w.post(t, path+"/secret", "", http.StatusOK)
	require.NotEqual(t, secret, rotated.get(t, "secret"))
	require.Equal(t, "no-store", rotated.header.Get("Cache-Control"))

	require.Equal(t, 204, w.do(t, call{method: http.MethodDelete, path: path}).status)
	require.Equal(t, 404, w.do(t, call{method: http.MethodGet, path: path}).status)
	require.NotContains(t, w.Log.String(), secret)
}

func TestSubscriptionLimit(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, name := range []string{"a", "b"} {
		a := w.post(t, "/v1/subscriptions", `{"url":"https://example.com","provider":"vendor","name":"`+name+`","secret":"hush"}`, http.StatusCreated)
		require.Equal(t, "hush", a.get(t, "secret"))
	}
	a := w.post(t, "/v1/subscriptions", `{"url":"https://example.com","provider":"vendor","name":"c"}`, http.StatusConflict)
	require.Equal(t, "limit", a.get(t, "code"))
	items, next := w.get(t, "/v1/subscriptions?limit=1").items(t)
	require.Equal(t, "1", items[0]["external_id"])
	items, next = w.get(t, "/v1/subscriptions?limit=1&cursor="+*next).items(t)
	require.Equal(t, "2", items[0]["external_id"])
	require.Nil(t, next)
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := uuid.MustParse(w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t))
	var events []uuid.UUID
	for _, status := range []sdk.DeliveryStatus{sdk.DeliveryDelivered, sdk.DeliveryDead} {
		event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
		w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{outcome(w, event, sub, status)}})
		events = append(events, event)
	}
	items, next := w.get(t, "/v1/deliveries?limit=1").items(t)
	require.Equal(t, events[1].String(), items[0]["event_id"], "newest first")
	items, next = w.get(t, "/v1/deliveries?limit=1&cursor="+*next).items(t)
	require.Equal(t, events[0].String(), items[0]["event_id"])
	require.Nil(t, next)
	for query, want := range map[string]int{
		"event_id=" + events[0].String(): 1, "subscription_id=" + sub.String(): 2, "subscription_id=" + unknownID: 0,
		"status=dead": 1, "status=dead,delivered": 2, "status=retrying": 0, "event_type=order.created": 2, "event_type=a,b": 0,
	} {
		items, _ := w.get(t, "/v1/deliveries?"+query).items(t)
		require.Len(t, items, want, query)
	}

	dead, _ := w.get(t, "/v1/deliveries?status=dead").items(t)
	path := "/v1/deliveries/" + dead[0]["id"].(string)
	one := w.get(t, path)
	require.JSONEq(t, `[{"number":1,"started_at":"2026-11-21T09:00:00Z","duration_ms":12.5,"response_status":500,
		"response_headers":[{"name":"Retry-After","value":"1"}],"response_body":"sorry \ufffd","error":"status 500",
		"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}]`, string(mustJSON(t, one.get(t, "attempts"))))
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", one.get(t, "trace_id"))

	again := w.post(t, path+"/retry", "", http.StatusAccepted)
	require.NotEmpty(t, again.get(t, "next_attempt_at"))
	require.EqualValues(t, 1, w.Wakes.Load())
}

func outcome(w *world, event, sub uuid.UUID, status sdk.DeliveryStatus) *delivery.Outcome {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	return &delivery.Outcome{
		Settles: true,
		Delivery: delivery.Delivery{
			AccountID: w.Default.ID, ID: delivery.NewID(event, sub), EventKey: event, SubscriptionID: sub, Provider: "standard",
			EventType: "order.created", Status: status, AttemptCount: 1, FirstAttemptAt: at, CreatedAt: at, UpdatedAt: at,
		},
		Attempt: &delivery.Attempt{
			Attempt: sdk.Attempt{
				Number: 1, StartedAt: at, Duration: 12500 * time.Microsecond, ResponseStatus: 500, Error: "status 500",
				ResponseHeaders: []sdk.Header{{Name: "Retry-After", Value: "1"}}, ResponseBody: []byte("sorry \xff"),
			},
			TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
		},
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	w := start(t)
	items, _ := w.get(t, "/v1/providers").items(t)
	require.Len(t, items, 3)
	require.Equal(t, map[string]any{"name": "broken", "state": "down", "last_error": "exit status 1"}, items[0])
	key := w.newKey(t, "events:read")
	seen := w.do(t, call{method: http.MethodGet, path: "/v1/providers/broken", key: key})
	require.JSONEq(t, `{"name":"broken","state":"down"}`, string(seen.body), "errors are for operators")
	require.JSONEq(t, `{"name":"vendor","title":"Vendor","version":"2.1.0","state":"up","open_catalogue":false,
		"event_types":[{"name":"order_created","canonical":["order.created"],"description":"An order was made."},{"name":"order_paid","canonical":[]}],
		"limits":[{"scope":"account","max":2}],
		"delivery":{"success":[{"from":200,"to":205}],"timeout_seconds":10,"schedule_seconds":[10],"jitter":0,
			"budget_seconds":86400,"disable_after_seconds":21600}}`, string(w.get(t, "/v1/providers/vendor").body))
	doc := w.get(t, "/v1/providers/vendor/openapi")
	require.Equal(t, unifiedtest.VendorDocument, string(doc.body))
	require.Equal(t, "application/yaml", doc.header.Get("Content-Type"))
	require.Equal(t, "application/json", w.get(t, "/v1/providers/standard/openapi").header.Get("Content-Type"))
}

func TestDocumentNeedsNoKey(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.do(t, call{method: http.MethodGet, path: "/v1/openapi.json", anonymous: true})
	require.Equal(t, 200, a.status)
	require.Equal(t, "3.0.3", a.get(t, "openapi"))
}

// TestEveryOperationNamesItsScope holds the document to its own promise.
func TestEveryOperationNamesItsScope(t *testing.T) {
	t.Parallel()
	w := start(t)
	free := map[string]bool{"ListProviders": true, "GetProvider": true, "GetProviderOpenAPI": true, "GetOpenAPI": true}
	for path, item := range w.document.Paths.Map() {
		for method, op := range item.Operations() {
			scope, _ := op.Extensions["x-required-scope"].(string)
			require.Equal(t, free[op.OperationID], scope == "", "%s %s", method, path)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}
