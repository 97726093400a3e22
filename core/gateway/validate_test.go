package gateway

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestAllErrorsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	got := newWorld(t).post(t, "/things", `{"size":0,"kind":"x","labels":[]}`)
	require.Equal(t, 400, got.status, got.body)
	require.Equal(t, mainAccount.String(), got.shown.Caller.AccountID)
	require.Equal(t, "createThing", got.shown.Operation)
	fields := map[string]string{}
	for _, f := range got.shown.Failure.Fields {
		fields[f.Field] = f.Message
	}
	require.Equal(t, map[string]string{
		"/url": "is required", "/size": "must be at least 1", "/kind": "must be one of small, large", "/labels": "must be an object",
	}, fields)
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config, _ *sdk.Manifest) { c.MaxBodyBytes = 1 << 20 })
	short := `{"url":"https://a","names":[` + strings.Repeat("1,", 1000) + `1]}`
	require.Len(t, w.post(t, "/things", short).shown.Failure.Fields, 20)
	long := `{"url":"https://a","names":[` + strings.Repeat("1,", 100_000) + `1]}`
	require.Len(t, w.post(t, "/things", long).shown.Failure.Fields, 1)
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.post(t, "/things", `{"url":"s3cret`)
	require.Equal(t, 400, got.status)
	require.Equal(t, sdk.ReasonMalformedBody, got.shown.Failure.Reason)
	require.Equal(t, "The body is not valid JSON: unexpected end of JSON input at byte 14", got.shown.Failure.Message)
	require.NotContains(t, got.body, "s3cret")
	got = w.post(t, "/things", "")
	require.Equal(t, []sdk.FieldError{{In: "body", Message: "the body is required"}}, got.shown.Failure.Fields)
	got = w.post(t, "/things", "[]")
	require.Equal(t, []sdk.FieldError{{In: "body", Message: "must be an object"}}, got.shown.Failure.Fields)
}

func TestParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]sdk.FieldError{
		"/things?page=0":                     {In: "query", Field: "page", Message: "must be at least 1"},
		"/things?page=%zz":                   {In: "query", Message: "the query is malformed; escape its special characters"},
		"/things/" + strings.Repeat("x", 41): {In: "path", Field: "thingId", Message: "must have at most 40 characters"},
	} {
		got := w.get(t, path)
		require.Equal(t, 400, got.status, path)
		require.Equal(t, []sdk.FieldError{want}, got.shown.Failure.Fields)
	}
	require.Equal(t, 200, w.get(t, "/things?page=2&status=open&tags=a,b&unknown=1", "X-Trial", "true").status)
}

// The vendors' own examples, and what is wrong with others, by the documents of
// the project.
func TestTheProjectsDocuments(t *testing.T) {
	t.Parallel()
	document := func(name string) func(*Config, *sdk.Manifest) {
		return func(_ *Config, m *sdk.Manifest) {
			raw, err := os.ReadFile("../../openapi/" + name + ".yaml")
			require.NoError(t, err)
			m.OpenAPI = raw
		}
	}
	callbell := newWorld(t, document("callbell"))
	subscribe := func(body string) answer {
		return callbell.do(t, request{method: "POST", path: "/vendor/v1/webhooks/subscribe", body: body, headers: map[string]string{"Content-Type": "application/json"}})
	}
	require.Equal(t, 200, subscribe(`{"url":"https://my-app.com/my-webhook-endpoint","subscriptions":["message_created","contact_created"]}`).status)
	require.Equal(t, 200, subscribe(`{"url":"https://my-app.com/my-webhook-endpoint","subscriptions":"message_created,contact_created"}`).status)
	require.Equal(t, []sdk.FieldError{
		{In: "body", Field: "/subscriptions", Message: "must be an array or a string"},
		{In: "body", Field: "/url", Message: "is required"},
	}, subscribe(`{"subscriptions":7}`).shown.Failure.Fields)

	vonage := newWorld(t, document("vonage"))
	got := vonage.do(t, request{
		method: "POST", path: "/vendor/webhooks/subscriptions",
		body:    `{"name":"WebhookTest1","url":"https://your-application.com/abc/123","events":["agent.presencechanged.v0"],"enabled":true,"secret":"OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu="}`,
		headers: map[string]string{"Authorization": "bearer admin", "Accept": "application/vnd.newvoicemedia.v1+json"},
	})
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, "CreateSubscription", got.shown.Operation)
}
