package unified_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// keyless are the POST operations that take no Idempotency-Key, with the reason.
var keyless = map[string]string{
	"ExplainFilters": "it makes nothing: sent again, it tells the same",
}

// repeatables are requests of every other POST operation, in a server with what
// they need in it.
func repeatables(t *testing.T, w *world) map[string]struct{ path, body string } {
	t.Helper()
	sub := w.post(t, "/v1/subscriptions", `{"url":"https://example.com"}`, http.StatusCreated).id(t)
	key := w.post(t, "/v1/keys", `{"name":"old"}`, http.StatusCreated).id(t)
	event := func(more string) string {
		return w.post(t, "/v1/events", `{"type":"order.created","data":1`+more+`}`, http.StatusAccepted).id(t)
	}
	record := func(status sdk.DeliveryStatus) string {
		o := outcome(w, uuid.MustParse(event("")), uuid.MustParse(sub), status)
		w.Record(t, journal.Batch{Outcomes: []*delivery.Outcome{o}})
		return "/v1/deliveries/" + o.Delivery.ID.String()
	}
	const past = `{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","statuses":"all"}`
	replay := func(actions ...string) string {
		path := "/v1/replays/" + w.post(t, "/v1/replays", past, http.StatusAccepted).id(t)
		for _, a := range actions {
			w.post(t, path+"/"+a, "", http.StatusOK)
		}
		return path
	}
	return map[string]struct{ path, body string }{
		"PublishEvents":            {"/v1/events", `{"type":"order.created","data":1}`},
		"CancelEvent":              {"/v1/events/" + event(`,"deliver_at":"`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`) + "/cancel", ""},
		"ImportEventTypes":         {"/v1/event-types/import", `{"openapi":"3.1.0","webhooks":{"order.created":{"post":{}}}}`},
		"CreateSubscription":       {"/v1/subscriptions", `{"url":"https://example.com/again"}`},
		"RotateSubscriptionSecret": {"/v1/subscriptions/" + sub + "/secret", ""},
		"TestSubscription":         {"/v1/subscriptions/" + sub + "/test", ""},
		"RetryDelivery":            {record(sdk.DeliveryDead) + "/retry", ""},
		"CancelDelivery":           {record(sdk.DeliveryRetrying) + "/cancel", ""},
		"CreateReplay":             {"/v1/replays", past},
		"PauseReplay":              {replay() + "/pause", ""},
		"ResumeReplay":             {replay("pause") + "/resume", ""},
		"CancelReplay":             {replay() + "/cancel", ""},
		"CreateKey":                {"/v1/keys", `{"name":"n"}`},
		"RotateKey":                {"/v1/keys/" + key + "/rotate", `{"overlap_seconds":60}`},
		"CreatePortalToken":        {"/v1/portal-tokens", `{"scopes":["events:read"]}`},
		"CreateAccount":            {"/v1/accounts", `{"name":"again"}`},
	}
}

// Every POST operation of the document, those that come to it later too, takes an
// Idempotency-Key and says so, or stands in keyless.
func TestEveryPostIsRepeatableAndSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t)
	requests := repeatables(t, w)
	for path, item := range w.document.Paths.Map() {
		for method, o := range item.Operations() {
			takes := o.Parameters.GetByInAndName("header", "Idempotency-Key") != nil
			reason := keyless[o.OperationID]
			require.Equal(t, method == http.MethodPost && reason == "", takes, "%s %s", method, path)
			for status, answer := range o.Responses.Map() {
				declared := answer.Value.Headers["Idempotency-Replayed"] != nil
				require.Equal(t, takes && strings.HasPrefix(status, "2"), declared, "%s: %s", o.OperationID, status)
			}
			if !takes {
				continue
			}
			for _, status := range []int{http.StatusConflict, http.StatusUnprocessableEntity} {
				require.NotNil(t, o.Responses.Status(status), "%s has no answer %d", o.OperationID, status)
			}
			request, ok := requests[o.OperationID]
			require.True(t, ok, "%s needs a request in repeatables", o.OperationID)
			first := w.again(t, o.OperationID, request.path, request.body)
			require.Less(t, first.status, 300, "%s: %s", o.OperationID, first.body)
			require.Empty(t, first.header.Get("Idempotency-Replayed"), o.OperationID)
			before := w.Rows(t)
			second := w.again(t, o.OperationID, request.path, request.body)
			require.Equal(t, "true", second.header.Get("Idempotency-Replayed"), o.OperationID)
			require.Equal(t, first.status, second.status, o.OperationID)
			require.Equal(t, string(first.body), string(second.body), o.OperationID)
			require.Equal(t, before, w.Rows(t), "%s made something again", o.OperationID)
		}
	}
}

func TestWhatMakesNothingTakesNoKey(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, body := range []string{`{"filters":[],"event":{"type":"a","data":1}}`, `{"filters":[],"event":{"type":"b","data":1}}`} {
		a := w.again(t, "k", explainPath, body)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		require.Empty(t, a.header.Get("Idempotency-Replayed"))
	}
}

// What the document says of keys is what the edge takes.
func TestTheDocumentSaysWhichKeysAreTaken(t *testing.T) {
	t.Parallel()
	p := start(t).document.Components.Parameters["IdempotencyKey"].Value
	pattern := regexp.MustCompile(p.Schema.Value.Pattern)
	for _, e := range p.Examples {
		require.Regexp(t, pattern, e.Value.Value)
	}
	long := strings.Repeat("x", 255)
	for key, taken := range map[string]bool{
		"a": true, `"a"`: true, "!#[]~": true, long: true, `"` + long + `"`: true,
		"": false, `""`: false, `"`: false, "a b": false, `a"b`: false, `a\b`: false, "ü": false, long + "x": false, `"` + long + `x"`: false,
	} {
		_, err := idempotency.ParseKey([]string{key})
		require.Equal(t, taken, err == nil, key)
		s := p.Schema.Value
		fits := pattern.MatchString(key) && uint64(len(key)) >= s.MinLength && uint64(len(key)) <= *s.MaxLength
		require.Equal(t, taken, fits, key)
	}
}
