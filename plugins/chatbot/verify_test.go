package chatbot_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

// sample answers as the vendor's sample endpoints do, whose token is qwerty.
func sample(p sdk.Probe) sdk.ProbeResult {
	u, err := url.Parse(p.URL)
	if err != nil || u.Query().Get("token") != "qwerty" {
		return sdk.ProbeResult{Status: http.StatusUnauthorized, Body: []byte("Unauthorized")}
	}
	return sdk.ProbeResult{Status: http.StatusOK, Body: []byte(u.Query().Get("challenge"))}
}

const (
	goodBody = `{"name":"a","url":"https://example.com/hook?shop=7","token":"qwerty"}`
	badBody  = `{"name":"b","url":"https://example.com/hook?shop=7","token":"wrong"}`
)

func TestVerificationRequest(t *testing.T) {
	t.Parallel()
	h := serve(t, "")
	id := write(t, h, http.MethodPost, collection, `{"name":"a","url":"https://example.com/hook?shop=7#top","token":"q w&=",
		"headers":[{"name":"X-Shop","value":"7"},{"name":"authorization","value":"own"}],"auth":{"username":"u","password":"p"}}`)
	write(t, h, http.MethodPost, collection, documentedBody(t))
	probes := h.Engine.Probes()
	require.Len(t, probes, 2)

	p, challenge := probes[0], string(probes[0].ExpectBody)
	require.Regexp(t, `^[A-Z2-7]{26}$`, challenge)
	require.Equal(t, sdk.Probe{
		URL:        "https://example.com/hook?shop=7&challenge=" + challenge + "&token=q+w%26%3D",
		Headers:    []sdk.Header{{Name: "Authorization", Value: "Basic dTpw"}, {Name: "X-Shop", Value: "7"}},
		Background: true, SubscriptionID: id, ExpectBody: []byte(challenge),
	}, p)
	require.Equal(t, "https://example.com?challenge="+string(probes[1].ExpectBody), probes[1].URL, "no token is set")
	require.NotEqual(t, challenge, string(probes[1].ExpectBody), "a challenge is used once")
}

func TestVerifyRecord(t *testing.T) {
	t.Parallel()
	h := serve(t, "record")
	h.Engine.AnswerProbes(sample)
	id := write(t, h, http.MethodPost, collection, goodBody)
	require.Contains(t, read(t, h, collection+"/"+id), `"error":{}`)

	for _, step := range []struct {
		body   string
		probes int
	}{
		{`{"name":"renamed","url":"https://example.com/hook?shop=7","token":"qwerty","auth":{"username":"u"}}`, 1},
		{`{"name":"renamed","url":"https://example.com/hook?shop=8","token":"qwerty"}`, 2},
		{`{"name":"renamed","url":"https://example.com/hook?shop=8","token":"wrong"}`, 3},
	} {
		write(t, h, http.MethodPut, collection+"/"+id, step.body)
		require.Len(t, h.Engine.Probes(), step.probes, step.body)
	}
	require.Contains(t, read(t, h, collection+"/"+id),
		`"error":{"date":"2026-01-02T03:04:05.000Z","message":"the verification request was answered with HTTP 401"}`)
}

// busy is an engine that cannot begin another verification.
type busy struct{ *sdktest.Engine }

func (busy) Probe(context.Context, sdk.Probe) (*sdk.ProbeResult, error) {
	return nil, sdk.Errorf(sdk.CodeUnavailable, "Too many verifications")
}

func TestVerifyRecordOutlastsABusyEngine(t *testing.T) {
	t.Parallel()
	a := newAdapter()
	engine := sdktest.NewEngine(a.Manifest())
	r := httptest.NewRequest(http.MethodPost, collection, strings.NewReader(goodBody))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r.WithContext(sdk.WithEngine(r.Context(), busy{engine}, sdk.Caller{})))
	require.Equal(t, http.StatusOK, w.Code, "the webhook is there, and the answer says so")
	list, err := engine.ListSubscriptions(t.Context(), 0, "")
	require.NoError(t, err)
	require.Len(t, list.Subscriptions, 1)
}

func TestVerifyEnforce(t *testing.T) {
	t.Parallel()
	h := serve(t, "enforce")
	h.Engine.AnswerProbes(sample)
	id := write(t, h, http.MethodPost, collection, goodBody)
	before := read(t, h, collection+"/"+id)
	for _, req := range []sdktest.Request{
		request(http.MethodPost, collection, badBody), request(http.MethodPut, collection+"/"+id, badBody),
	} {
		resp := h.Do(t, req)
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.JSONEq(t, `{"timestamp":"2018-01-12T13:40:40.260Z","status":{"code":400,"type":"bad_request","message":"url: the verification `+
			`request was answered with HTTP 401; answer GET requests with the value of their query parameter challenge"}}`, sdktest.Body(t, resp))
	}
	require.Equal(t, before, read(t, h, collection+"/"+id), "a refused update changes nothing")
	write(t, h, http.MethodPut, collection+"/"+id, `{"name":"renamed","url":"https://example.com/hook?shop=7","token":"qwerty"}`)
	require.Len(t, h.Engine.Probes(), 3, "the same URL and token are not verified again")
	for _, p := range h.Engine.Probes() {
		require.False(t, p.Background)
	}
}

func TestVerifyOff(t *testing.T) {
	t.Parallel()
	h := serve(t, "off")
	id := write(t, h, http.MethodPost, collection, goodBody)
	write(t, h, http.MethodPut, collection+"/"+id, badBody)
	require.Empty(t, h.Engine.Probes())
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings map[string]sdk.Secret
		want     string
	}{
		"None":    {nil, ""},
		"Known":   {map[string]sdk.Secret{"verify": "record"}, ""},
		"Value":   {map[string]sdk.Secret{"verify": "never"}, "settings.verify: must be record, enforce or off"},
		"Setting": {map[string]sdk.Secret{"verify": "off", "token": "x"}, "settings.token: there is no such setting; the only one is verify"},
	} {
		err := chatbot.New().(sdk.Configurer).Configure(test.settings)
		if test.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.EqualError(t, err, test.want, name)
	}
}
