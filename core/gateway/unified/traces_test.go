package unified_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
)

func readTrace(t *testing.T, a answer) (out switchhook.Trace) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, &out), "%s", a.body)
	return out
}

func spanNames(t switchhook.Trace) (names []string) {
	for _, s := range t.Spans {
		names = append(names, s.Name)
	}
	return names
}

// A delivery that nobody traced has a trace of all its attempts.
func TestTracesOfWhatNobodyTraced(t *testing.T) {
	t.Parallel()
	w := start(t)
	sub := uuid.MustParse(w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t))
	event := uuid.MustParse(w.post(t, "/v1/events", `{"type":"order.created","data":1}`, http.StatusAccepted).id(t))
	alone := readTrace(t, w.get(t, "/v1/events/"+event.String()+"/trace"))
	require.Equal(t, []string{"publish order.created"}, spanNames(alone))
	first := outcome(w, event, sub, sdk.DeliveryRetrying)
	at := time.Now().Add(time.Second)
	first.Delivery.CreatedAt, first.Attempt.StartedAt, first.Delivery.DueAt = at, at, at.Add(time.Hour)
	second := outcome(w, event, sub, sdk.DeliveryDelivered)
	second.Delivery.AttemptCount, second.Attempt.Number = 2, 2
	second.Attempt.StartedAt = first.Attempt.StartedAt.Add(time.Second)
	second.Attempt.ResponseStatus, second.Attempt.Error = http.StatusOK, ""
	for _, o := range []*delivery.Outcome{first, second} {
		w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{o}})
	}
	path := "/v1/deliveries/" + first.Delivery.ID.String() + "/trace"
	got := readTrace(t, w.get(t, path))
	require.False(t, got.Recorded)
	require.Nil(t, got.ViewerURL)
	require.Equal(t, []string{"publish order.created", "deliver order.created", "attempt", "deliver order.created", "attempt"}, spanNames(got))
	require.Equal(t, got.TraceID, readTrace(t, w.get(t, "/v1/events/"+event.String()+"/trace")).TraceID)
	failed, again := got.Spans[len(got.Spans)-4], got.Spans[len(got.Spans)-2]
	require.Equal(t, "deliver order.created", again.Name)
	require.Equal(t, switchhook.SpanOK, again.Status)
	require.Equal(t, 2, *again.Attempt)
	require.Equal(t, got.Spans[len(got.Spans)-3].SpanID, again.Links[0].SpanID)
	require.Equal(t, switchhook.SpanFailed, failed.Status)
	require.Equal(t, first.Attempt.Error, *failed.StatusMessage)
	for _, s := range got.Spans {
		require.Equal(t, switchhook.SpanStored, s.Source)
	}

	for _, path := range []string{"/v1/deliveries/" + unknownID + "/trace", "/v1/events/" + unknownID + "/trace"} {
		require.Equal(t, http.StatusNotFound, w.do(t, call{method: http.MethodGet, path: path}).status)
	}
	w.post(t, "/v1/accounts", `{"name":"acme"}`, http.StatusCreated)
	for _, path := range []string{path, "/v1/events/" + event.String() + "/trace"} {
		other := w.do(t, call{method: http.MethodGet, path: path, headers: map[string]string{"Switchhook-Account": "acme"}})
		require.Equal(t, http.StatusNotFound, other.status)
	}
}
