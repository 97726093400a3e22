package vonage_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/vonage"
)

const (
	documentedSecret = "OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu="
	collection       = "/webhooks/subscriptions"
)

// request has the headers of the vendor's samples, which have no content type.
func request(method, path, body string) sdktest.Request {
	return sdktest.Request{
		Method: method, Path: path, Body: body,
		Headers: map[string]string{"Authorization": "bearer T", "Accept": "application/vnd.newvoicemedia.v1+json"},
	}
}

func documentedCreate(t *testing.T) sdktest.Request {
	t.Helper()
	set, err := documented.Load("testdata/documented")
	require.NoError(t, err)
	return request(http.MethodPost, collection, set.Find("create").Requests[0].Request.Body)
}

type answer struct {
	SubscriptionID string `json:"subscriptionId"`
	Name           string
	URL            string
	Events         []string
	Enabled        bool
	Secret         string
	Message        string
}

func decode(t *testing.T, resp *http.Response) answer {
	t.Helper()
	require.Equal(t, "application/vnd.newvoicemedia.v1+json", resp.Header.Get("Content-Type"))
	require.Equal(t, "max-age=5, must-revalidate, private", resp.Header.Get("Cache-Control"))
	var a answer
	require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &a))
	return a
}

func TestCreateAsDocumented(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	resp := h.Do(t, documentedCreate(t))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	got := decode(t, resp)
	require.Regexp(t, `^[0-9A-Za-z]{27}$`, got.SubscriptionID)
	got.SubscriptionID = ""
	require.Equal(t, answer{
		Name: "WebhookTest1", URL: "https://your-application.com/abc/123",
		Events: []string{"agent.presencechanged.v0"}, Enabled: true, Secret: documentedSecret,
	}, got)
}

func TestCreateGeneratesSecret(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	created := decode(t, h.Do(t, request(http.MethodPost, collection, `{"name":"one","url":"http://a.example.com/","events":["*"]}`)))
	require.True(t, created.Enabled, "enabled unless the body says otherwise")
	require.Len(t, created.Secret, 84, "63 bytes of Base64")

	for _, resp := range []*http.Response{
		h.Do(t, request(http.MethodGet, collection, "")),
		h.Do(t, request(http.MethodGet, collection+"/"+created.SubscriptionID, "")),
		h.Do(t, request(http.MethodPatch, collection+"/"+created.SubscriptionID, `{"enabled":false}`)),
	} {
		require.Equal(t, http.StatusOK, resp.StatusCode)
		body := sdktest.Body(t, resp)
		require.Contains(t, body, created.SubscriptionID)
		require.NotContains(t, body, "secret", "only create shows the secret")
	}
	disabled := decode(t, h.Do(t, request(http.MethodPost, collection, `{"name":"two","url":"http://a.example.com/","events":["*"],"enabled":false}`)))
	require.False(t, disabled.Enabled)
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	h.Do(t, documentedCreate(t))
	for name, test := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"TakenName":     {`{"name":"WebhookTest1","url":"https://a.example.com","events":["*"]}`, 409, "name: another subscription"},
		"UnknownEvent":  {`{"name":"two","url":"https://a.example.com","events":["*","agent.nope.v1"]}`, 400, `events[1]: "agent.nope.v1" matches no event type`},
		"BadWildcard":   {`{"name":"two","url":"https://a.example.com","events":["agent*"]}`, 400, `events[0]: "agent*" is not an event type or wildcard`},
		"EmptySegment":  {`{"name":"two","url":"https://a.example.com","events":["channel..v1"]}`, 400, `events[0]: "channel..v1" is not`},
		"NothingToHit":  {`{"name":"two","url":"https://a.example.com","events":["call.*"]}`, 400, `events[0]: "call.*" matches no event type`},
		"BadSecret":     {`{"name":"two","url":"https://a.example.com","events":["*"],"secret":"not base64!"}`, 400, "secret: must be Base64"},
		"RelativeURL":   {`{"name":"two","url":"/x","events":["*"]}`, 400, "url: must be an absolute URL"},
		"OtherScheme":   {`{"name":"two","url":"ftp://a.example.com","events":["*"]}`, 400, "url: must be an absolute URL"},
		"PrivateTarget": {`{"name":"two","url":"https://10.0.0.1/","events":["*"]}`, 400, "url: must name a public host"},
	} {
		resp := h.Do(t, request(http.MethodPost, collection, test.body))
		require.Equal(t, test.status, resp.StatusCode, name)
		got := decode(t, resp).Message
		require.True(t, strings.HasPrefix(got, test.want), "%s: %s", name, got)
		require.NotContains(t, got, "not base64!", "a secret is not repeated")
	}
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	for name, body := range map[string]string{
		"NoName":    `{"url":"https://a.example.com","events":["*"]}`,
		"NoURL":     `{"name":"one","events":["*"]}`,
		"NoEvents":  `{"name":"one","url":"https://a.example.com"}`,
		"Empty":     `{"name":"one","url":"https://a.example.com","events":[]}`,
		"ShortName": `{"name":"on","url":"https://a.example.com","events":["*"]}`,
		"LongName":  `{"name":"` + strings.Repeat("n", 129) + `","url":"https://a.example.com","events":["*"]}`,
	} {
		require.Error(t, h.Check(request(http.MethodPost, collection, body)), name)
	}
	require.Error(t, h.Check(request(http.MethodPatch, collection+"/x", `{}`)), "a patch names something")
	require.NoError(t, h.Check(request(http.MethodPost, collection, `{"name":"one","url":"https://a.example.com","events":["*"],"more":1}`)))
}

func TestUpdateKeepsTheRest(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	created := decode(t, h.Do(t, documentedCreate(t)))
	path := collection + "/" + created.SubscriptionID
	want := answer{SubscriptionID: created.SubscriptionID, Name: created.Name, URL: created.URL, Events: created.Events, Enabled: true}
	for _, step := range []struct {
		body   string
		change func()
	}{
		{`{"name":"Renamed"}`, func() { want.Name = "Renamed" }},
		{`{"url":"http://b.example.com/?a=1&b=<2>"}`, func() { want.URL = "http://b.example.com/?a=1&b=<2>" }},
		{`{"events":["channel.*.v1","agent.*"]}`, func() { want.Events = []string{"channel.*.v1", "agent.*"} }},
		{`{"enabled":false}`, func() { want.Enabled = false }},
		{`{"secret":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw=="}`, func() {}},
	} {
		step.change()
		require.Equal(t, want, decode(t, h.Do(t, request(http.MethodPatch, path, step.body))))
	}
	sub, err := h.Engine.GetSubscription(t.Context(), created.SubscriptionID)
	require.NoError(t, err)
	require.Equal(t, "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw==", sub.Secret.Reveal())

	h.Do(t, documentedCreate(t))
	require.Equal(t, http.StatusConflict, h.Do(t, request(http.MethodPatch, path, `{"name":"WebhookTest1"}`)).StatusCode)
	for _, body := range []string{`{"secret":"="}`, `{"events":["**"]}`} {
		require.Equal(t, http.StatusBadRequest, h.Do(t, request(http.MethodPatch, path, body)).StatusCode)
	}
}

func TestListReadsAllPages(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	require.JSONEq(t, `{"subscriptions":[]}`, sdktest.Body(t, h.Do(t, request(http.MethodGet, collection, ""))))
	for i := range 250 {
		body := fmt.Sprintf(`{"name":"subscription %d","url":"https://a.example.com","events":["*"]}`, i)
		require.Equal(t, http.StatusOK, h.Do(t, request(http.MethodPost, collection, body)).StatusCode)
	}
	var list struct{ Subscriptions []answer }
	require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, h.Do(t, request(http.MethodGet, collection, "")))), &list))
	require.Len(t, list.Subscriptions, 250)
	require.Equal(t, "subscription 249", list.Subscriptions[249].Name)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	path := collection + "/" + decode(t, h.Do(t, documentedCreate(t))).SubscriptionID
	resp := h.Do(t, request(http.MethodDelete, path, ""))
	require.Equal(t, http.StatusNoContent, resp.StatusCode)
	require.Empty(t, sdktest.Body(t, resp))
	for _, req := range []sdktest.Request{
		request(http.MethodDelete, path, ""), request(http.MethodGet, path, ""), request(http.MethodPatch, path, `{"enabled":true}`),
	} {
		resp := h.Do(t, req)
		require.Equal(t, http.StatusNotFound, resp.StatusCode)
		require.Equal(t, "There is no subscription with this id", decode(t, resp).Message)
	}
}

func TestListEventTypes(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	var list struct {
		EventTypes []struct {
			Name, Description string
			JSONSchema        struct {
				Title    string
				Required []string
			}
		}
	}
	resp := h.Do(t, request(http.MethodGet, "/webhooks/event-types", ""))
	require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &list))
	require.Len(t, list.EventTypes, 20)
	require.Equal(t, "agent.presencechanged.v1", list.EventTypes[0].Name)
	require.Equal(t, "Indicates that an agent's presence has been changed.", list.EventTypes[0].Description)
	require.Equal(t, []string{"timestamp", "presence", "user"}, list.EventTypes[0].JSONSchema.Required)
	for i, e := range list.EventTypes {
		require.Equal(t, e.Name, e.JSONSchema.Title)
		if i < 10 {
			require.True(t, strings.HasSuffix(e.Name, ".v1"), "newer types stand first: %s", e.Name)
		}
	}
}

func TestMalformedBodyReachesTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	resp := h.Handle(request(http.MethodPost, collection, `{"name":`))
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Equal(t, "The body is not the JSON object that this call takes", decode(t, resp).Message)
	h.Engine.Fail(sdk.Errorf(sdk.CodeUnavailable, "The database is busy"))
	require.Equal(t, http.StatusServiceUnavailable, h.Do(t, documentedCreate(t)).StatusCode)
	h.Engine.Fail(nil)
	require.Equal(t, http.StatusNotFound, h.Handle(request(http.MethodGet, "/webhooks/nope", "")).StatusCode)
	resp = h.Handle(request(http.MethodPut, collection, ""))
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	require.Equal(t, "GET, POST", resp.Header.Get("Allow"))
	require.Equal(t, http.StatusNotFound, h.Handle(request(http.MethodGet, collection+"/%25zz", "")).StatusCode)
}
