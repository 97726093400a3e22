package unified_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRotateSecret(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated)
	path := "/v1/subscriptions/" + made.id(t)
	until := func(a answer) time.Duration {
		text, ok := a.get(t, "previous_secret_expires_at").(string)
		require.True(t, ok)
		at, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return time.Until(at)
	}
	rotated := w.post(t, path+"/secret", "", http.StatusOK)
	require.NotEqual(t, made.get(t, "secret"), rotated.get(t, "secret"))
	require.InDelta(t, 24*time.Hour, until(rotated), float64(time.Minute))

	given := w.post(t, path+"/secret", `{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","overlap_seconds":3600}`, http.StatusOK)
	require.Equal(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", given.get(t, "secret"))
	require.InDelta(t, time.Hour, until(w.get(t, path)), float64(time.Minute))

	at := w.post(t, path+"/secret", `{"overlap_seconds":0}`, http.StatusOK)
	require.NotContains(t, string(at.body), "previous_secret")

	other := w.post(t, "/v1/subscriptions", `{"url":"https://example.com","provider":"vendor"}`, http.StatusCreated).id(t)
	for body, pointer := range map[string]string{
		`{"secret":"x","overlap_seconds":1}`: "/overlap_seconds", `{"overlap_seconds":604801}`: "/overlap_seconds",
		`{"overlap_seconds":-1}`: "/overlap_seconds", `{"secret":""}`: "/secret", `{"overlap":1}`: "/overlap",
	} {
		a := w.post(t, "/v1/subscriptions/"+other+"/secret", body, http.StatusBadRequest)
		require.Contains(t, string(a.body), `"`+pointer+`"`, body)
	}
	require.NotContains(t, w.Log.String(), "whsec_")
}

func TestDisabledReason(t *testing.T) {
	t.Parallel()
	w := start(t)
	path := "/v1/subscriptions/" + w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t)
	patch := func(body string, status int) answer {
		a := w.do(t, call{method: http.MethodPatch, path: path, body: body})
		require.Equal(t, status, a.status, "%s", a.body)
		return a
	}
	require.Contains(t, string(patch(`{"disabled_reason":"why"}`, http.StatusBadRequest).body), `"/disabled_reason"`)
	patch(`{"enabled":true,"disabled_reason":"why"}`, http.StatusBadRequest)
	require.Equal(t, "owner", patch(`{"enabled":false}`, http.StatusOK).get(t, "disabled_by"))
	patch(`{"enabled":false,"disabled_reason":"maintenance"}`, http.StatusOK)
	shown := w.get(t, path)
	require.Equal(t, "maintenance", shown.get(t, "disabled_reason"))
	require.Equal(t, "owner", shown.get(t, "disabled_by"))
	require.NotContains(t, string(patch(`{"enabled":true}`, http.StatusOK).body), "disabled_")
}

func TestTestEvents(t *testing.T) {
	t.Parallel()
	w := start(t)
	create := func(body string) string {
		return "/v1/subscriptions/" + w.post(t, "/v1/subscriptions", body, http.StatusCreated).id(t)
	}
	published := func(path, body string) answer {
		a := w.post(t, path+"/test", body, http.StatusAccepted)
		id, ok := a.get(t, "event_id").(string)
		require.True(t, ok)
		return w.get(t, "/v1/events/"+id)
	}
	exact := create(`{"url":"https://example.com","events":["order.created","x.*"]}`)
	event := published(exact, "")
	require.Equal(t, "order.created", event.get(t, "type"))
	require.Equal(t, "/switchhook/test", event.get(t, "source"))
	require.Equal(t, map[string]any{"test": true}, event.get(t, "data"))
	require.NotContains(t, string(event.body), "only", "who it is for is no attribute")

	require.Equal(t, "x.test", published(create(`{"url":"https://example.com","events":["x.*"]}`), "{}").get(t, "type"))
	require.Equal(t, "example.test", published(create(`{"url":"https://example.com"}`), "").get(t, "type"))
	canonical := published(create(`{"url":"https://example.com","events":["message.received"]}`), "")
	require.Contains(t, string(canonical.body), `"conversation`, "a canonical type has its example data")
	given := published(exact, `{"type":"other.type","data":{"a": 1.0}}`)
	require.Equal(t, "other.type", given.get(t, "type"))
	require.Contains(t, string(given.body), `{"a": 1.0}`)

	vendor := create(`{"url":"https://example.com","provider":"vendor"}`)
	require.Contains(t, string(w.post(t, vendor+"/test", "", http.StatusBadRequest).body), `"/type"`, "nothing to take an example from")
	require.Equal(t, "order.created", published(vendor, `{"type":"order.created"}`).get(t, "type"))
	require.Contains(t, string(w.post(t, vendor+"/test", `{"type":"vendor.order_paid"}`, http.StatusBadRequest).body), `"/data"`)
	require.Equal(t, "vendor.order_paid", published(vendor, `{"type":"vendor.order_paid","data":{}}`).get(t, "type"))
	for _, body := range []string{`{"type":"vendor.nothing","data":{}}`, `{"type":"invoice.sent"}`, `{"type":""}`} {
		require.Contains(t, string(w.post(t, vendor+"/test", body, http.StatusBadRequest).body), `"/type"`, body)
	}
	w.do(t, call{method: http.MethodPatch, path: vendor, body: `{"enabled":false}`})
	w.post(t, vendor+"/test", "", http.StatusConflict)
}

// Types of the gateway's own events are refused in every form that an event can be
// sent in, and named as the request has them.
func TestOwnTypesAreRefusedToPublishers(t *testing.T) {
	t.Parallel()
	w := start(t)
	const own = "switchhook.delivery.dead"
	event := func(eventType string) string {
		return `{"specversion":"1.0","id":"` + eventType + `","source":"/switchhook/accounts/default","type":"` + eventType + `","data":{}}`
	}
	send := func(contentType, body string) call {
		return call{method: http.MethodPost, path: "/v1/events", body: body, headers: map[string]string{"Content-Type": contentType}}
	}
	inHeader := binary("1", "application/json", "{}", map[string]string{"Ce-Type": own})
	sub := "/v1/subscriptions/" + w.post(t, "/v1/subscriptions", `{"url":"https://example.com","events":["switchhook.*"]}`, http.StatusCreated).id(t)
	for field, c := range map[string]call{
		"/type":   send("application/json", `{"type":"`+own+`","data":{}}`),
		"/type ":  send("application/cloudevents+json", event(own)),
		"/0/type": send("application/cloudevents-batch+json", "["+event(own)+"]"),
		"ce-type": inHeader,
		"/type  ": {method: http.MethodPost, path: sub + "/test", body: `{"type":"` + own + `","data":{}}`},
	} {
		a := w.do(t, c)
		require.Equal(t, http.StatusBadRequest, a.status, "%s: %s", field, a.body)
		var problem struct {
			Errors []struct{ Field, Message string }
		}
		a.decode(t, &problem)
		require.Len(t, problem.Errors, 1, "%s", a.body)
		require.Equal(t, strings.TrimSpace(field), problem.Errors[0].Field)
		require.Contains(t, problem.Errors[0].Message, "must not start with switchhook.")
	}
	items, _ := w.get(t, "/v1/events").items(t)
	require.Empty(t, items)

	mixed := w.do(t, send("application/cloudevents-batch+json", "["+event("order.created")+","+event(own)+"]"))
	require.Equal(t, http.StatusAccepted, mixed.status)
	require.Contains(t, string(mixed.body), `"field":"/1/type"`)
	tested := w.get(t, "/v1/events/"+fmt.Sprint(w.post(t, sub+"/test", "", http.StatusAccepted).get(t, "event_id")))
	require.Equal(t, "example.test", tested.get(t, "type"), "the gateway makes up no event of its own either")
	require.Equal(t, http.StatusAccepted, w.do(t, send("application/json", `{"type":"switchhooks.a","data":{}}`)).status)
}
