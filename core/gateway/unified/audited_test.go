package unified_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Changes of event types, replays and deliveries stand in the audit log with what
// was there before, once each; what is refused or a dry run does not.
func TestTheAuditLogTellsWhatWasBefore(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := uuid.MustParse(w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t))
	event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
	o := outcome(w, event, sub, sdk.DeliveryRetrying)
	o.Delivery.DueAt = time.Now().Add(time.Hour)
	w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{o}})

	put := func(body string, want int) {
		a := w.do(t, call{method: http.MethodPut, path: "/v1/event-types/order.created", body: body})
		require.Equal(t, want, a.status, "%s", a.body)
	}
	put(`{"description":"first"}`, http.StatusCreated)
	put(`{"description":"second"}`, http.StatusOK)
	put(`{"schema":{"type":"nothing"}}`, http.StatusBadRequest)
	require.Equal(t, http.StatusNoContent, w.do(t, call{method: http.MethodDelete, path: "/v1/event-types/order.created"}).status)
	w.post(t, "/v1/replays", `{"from":"2026-01-01T00:00:00Z","statuses":"failed","dry_run":true}`, http.StatusOK)
	replay := w.post(t, "/v1/replays", `{"from":"2026-01-01T00:00:00Z","statuses":"failed"}`, http.StatusAccepted).id(t)
	w.post(t, "/v1/replays/"+replay+"/pause", "", http.StatusOK)
	w.post(t, "/v1/replays/"+replay+"/pause", "", http.StatusConflict)
	w.post(t, "/v1/deliveries/"+o.Delivery.ID.String()+"/cancel", "", http.StatusOK)
	w.post(t, "/v1/deliveries/"+o.Delivery.ID.String()+"/cancel", "", http.StatusConflict)
	w.post(t, "/v1/deliveries/"+o.Delivery.ID.String()+"/retry", "", http.StatusAccepted)

	items, _ := w.get(t, "/v1/audit-log").items(t)
	slices.Reverse(items)
	var got []string
	for _, e := range items[1:] { // after the subscription
		member := func(of, name string) any {
			m, _ := e[of].(map[string]any)
			return m[name]
		}
		name := "status"
		if member("resource", "type") == "event_type" {
			name = "description"
		}
		got = append(got, fmt.Sprintf("%s %s: %v → %v", e["action"], member("resource", "id"), member("before", name), member("after", name)))
	}
	id := o.Delivery.ID.String()
	require.Equal(t, []string{
		"PutEventType order.created: <nil> → first",
		"PutEventType order.created: first → second",
		"DeleteEventType order.created: second → <nil>",
		"CreateReplay " + replay + ": <nil> → running",
		"PauseReplay " + replay + ": running → paused",
		"CancelDelivery " + id + ": retrying → cancelled",
		"RetryDelivery " + id + ": cancelled → retrying",
	}, got)
}
