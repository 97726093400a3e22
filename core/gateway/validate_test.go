package gateway

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestBodyMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ member, pointer, message string }{
		{`"url":5`, "/url", "must be a string"},
		{`"url":null`, "/url", "must be a string, not null"},
		{`"url":""`, "/url", "must not be empty"},
		{`"url":"http://x"`, "/url", "must match ^https://"},
		{`"url":"https://` + strings.Repeat("x", 20) + `"`, "/url", "must have at most 20 characters"},
		{`"id":"x"`, "/id", "is set by the server; leave it out"},
		{`"enabled":"yes"`, "/enabled", "must be true or false"},
		{`"kind":"s3cret"`, "/kind", "must be one of small, large"},
		{`"size":1.5`, "/size", "must be an integer"},
		{`"size":0`, "/size", "must be at least 1"},
		{`"size":10`, "/size", "must be at most 9"},
		{`"share":0`, "/share", "must be more than 0"},
		{`"share":1`, "/share", "must be less than 1"},
		{`"share":0.3`, "/share", "must be a multiple of 0.25"},
		{`"names":[]`, "/names", "must not be empty"},
		{`"names":["aa","bb","cc"]`, "/names", "must have at most 2 entries"},
		{`"names":["aa","aa"]`, "/names", "must not have the same entry twice"},
		{`"names":["aa","b"]`, "/names/1", "must have at least 2 characters"},
		{`"labels":{"a":"b"}`, "/labels", "must have at least 2 members"},
		{`"labels":{"a":"b","c":1}`, "/labels/c", "must be a string"},
		{`"labels":{"a":"","b":"","c":"","d":""}`, "/labels", "must have at most 3 members"},
		{`"note":"ab"`, "/note", "must have at most 1 character"},
		{`"events":[]`, "/events", "must not be empty"},
		{`"events":["ok","s3cret"]`, "/events/1", "must have at most 3 characters"},
		{`"events":5`, "/events", "must be an array or a string"},
		{`"target":{}`, "/target", "has none of its allowed forms"},
		{`"target":5`, "/target", "must be an object"},
		{`"both":{"a":"x"}`, "/both/b", "is required"},
		{`"twice":"abc"`, "/twice", "matches more than one of its allowed forms"},
		{`"no~t/e":"ab"`, "/no~0t~1e", "must have at most 1 character"},
		{`"day":"s3cret"`, "/day", "must have the format date"},
		{`"colour":"s3cret"`, "/colour", "is not known; known are both, day, enabled, events, id, kind, labels, names, note, no~t/e, share, size, target, twice, url"},
	}
	for _, test := range tests {
		t.Run(test.member, func(t *testing.T) {
			t.Parallel()
			body := `{"url":"https://a",` + test.member + `}`
			if strings.HasPrefix(test.member, `"url"`) {
				body = `{` + test.member + `}`
			}
			got := w.post(t, "/things", body)
			require.Equal(t, 400, got.status, got.body)
			require.Equal(t, []sdk.FieldError{{In: "body", Field: test.pointer, Message: test.message}}, got.shown.Failure.Fields)
			require.Empty(t, got.shown.Failure.Reason)
			require.NotContains(t, got.body, "s3cret")
			require.Equal(t, mainAccount.String(), got.shown.Caller.AccountID)
			require.Equal(t, "createThing", got.shown.Operation)
		})
	}
}

func TestAllErrorsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	got := newWorld(t).post(t, "/things", `{"size":0,"kind":"x","labels":[]}`)
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
	require.Len(t, w.post(t, "/things", short).shown.Failure.Fields, maxFields)
	long := `{"url":"https://a","names":[` + strings.Repeat("1,", 100_000) + `1]}`
	require.Len(t, w.post(t, "/things", long).shown.Failure.Fields, 1)
	name := strings.Repeat("é", 1000)
	got := w.post(t, "/things", `{"url":"https://a","`+name+`":1}`)
	require.Less(t, len(got.shown.Failure.Fields[0].Field), maxShown+10)
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, detail := range map[string]string{
		`{"url":"s3cret`:       "unexpected end of JSON input at byte 14",
		`{"url":"https://a"}}`: "at byte 20",
		`url=https://a`:        "at byte 1",
		"{\"url\":\"\xff\"}":   "it is not UTF-8",
		" ":                    "unexpected end of JSON input",
	} {
		got := w.post(t, "/things", body)
		require.Equal(t, 400, got.status, body)
		require.Equal(t, sdk.ReasonMalformedBody, got.shown.Failure.Reason)
		require.Contains(t, got.shown.Failure.Message, "The body is not valid JSON: ")
		require.Contains(t, got.shown.Failure.Message, detail)
		require.NotContains(t, got.body, "s3cret")
	}
	got := w.post(t, "/things", "")
	require.Equal(t, []sdk.FieldError{{In: "body", Message: "the body is required"}}, got.shown.Failure.Fields)
	got = w.post(t, "/things", "[]")
	require.Equal(t, []sdk.FieldError{{In: "body", Message: "must be an object"}}, got.shown.Failure.Fields)
}

func TestParameterMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ path, header, in, field, message string }{
		{"/things?page=x", "", "query", "page", "must be an integer"},
		{"/things?page=0", "", "query", "page", "must be at least 1"},
		{"/things?status=s3cret", "", "query", "status", "must be one of open, closed"},
		{"/things?tags=a,b,c,d", "", "query", "tags", "must have at most 3 entries"},
		{"/things?tags=a,s3cret", "", "query", "tags", "entry 1 must have at most 5 characters"},
		{"/things?page=%zz", "", "query", "", "the query is malformed; escape its special characters"},
		{"/things", "s3cret", "header", "X-Trial", "must be true or false"},
		{"/things/" + strings.Repeat("x", 41), "", "path", "thingId", "must have at most 40 characters"},
	}
	for _, test := range tests {
		got := w.get(t, test.path, "X-Trial", test.header)
		require.Equal(t, 400, got.status, test.path)
		require.Equal(t, []sdk.FieldError{{In: test.in, Field: test.field, Message: test.message}}, got.shown.Failure.Fields)
		require.NotContains(t, got.shown.Failure.Error(), "s3cret")
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
