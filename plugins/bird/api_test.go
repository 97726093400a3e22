package bird_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

const (
	organization = "823fbfaf-f14e-4693-b55a-8ec1c17d649e"
	workspace    = "a1405560-c8d3-4b1a-877d-3f449ad95352"
	signingKey   = "KeV+/HGoIQrxuE5YPCRR6AuQOJveldYNNhbVi1i22qk="
	unknownID    = "/852883af-5f68-4204-b611-7ee8db9600f4"
	long         = "/organizations/" + organization + "/workspaces/" + workspace + "/webhook-subscriptions"
	short        = "/workspaces/" + workspace + "/webhook-subscriptions"
)

func request(method, path, body string) sdktest.Request {
	r := sdktest.Request{Method: method, Path: path, Body: body, Headers: map[string]string{"Accept": "application/json"}}
	if body != "" {
		r.Headers["Content-Type"] = "application/json"
	}
	return r
}

func get(path string) sdktest.Request { return request(http.MethodGet, path, "") }

func documentedBody(t *testing.T) string {
	t.Helper()
	set, err := documented.Load("testdata/documented")
	require.NoError(t, err)
	return set.Find("create_channel").Requests[0].Request.Body
}

type answer struct {
	ID, OrganizationID, WorkspaceID, Service, Event, URL, Status string
	EventFilters                                                 []struct{ Key, Value string }
	SigningKey, Template, StatusReason                           string
	CreatedAt, UpdatedAt                                         string
	Code, Message                                                string
	Details                                                      map[string][]string
}

func decode(t *testing.T, resp *http.Response, status int) answer {
	t.Helper()
	body := sdktest.Body(t, resp)
	require.Equal(t, status, resp.StatusCode, body)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	var a answer
	require.NoError(t, json.Unmarshal([]byte(body), &a))
	return a
}

func create(t *testing.T, h *sdktest.Harness, path, body string) answer {
	t.Helper()
	return decode(t, h.Do(t, request(http.MethodPost, path, body)), http.StatusCreated)
}

func TestCreateAsDocumented(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	resp := h.Do(t, request(http.MethodPost, long, documentedBody(t)))
	require.Equal(t, http.StatusCreated, resp.StatusCode)
	body := sdktest.Body(t, resp)
	var got answer
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	require.Regexp(t, `^[0-9a-f-]{36}$`, got.ID)
	require.JSONEq(t, `{"id":"`+got.ID+`","organizationId":"`+organization+`","workspaceId":"`+workspace+`",
		"service":"channels","event":"sms.outbound","url":"https://example.com/webhook","status":"active",
		"eventFilters":[{"key":"channelId","value":"8e4c1b3a-54f8-4a0c-9b2a-6f2a51f0e7d3"}],
		"signingKey":"`+signingKey+`","createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"}`, body)

	sub, err := h.Engine.GetSubscription(t.Context(), got.ID)
	require.NoError(t, err)
	require.Equal(t, signingKey, sub.Secret.Reveal())
	require.Equal(t, []string{"sms.outbound"}, sub.EventTypes)
	require.Equal(t, []sdk.Filter{{Key: "channelId", Value: "8e4c1b3a-54f8-4a0c-9b2a-6f2a51f0e7d3"}}, sub.Filters)
}

func TestReadsHideTheSigningKey(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	id := create(t, h, long, documentedBody(t)).ID
	for _, resp := range []*http.Response{
		h.Do(t, get(long)), h.Do(t, get(long+"/"+id)), h.Do(t, request(http.MethodPatch, long+"/"+id, `{"signingKey":"another"}`)),
	} {
		require.Equal(t, http.StatusOK, resp.StatusCode)
		body := sdktest.Body(t, resp)
		require.Contains(t, body, id)
		require.NotContains(t, body, "signingKey")
		require.NotContains(t, body, "another")
	}
	unsigned := sdktest.Body(t, h.Do(t, request(http.MethodPost, long, `{"service":"numbers","event":"10dlc.brand","url":"https://a.example.com"}`)))
	require.NotContains(t, unsigned, "signingKey", "none is made up")
}

// Both generations of paths reach the same subscriptions, in whatever case.
func TestBothPaths(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	first := create(t, h, long, documentedBody(t))
	require.Equal(t, first.ID, decode(t, h.Do(t, get(short+"/"+first.ID)), 200).ID)
	shown := decode(t, h.Do(t, get(short+"/"+strings.ToUpper(first.ID))), 200)
	require.Equal(t, first.ID, shown.ID)
	require.Equal(t, organization, shown.OrganizationID, "kept with the subscription")

	upper := "/workspaces/" + strings.ToUpper(workspace) + "/webhook-subscriptions"
	second := create(t, h, upper, `{"service":"channels","event":"sms.inbound","url":"https://a.example.com"}`)
	require.Equal(t, workspace, second.WorkspaceID)
	require.Regexp(t, `^[0-9a-f-]{36}$`, second.OrganizationID, "stands for the account")
	require.Equal(t, second.OrganizationID, decode(t, h.Do(t, get(short+"/"+second.ID)), 200).OrganizationID)
	require.Equal(t, organization, decode(t, h.Do(t, get(long+"/"+second.ID)), 200).OrganizationID, "that of the path")
	require.Contains(t, sdktest.Body(t, h.Do(t, get(long))), second.ID)

	require.Equal(t, http.StatusOK, h.Do(t, request(http.MethodPatch, short+"/"+first.ID, `{"status":"inactive"}`)).StatusCode)
	require.Equal(t, http.StatusOK, h.Do(t, get(short+"/"+first.ID+"/logs")).StatusCode)
	require.Equal(t, http.StatusNotFound, h.Do(t, get(short+"/"+first.ID+"/logs/details?requestId="+first.ID)).StatusCode)
	require.Equal(t, http.StatusNoContent, h.Do(t, request(http.MethodDelete, short+"/"+first.ID, "")).StatusCode)
	require.Equal(t, http.StatusNotFound, h.Do(t, get(long+"/"+first.ID)).StatusCode)

	w := "/workspaces/" + workspace + "/available-webhooks"
	require.Equal(t, sdktest.Body(t, h.Do(t, get("/organizations/"+organization+w))), sdktest.Body(t, h.Do(t, get(w))))
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	for name, test := range map[string]struct{ body, field, want string }{
		"UnknownEvent":    {`{"service":"channels","event":"sms.nope","url":"https://a.example.com"}`, ".body.event", `"sms.nope" is no event of channels`},
		"OtherService":    {`{"service":"numbers","event":"sms.inbound","url":"https://a.example.com"}`, ".body.event", `"sms.inbound" is an event of the service channels`},
		"NoEvents":        {`{"service":"payments","event":"payment.made","url":"https://a.example.com"}`, ".body.service", "payments has no events to subscribe to"},
		"Template":        {`{"service":"channels","event":"{platform}.inbound","url":"https://a.example.com"}`, ".body.event", "is no event"},
		"Wildcard":        {`{"service":"channels","event":"*.inbound","url":"https://a.example.com"}`, ".body.event", "is no event"},
		"TwoChannels":     {`{"service":"channels","event":"sms.inbound","url":"https://a.example.com","eventFilters":[{"key":"channelId","value":"a"},{"key":"channelId","value":"b"}]}`, ".body.eventFilters[1].key", "one channelId at most"},
		"TwoInteractions": {`{"service":"channels","event":"email.interaction","url":"https://a.example.com","eventFilters":[{"key":"interactionType","value":"a"},{"key":"interactionType","value":"b"}]}`, ".body.eventFilters[1].key", "one interactionType at most"},
	} {
		got := decode(t, h.Do(t, request(http.MethodPost, long, test.body)), http.StatusUnprocessableEntity)
		require.Equal(t, "InvalidPayload", got.Code, name)
		require.Equal(t, "One or more fields provided in the request body are malformed", got.Message)
		require.Len(t, got.Details[test.field], 1, "%s: %v", name, got.Details)
		require.Contains(t, got.Details[test.field][0], test.want, name)
	}
	voice := create(t, h, long, `{"service":"channels","event":"voice.inbound","url":"https://a.example.com","eventFilters":[{"key":"status","value":"busy"},{"key":"status","value":"failed"}]}`)
	require.Len(t, voice.EventFilters, 2, "several values of a status are any of them")
	require.Empty(t, create(t, h, long, `{"service":"channels","event":"sms.inbound","url":"https://a.example.com","eventFilters":null}`).EventFilters)
}

func TestDocumentRefuses(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	for name, body := range map[string]string{
		"NoService":    `{"event":"sms.inbound","url":"https://a.example.com"}`,
		"NoEvent":      `{"service":"channels","url":"https://a.example.com"}`,
		"NoURL":        `{"service":"channels","event":"sms.inbound"}`,
		"Service":      `{"service":"other","event":"sms.inbound","url":"https://a.example.com"}`,
		"Unknown":      `{"service":"channels","event":"sms.inbound","url":"https://a.example.com","more":1}`,
		"FilterMember": `{"service":"channels","event":"sms.inbound","url":"https://a.example.com","eventFilters":[{"key":"a","value":"b","more":1}]}`,
		"NoValue":      `{"service":"channels","event":"sms.inbound","url":"https://a.example.com","eventFilters":[{"key":"a"}]}`,
	} {
		require.Error(t, h.Check(request(http.MethodPost, long, body)), name)
	}
	for name, body := range map[string]string{
		"Nothing": `{}`, "Unknown": `{"event":"sms.inbound"}`, "Status": `{"status":"paused"}`, "URL": `{"url":"http://a.example.com"}`, "NullURL": `{"url":null}`,
	} {
		require.Error(t, h.Check(request(http.MethodPatch, long+unknownID, body)), name)
	}
	for _, path := range []string{
		"/workspaces/x/webhook-subscriptions", "/organizations/x/workspaces/" + workspace + "/webhook-subscriptions", long + "?limit=0",
		long + "?limit=101", long + "?pageToken=" + strings.Repeat("x", 8001), long + "?SearchFilter[service]=nope", long + unknownID + "/logs/details",
		long + unknownID + "/logs?executionStatus=nope",
	} {
		require.Error(t, h.Check(get(path)), path)
	}
}

// The documented pattern, with the optional port of the newer page.
func TestURLPattern(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"https://example.com":              true,
		"https://example.com/":             true,
		"https://example.com/webhook":      true,
		"https://a-b.sub.example.com/x":    true,
		"https://example.com/webhook?a=1":  true,
		"https://example.com/?a=1#f":       true,
		"https://example.com:8443":         true,
		"https://example.com:8443/webhook": true,
		"https://example.com?a=1":          false,
		"https://example.com:/webhook":     false,
		"https://example.com:port/":        false,
		"http://example.com/webhook":       false,
		"HTTPS://example.com/webhook":      false,
		"https://localhost/webhook":        false,
		"https://localhost:8443/webhook":   false,
		"https://93.184.216.34/webhook":    false,
		"https://[2606:4700::1111]/x":      false,
		"https://user@example.com/":        false,
		"https://example.com/web hook":     false,
		"https://example.c/":               false,
		"example.com/webhook":              false,
		"":                                 false,
	} {
		h := sdktest.Serve(t, bird.New())
		body, err := json.Marshal(map[string]string{"service": "channels", "event": "sms.inbound", "url": url})
		require.NoError(t, err)
		req := request(http.MethodPost, short, string(body))
		if ok {
			require.NoError(t, h.Check(req), url)
			require.Equal(t, http.StatusCreated, h.Do(t, req).StatusCode, url)
			continue
		}
		require.Error(t, h.Check(req), url)
		got := decode(t, h.Handle(req), http.StatusUnprocessableEntity)
		require.NotEmpty(t, got.Details[".body.url"], "the manifest says the same of %q", url)
	}
}

func TestLimitOfSameFilters(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	for i := range 5 {
		path := long
		if i%2 == 1 {
			path = short
		}
		create(t, h, path, documentedBody(t))
	}
	got := decode(t, h.Do(t, request(http.MethodPost, long, documentedBody(t))), http.StatusUnprocessableEntity)
	require.Equal(t, "LimitExceeded", got.Code)
	require.NotEmpty(t, got.Message)
	create(t, h, long, strings.Replace(documentedBody(t), "8e4c1b3a", "8e4c1b3b", 1))
	create(t, h, long, strings.Replace(documentedBody(t), "sms.outbound", "sms.inbound", 1))
}

func TestUpdateKeepsTheRest(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	want := create(t, h, long, documentedBody(t))
	want.SigningKey = ""
	path := long + "/" + want.ID
	for _, step := range []struct {
		body   string
		change func()
	}{
		{`{"url":"https://b.example.com/?a=1&b=2"}`, func() { want.URL = "https://b.example.com/?a=1&b=2" }},
		{`{"status":"inactive"}`, func() { want.Status = "inactive" }},
		{`{"status":"active"}`, func() { want.Status = "active" }},
		{`{"template":"twilio"}`, func() { want.Template = "twilio" }},
		{`{"eventFilters":[{"key":"channelId","value":"x"}]}`, func() { want.EventFilters = []struct{ Key, Value string }{{"channelId", "x"}} }},
		{`{"signingKey":"other"}`, func() {}},
		{`{"eventFilters":null}`, func() { want.EventFilters = nil }},
	} {
		step.change()
		require.Equal(t, want, decode(t, h.Do(t, request(http.MethodPatch, path, step.body)), http.StatusOK), step.body)
	}
	sub, err := h.Engine.GetSubscription(t.Context(), want.ID)
	require.NoError(t, err)
	require.Equal(t, "other", sub.Secret.Reveal())
	require.Equal(t, organization, sub.Settings["organizationId"], "a new template keeps the organization")

	decode(t, h.Do(t, request(http.MethodPatch, path, `{"signingKey":""}`)), http.StatusOK)
	sub, err = h.Engine.GetSubscription(t.Context(), want.ID)
	require.NoError(t, err)
	require.Empty(t, sub.Secret.Reveal(), "an empty key turns signing off")

	got := decode(t, h.Do(t, request(http.MethodPatch, path, `{"eventFilters":[{"key":"channelId","value":"a"},{"key":"channelId","value":"b"}]}`)), 422)
	require.Contains(t, got.Details, ".body.eventFilters[1].key")
	require.NoError(t, h.Engine.Disable(want.ID, "the endpoint answered 410"))
	got = decode(t, h.Do(t, get(path)), http.StatusOK)
	require.Equal(t, "inactive", got.Status)
	require.Equal(t, "the endpoint answered 410", got.StatusReason)
}

func TestUnknownSubscription(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	for _, id := range []string{unknownID, "/nope", "/{852883af-5f68-4204-b611-7ee8db9600f4}", "/852883af5f684204b6117ee8db9600f4"} {
		for _, req := range []sdktest.Request{
			get(long + id), request(http.MethodDelete, long+id, ""), request(http.MethodPatch, long+id, `{"status":"active"}`),
			request(http.MethodPatch, short+id, `{"template":"twilio"}`), get(short + id), get(long + id + "/logs/details?requestId=x"),
		} {
			require.Equal(t, "NotFound", decode(t, h.Do(t, req), http.StatusNotFound).Code)
		}
	}
}

func TestMalformedRequestsReachTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	for body, field := range map[string]string{
		`{"url":`: ".body", `{"url":1}`: ".body.url", `{"eventFilters":[{"key":1}]}`: ".body.eventFilters.key",
	} {
		got := decode(t, h.Handle(request(http.MethodPost, long, body)), http.StatusUnprocessableEntity)
		require.Equal(t, "InvalidPayload", got.Code)
		require.NotEmpty(t, got.Details[field], "%s: %v", body, got.Details)
	}
	require.Equal(t, "InvalidPayload", decode(t, h.Handle(request(http.MethodPatch, long+unknownID, `{"eventFilters":7}`)), 422).Code)
	got := decode(t, h.Handle(get(long+"?limit=x")), http.StatusBadRequest)
	require.Equal(t, "InvalidRequest", got.Code)
	require.Equal(t, []string{"must have the type that the API's document says"}, got.Details[".query.limit"])
	got = decode(t, h.Handle(get(long+unknownID+"/logs/details")), http.StatusBadRequest)
	require.Equal(t, []string{"is required"}, got.Details[".query.requestId"])
	require.Equal(t, http.StatusNotFound, h.Handle(get("/nowhere")).StatusCode)
	require.Equal(t, http.StatusMethodNotAllowed, h.Handle(request(http.MethodPut, long, "")).StatusCode)
}

func FuzzUpdate(f *testing.F) {
	for _, body := range []string{`{"eventFilters":null}`, `{"eventFilters":[{"key":"channelId","value":"x"}]}`, `{"status":"inactive","template":"t"}`, `{"url":1}`, `[`} {
		f.Add(body)
	}
	h := sdktest.Serve(f, bird.New())
	resp := h.Handle(request(http.MethodPost, long, `{"service":"channels","event":"sms.inbound","url":"https://a.example.com"}`))
	var made answer
	require.NoError(f, json.Unmarshal([]byte(sdktest.Body(f, resp)), &made))
	f.Fuzz(func(t *testing.T, body string) {
		resp := h.Handle(request(http.MethodPatch, long+"/"+made.ID, body))
		require.Contains(t, []int{http.StatusOK, http.StatusUnprocessableEntity}, resp.StatusCode, sdktest.Body(t, resp))
	})
}
