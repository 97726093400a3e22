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

func TestReplays(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t)
	event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
	w.post(t, "/v1/events", `{"type":"invoice.paid","data":1}`, http.StatusAccepted)
	w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{outcome(w, event, uuid.MustParse(sub), sdk.DeliveryDead)}})
	// The range ends in the past: it must be later than the events.
	require.Eventually(t, func() bool { return time.Now().UnixMilli() > keyTime(event)+2 }, time.Second, time.Millisecond)

	for body, want := range map[string]float64{
		`{"from":"2026-01-01T00:00:00Z","statuses":"failed","dry_run":true}`:                              1,
		`{"from":"2026-01-01T00:00:00Z","statuses":"all","dry_run":true}`:                                 2,
		`{"from":"2026-01-01T00:00:00Z","statuses":"all","event_types":["invoice.*"],"dry_run":true}`:     1,
		`{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","statuses":"all","dry_run":true}`:     0,
		`{"from":"2026-01-01T00:00:00Z","statuses":"all","dry_run":true,"subscription_id":"` + sub + `"}`: 2,
	} {
		a := w.post(t, "/v1/replays", body, http.StatusOK)
		require.InDelta(t, want, a.get(t, "created"), 0, body)
		require.Equal(t, true, a.get(t, "complete"))
	}
	items, _ := w.get(t, "/v1/replays").items(t)
	require.Empty(t, items, "a dry run makes nothing")

	made := w.post(t, "/v1/replays", `{"from":"2026-01-01T00:00:00Z","statuses":"failed","subscription_id":"`+sub+`","rate_per_second":7}`, http.StatusAccepted)
	require.Equal(t, "running", made.get(t, "status"))
	require.InDelta(t, 2, made.get(t, "total"), 0)
	path := "/v1/replays/" + made.id(t)
	require.Equal(t, sub, w.get(t, path).get(t, "subscription_id"))
	for _, step := range []struct {
		action string
		status int
		now    string
	}{
		{"resume", 409, "running"},
		{"pause", 200, "paused"},
		{"pause", 409, "paused"},
		{"resume", 200, "running"},
		{"cancel", 200, "cancelled"},
		{"cancel", 409, "cancelled"},
		{"resume", 409, "cancelled"},
		{"pause", 409, "cancelled"},
	} {
		w.post(t, path+"/"+step.action, "", step.status)
		require.Equal(t, step.now, w.get(t, path).get(t, "status"), step.action)
	}
	second := w.post(t, "/v1/replays", `{"from":"2026-01-01T00:00:00Z","statuses":"never_sent"}`, http.StatusAccepted).id(t)
	items, next := w.get(t, "/v1/replays?limit=1").items(t)
	require.Equal(t, second, items[0]["id"], "newest first")
	items, next = w.get(t, "/v1/replays?limit=1&cursor="+*next).items(t)
	require.Equal(t, made.id(t), items[0]["id"])
	require.Nil(t, next)
}

// keyTime is when an event was accepted, in milliseconds.
func keyTime(key uuid.UUID) (ms int64) {
	for _, b := range key[:6] {
		ms = ms<<8 | int64(b)
	}
	return ms
}

func TestReplaysThatCannotBe(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com","enabled":false}`, http.StatusCreated).id(t)
	for body, field := range map[string]string{
		`{"statuses":"all"}`:                                                           "from",
		`{"from":"2026-01-01T00:00:00Z"}`:                                              "statuses",
		`{"from":"2026-01-01T00:00:00Z","statuses":"some"}`:                            "/statuses",
		`{"from":"1960-01-01T00:00:00Z","statuses":"all"}`:                             "/from",
		`{"from":"2999-01-01T00:00:00Z","statuses":"all"}`:                             "/to",
		`{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z","statuses":"all"}`: "/to",
		`{"from":"2026-01-01T00:00:00Z","statuses":"all","event_types":["a.*b"]}`:      "/event_types/0",
		`{"from":"2026-01-01T00:00:00Z","statuses":"all","rate_per_second":0}`:         "/rate_per_second",
		`{"from":"2026-01-01T00:00:00Z","statuses":"all","speed":1}`:                   "speed",
	} {
		require.Contains(t, string(w.post(t, "/v1/replays", body, http.StatusBadRequest).body), field, body)
	}
	const all = `{"from":"2026-01-01T00:00:00Z","statuses":"all"`
	w.post(t, "/v1/replays", all+`,"subscription_id":"`+unknownID+`"}`, http.StatusNotFound)
	require.Contains(t, string(w.post(t, "/v1/replays", all+`,"subscription_id":"`+sub+`"}`, http.StatusConflict).body), "enable it")
	var first string
	for i := range 10 {
		id := w.post(t, "/v1/replays", all+"}", http.StatusAccepted).id(t)
		if i == 0 {
			first = id
		}
	}
	require.Equal(t, "limit", w.post(t, "/v1/replays", all+"}", http.StatusConflict).get(t, "code"))

	reader := w.newKey(t, "replays:read")
	require.Equal(t, http.StatusOK, w.do(t, call{method: http.MethodGet, path: "/v1/replays/" + first, key: reader}).status)
	require.Equal(t, http.StatusForbidden, w.do(t, call{method: http.MethodPost, path: "/v1/replays/" + first + "/cancel", key: reader}).status)
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	acme := map[string]string{"Switchhook-Account": "acme"}
	require.Equal(t, http.StatusNotFound, w.do(t, call{method: http.MethodGet, path: "/v1/replays/" + first, headers: acme}).status)
	require.Equal(t, http.StatusNotFound, w.do(t, call{method: http.MethodPost, path: "/v1/replays/" + first + "/pause", headers: acme}).status)
}
