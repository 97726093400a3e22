package chatbot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/documented"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

const collection = "/webhooks"

// answerTime is that of the vendor's examples.
var answerTime = time.Date(2018, 1, 12, 13, 40, 40, 260e6, time.UTC)

func newAdapter() sdk.Adapter {
	return chatbot.NewWithClock(func() time.Time { return answerTime })
}

// serve has verification as the setting says; "" is the default.
func serve(t *testing.T, verify sdk.Secret) *sdktest.Harness {
	t.Helper()
	a := newAdapter()
	if verify != "" {
		require.NoError(t, a.(sdk.Configurer).Configure(map[string]sdk.Secret{"verify": verify}))
	}
	return sdktest.Serve(t, a)
}

func request(method, path, body string) sdktest.Request {
	return sdktest.Request{
		Method: method, Path: path, Body: body,
		Headers: map[string]string{"Authorization": "Bearer T", "Content-Type": "application/json"},
	}
}

// golden reads one of the vendor's examples in one line, with old replaced by new.
func golden(t *testing.T, file string, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/documented/" + file)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, text))
	return strings.NewReplacer(replace...).Replace(b.String())
}

func documentedBody(t *testing.T) string {
	t.Helper()
	set, err := documented.Load("testdata/documented")
	require.NoError(t, err)
	return strings.ReplaceAll(set.Find("create").Requests[0].Request.Body, "${WEBHOOK-URL}", "https://example.com")
}

// write sends a request that writes, holds its answer against the documented one
// and returns the id.
func write(t *testing.T, h *sdktest.Harness, method, path, body string) string {
	t.Helper()
	resp := h.Do(t, request(method, path, body))
	text := sdktest.Body(t, resp)
	require.Equal(t, http.StatusOK, resp.StatusCode, text)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	var got struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.Regexp(t, `^[0-9a-f]{24}$`, got.ID)
	require.Equal(t, golden(t, "create.answer", "58ee2e085d033800059a3f7f", got.ID), strings.TrimSpace(text))
	return got.ID
}

func read(t *testing.T, h *sdktest.Harness, path string) string {
	t.Helper()
	resp := h.Do(t, request(http.MethodGet, path, ""))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return strings.TrimSpace(sdktest.Body(t, resp))
}

func message(t *testing.T, resp *http.Response) string {
	t.Helper()
	var got struct{ Status struct{ Message string } }
	require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &got))
	return got.Status.Message
}

func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	require.Equal(t, "[]", read(t, h, collection))

	id := write(t, h, http.MethodPost, collection, documentedBody(t))
	require.Equal(t, `{"id":"`+id+`","name":"Webhook name","url":"https://example.com","token":"","headers":[],`+
		`"auth":{"username":"","password":""},"error":{}}`, read(t, h, collection+"/"+id))

	require.Equal(t, id, write(t, h, http.MethodPut, collection+"/"+id, `{"name":"Webhook","url":"https://example.com"}`))
	require.Equal(t, golden(t, "list.answer", "5a21a9e21ec94a0007f9ac19", id), read(t, h, collection))

	// The example's error is that of a call; here a failed verification stands for it.
	h.Engine.SetTime(time.Date(2017, 12, 4, 15, 6, 12, 53e6, time.UTC))
	h.Engine.AnswerProbes(func(sdk.Probe) sdk.ProbeResult {
		return sdk.ProbeResult{Error: "no complete answer after 10.001s: timed out while reading the answer"}
	})
	_, err := h.Engine.Probe(t.Context(), sdk.Probe{URL: "https://example.com", Background: true, SubscriptionID: id})
	require.NoError(t, err)
	write(t, h, http.MethodPut, collection+"/"+id, `{"name":"Webhook example","url":"https://example.com","token":"qwerty"}`)
	require.Equal(t, golden(t, "get.answer", "5a21a9e21ec94a0007f9ac19", id), read(t, h, collection+"/"+id))
	require.Contains(t, read(t, h, collection), `"error":"timeout of 10000ms exceeded"`)

	require.Equal(t, id, write(t, h, http.MethodDelete, collection+"/"+id, ""))
	require.Equal(t, "[]", read(t, h, collection))
}

const everything = `{"name":"all","url":"http://example.com/?a=<1>","token":"{\"to\"ken}","headers":[{"name":"X-A","value":"1"},` +
	`{"name":"X-A","value":"2"}],"auth":{"username":"ü<ser>","password":"p:a\"ss"}}`

func TestReadGivesAllBack(t *testing.T) {
	t.Parallel()
	h := serve(t, "")
	id := write(t, h, http.MethodPost, collection, everything)
	const failure = "the verification request was not answered with the expected body"
	require.JSONEq(t, `{"id":"`+id+`",`+strings.TrimSuffix(everything[1:], "}")+
		`,"error":{"date":"2026-01-02T03:04:05.000Z","message":"`+failure+`"}}`, read(t, h, collection+"/"+id))
	require.JSONEq(t, `[{"id":"`+id+`","name":"all","url":"http://example.com/?a=<1>","error":"`+failure+`"}]`,
		read(t, h, collection), "the list shows no credentials")

	page, err := h.Engine.ListSubscriptions(t.Context(), 0, "")
	require.NoError(t, err)
	require.Empty(t, page.Subscriptions[0].Settings, "what the engine lists in clear holds no password")
}

func TestUpdateReplacesTheWhole(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	id := write(t, h, http.MethodPost, collection, everything)
	require.NoError(t, h.Engine.Disable(id, "answered 410"))
	write(t, h, http.MethodPut, collection+"/"+id, documentedBody(t))
	sub, err := h.Engine.GetSubscription(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, sdk.SubscriptionSpec{
		Name: "Webhook name", URL: "https://example.com", EventTypes: []string{"webhook_called"},
		Headers: sub.Headers, Enabled: true,
	}, sub.SubscriptionSpec)
	require.Empty(t, sub.Headers)
}

func TestUnknownWebhook(t *testing.T) {
	t.Parallel()
	h := serve(t, "enforce")
	for _, id := range []string{"5a21a9e21ec94a0007f9ac19", "nothing"} {
		for _, req := range []sdktest.Request{
			request(http.MethodGet, collection+"/"+id, ""), request(http.MethodDelete, collection+"/"+id, ""),
			request(http.MethodPut, collection+"/"+id, documentedBody(t)),
		} {
			resp := h.Do(t, req)
			require.Equal(t, http.StatusNotFound, resp.StatusCode, req.Method)
			require.JSONEq(t, `{"timestamp":"2018-01-12T13:40:40.260Z","status":{"code":404,"type":"not_found",`+
				`"message":"There is no webhook with this id"}}`, sdktest.Body(t, resp))
		}
	}
	require.Empty(t, h.Engine.Probes(), "nothing is verified for a webhook that is not there")
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	id := write(t, h, http.MethodPost, collection, documentedBody(t))
	long := strings.Repeat("é", 1000)
	quotes := strings.Repeat(`\"`, 1024)
	for name, test := range map[string]struct{ body, want string }{
		"RelativeURL": {`{"name":"a","url":"www.example.com"}`, "url: must be an absolute URL"},
		"Localhost":   {`{"name":"a","url":"http://localhost/"}`, "url: must name a public host"},
		"Colon":       {`{"name":"a","url":"https://example.com","auth":{"username":"a:b"}}`, "auth.username: must have no colon"},
		"Newline":     {`{"name":"a","url":"https://example.com","auth":{"password":"a\nb"}}`, "auth.password: must have no control characters"},
		"LongURL": {
			`{"name":"a","url":"https://example.com/` + strings.Repeat("☂", 2000) + `","token":"` + strings.Repeat("🙂", 1024) + `"}`,
			"url: must have, with the challenge and the token",
		},
		"LongAuth": {
			`{"name":"a","url":"https://example.com","token":"` + quotes + `","auth":{"username":"` + quotes + `","password":"` + long + `"}}`,
			"auth: must have, together with the token, at most 4096 characters",
		},
	} {
		for _, req := range []sdktest.Request{
			request(http.MethodPost, collection, test.body), request(http.MethodPut, collection+"/"+id, test.body),
		} {
			resp := h.Do(t, req)
			require.Equal(t, http.StatusBadRequest, resp.StatusCode, name)
			got := message(t, resp)
			require.True(t, strings.HasPrefix(got, test.want), "%s: %s", name, got)
		}
	}
}

func TestDocumentBounds(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	body := func(member string) string { return `{"name":"a","url":"https://example.com"` + member + `}` }
	headers := func(n int) string {
		return `,"headers":[` + strings.TrimSuffix(strings.Repeat(`{"name":"X","value":"1"},`, n), ",") + `]`
	}
	text := func(format string, n int) string { return fmt.Sprintf(format, strings.Repeat("n", n)) }
	for name, test := range map[string]struct {
		body string
		ok   bool
	}{
		"NoName":           {`{"url":"https://example.com"}`, false},
		"NoURL":            {`{"name":"a"}`, false},
		"EmptyName":        {`{"name":"","url":"https://example.com"}`, false},
		"LongestName":      {text(`{"name":"%s","url":"https://example.com"}`, 1024), true},
		"LongName":         {text(`{"name":"%s","url":"https://example.com"}`, 1025), false},
		"LongestToken":     {body(text(`,"token":"%s"`, 1024)), true},
		"LongToken":        {body(text(`,"token":"%s"`, 1025)), false},
		"MostHeaders":      {body(headers(99)), true},
		"ManyHeaders":      {body(headers(100)), false},
		"LongestHeader":    {body(`,"headers":[{"name":"` + strings.Repeat("n", 128) + `","value":"` + strings.Repeat("v", 1024) + `"}]`), true},
		"LongHeaderName":   {body(text(`,"headers":[{"name":"%s","value":"1"}]`, 129)), false},
		"LongHeaderValue":  {body(text(`,"headers":[{"name":"X","value":"%s"}]`, 1025)), false},
		"EmptyHeaderValue": {body(`,"headers":[{"name":"X","value":""}]`), false},
		"LongestAuth":      {body(text(`,"auth":{"username":"%[1]s","password":"%[1]s"}`, 1024)), true},
		"LongUsername":     {body(text(`,"auth":{"username":"%s"}`, 1025)), false},
		"LongPassword":     {body(text(`,"auth":{"password":"%s"}`, 1025)), false},
		"Unknown":          {body(`,"more":1`), true},
	} {
		req := request(http.MethodPost, collection, test.body)
		if !test.ok {
			require.Error(t, h.Check(req), name)
			continue
		}
		require.Equal(t, http.StatusOK, h.Do(t, req).StatusCode, name)
	}
}

func TestListReadsAllPages(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	for i := range 250 {
		write(t, h, http.MethodPost, collection, fmt.Sprintf(`{"name":"webhook %d","url":"https://example.com"}`, i))
	}
	var list []struct{ Name string }
	require.NoError(t, json.Unmarshal([]byte(read(t, h, collection)), &list))
	require.Len(t, list, 250)
	require.Equal(t, "webhook 249", list[249].Name)
}
