package standard_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/standard"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func delivery(e sdk.Event) *sdk.Delivery {
	return &sdk.Delivery{
		ID: "d-1", EventType: e.Type, Attempt: 1, Time: time.Now(), Event: &e,
		Subscription: &sdk.Subscription{SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/hook", Secret: secret}},
	}
}

func order(data string) sdk.Event {
	return sdk.Event{
		ID: "e-1", Source: "/shop", Type: "order.created", Subject: "o-1", DataContentType: "application/json",
		Time: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), Data: []byte(data),
		Extensions: map[string]string{"platform": "sms", "namespace": "a&b", "data": "not an extension"},
	}
}

func headers(req *sdk.Request) http.Header {
	h := http.Header{}
	for _, f := range req.Headers {
		h.Add(f.Name, f.Value)
	}
	return h
}

func TestRenderBody(t *testing.T) {
	t.Parallel()
	base := `{"specversion":"1.0","id":"e-1","source":"/shop","type":"order.created","subject":"o-1","time":"2026-01-02T03:04:05.678Z",`
	typed, untyped := base+`"datacontenttype":"application/json","namespace":"a&b","platform":"sms"`, base+`"namespace":"a&b","platform":"sms"`
	const contentType = "application/json"
	raw := "{ \"n\" : 1.0,\n\"t\":\"<&>\" }"
	for name, test := range map[string]struct {
		contentType, data, want string
	}{
		"JSONVerbatim":  {contentType, raw, typed + `,"data":` + raw + "}"},
		"Scalar":        {contentType, "7", typed + `,"data":7}`},
		"NoData":        {contentType, "", typed + "}"},
		"JSONOfNoType":  {"", raw, untyped + `,"data":` + raw + "}"},
		"NoTypeNotJSON": {"", "a=1", untyped + `,"data_base64":"YT0x"}`},
		"NoTypeNotUTF8": {"", "\"\xff\"", untyped + `,"data_base64":"Iv8i"}`},
		"NoTypeNothing": {"", "", untyped + "}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := order(test.data)
			e.DataContentType = test.contentType
			req, err := standard.New().Render(t.Context(), delivery(e))
			require.NoError(t, err)
			require.Equal(t, test.want, string(req.Body))
			require.Equal(t, "application/cloudevents+json", headers(req).Get("Content-Type"))
			var got event.Event
			require.NoError(t, json.Unmarshal(req.Body, &got))
			require.NoError(t, got.Validate())
			require.Equal(t, test.data, string(got.Data()))
		})
	}
}

func TestRenderContentTypes(t *testing.T) {
	t.Parallel()
	for contentType, verbatim := range map[string]bool{
		"":                                  true,
		"application/json":                  true,
		"application/JSON; charset=utf-8":   true,
		"text/json":                         true,
		"application/vnd.example.v1+json":   true,
		"text/plain":                        false,
		"application/octet-stream":          false,
		"application/json; =":               false,
		"application/x-www-form-urlencoded": false,
	} {
		e := order(`{"a":1}`)
		e.DataContentType = contentType
		req, err := standard.New().Render(t.Context(), delivery(e))
		require.NoError(t, err)
		var got map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(req.Body, &got))
		if verbatim {
			require.Equal(t, `{"a":1}`, string(got["data"]), contentType)
			require.NotContains(t, got, "data_base64")
		} else {
			require.Equal(t, `"`+base64.StdEncoding.EncodeToString(e.Data)+`"`, string(got["data_base64"]), contentType)
			require.NotContains(t, got, "data")
		}
	}
}

func TestRenderMinimalEvent(t *testing.T) {
	t.Parallel()
	d := delivery(sdk.Event{ID: "e-1", Source: "/shop", Type: "standard.ping"})
	d.EventType = "ping"
	req, err := standard.New().Render(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, `{"specversion":"1.0","id":"e-1","source":"/shop","type":"ping"}`, string(req.Body))
}

// TestSignature verifies with the specification's own library.
func TestSignature(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	for _, id := range []string{"e-1", "msg.2:x/y", "50% ü\r\nX: y"} {
		e := order(`{"a":1}`)
		e.ID = id
		req, err := standard.New().Render(t.Context(), delivery(e))
		require.NoError(t, err)
		h := headers(req)
		require.NotContains(t, h.Get("webhook-id"), "\n")
		require.NotContains(t, h.Get("webhook-id"), ".", "the full stop parts what is signed")
		require.NoError(t, verifier.Verify(req.Body, h))
		tampered := append([]byte(" "), req.Body...)
		require.Error(t, verifier.Verify(tampered, h))
	}
	req, err := standard.New().Render(t.Context(), delivery(order("1")))
	require.NoError(t, err)
	require.Equal(t, "e-1", headers(req).Get("webhook-id"), "the event's id, the same on every attempt")
}

// TestOverlap: while a previous secret is valid, the specification's own library
// accepts a delivery with either secret, and no third one.
func TestOverlap(t *testing.T) {
	t.Parallel()
	d := delivery(order("1"))
	d.Subscription.PreviousSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfgh4vWlZk="
	req, err := standard.New().Render(t.Context(), d)
	require.NoError(t, err)
	require.Regexp(t, `^v1,\S{44} v1,\S{44}$`, headers(req).Get("webhook-signature"))
	for _, valid := range []sdk.Secret{secret, d.Subscription.PreviousSecret} {
		verifier, err := standardwebhooks.NewWebhook(valid.Reveal())
		require.NoError(t, err)
		require.NoError(t, verifier.Verify(req.Body, headers(req)))
	}
	other, err := standardwebhooks.NewWebhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	require.NoError(t, err)
	require.Error(t, other.Verify(req.Body, headers(req)))
}

// TestKeyPair: a secret whsk_ signs v1a, beside v1 where the previous secret is of
// that form.
func TestKeyPair(t *testing.T) {
	t.Parallel()
	a := standard.New()
	sub, err := sdktest.NewEngine(a.Manifest()).CreateSubscription(t.Context(), sdk.SubscriptionSpec{
		URL: "http://a.example.com", Settings: map[string]string{"signature": "v1a"},
	})
	require.NoError(t, err)
	text, ok := strings.CutPrefix(sub.Settings["public_key"], "whpk_")
	require.True(t, ok)
	public, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	d := delivery(order("1"))
	d.Subscription = sub
	d.Subscription.PreviousSecret = secret
	req, err := a.Render(t.Context(), d)
	require.NoError(t, err)
	h := headers(req)
	v1a, v1, ok := strings.Cut(h.Get("webhook-signature"), " ")
	require.True(t, ok)
	signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v1a, "v1a,"))
	require.NoError(t, err)
	message := h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + string(req.Body)
	require.True(t, ed25519.Verify(public, []byte(message), signature))
	require.True(t, strings.HasPrefix(v1, "v1,"))
	verifier, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(req.Body, h), "libraries pass over signatures of other versions")
}

func TestHeaderIDIsOneToOne(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, id := range []string{"a b", "a%20b", "a%2520b", "ü", "%C3%BC", "a\tb", "a.b", "a%2Eb", "a%2eb"} {
		e := order("1")
		e.ID = id
		req, err := standard.New().Render(t.Context(), delivery(e))
		require.NoError(t, err)
		header := headers(req).Get("webhook-id")
		require.Regexp(t, `^[!-~]+$`, header)
		require.NotContains(t, seen, header)
		seen[header] = id
	}
}

func TestRenderRefusesBadSecret(t *testing.T) {
	t.Parallel()
	for _, bad := range []sdk.Secret{"", "whsec_", "whsec_!!!!", "whsec_AA\nAA", "whsk_!!!!", "whsk_AAAA"} {
		d := delivery(order("1"))
		d.Subscription.Secret = bad
		_, err := standard.New().Render(t.Context(), d)
		require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
		require.NotContains(t, err.Error(), "!!!!", "a secret is not repeated")
		d.Subscription.Secret, d.Subscription.PreviousSecret = secret, bad
		_, err = standard.New().Render(t.Context(), d)
		require.Equal(t, bad != "", sdk.IsCode(err, sdk.CodeInvalid))
	}
}

func TestGeneratedSecretSigns(t *testing.T) {
	t.Parallel()
	a := standard.New()
	sub, err := sdktest.NewEngine(a.Manifest()).CreateSubscription(t.Context(), sdk.SubscriptionSpec{URL: "http://a.example.com", Enabled: true})
	require.NoError(t, err)
	verifier, err := standardwebhooks.NewWebhook(sub.Secret.Reveal())
	require.NoError(t, err)
	d := delivery(order("1"))
	d.Subscription = sub
	req, err := a.Render(t.Context(), d)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(req.Body, headers(req)))
}

func TestAPIIsEmpty(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, standard.New())
	require.Empty(t, h.Document.Paths.Map())
	resp := h.Handle(sdktest.Request{Method: http.MethodGet, Path: "/anything"})
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
	require.JSONEq(t, `{"title":"Not Found","status":404,"detail":"This provider has no API of its own; subscribe through /v1/subscriptions"}`, sdktest.Body(t, resp))
}

func TestEncodeError(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, standard.New())
	for code := sdk.CodeInternal; code <= sdk.CodeUnavailable; code++ {
		resp := h.Fail(t, sdktest.Request{Method: http.MethodGet, Path: "/"}, sdk.Errorf(code, "It failed"))
		require.Equal(t, code.Status(), resp.StatusCode)
		var p struct {
			Title, Detail string
			Status        int
		}
		require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &p))
		require.Equal(t, code.Status(), p.Status)
		require.Equal(t, http.StatusText(code.Status()), p.Title)
		require.Equal(t, "It failed", p.Detail)
	}
	resp := h.Fail(t, sdktest.Request{Method: http.MethodGet, Path: "/"}, sdk.InvalidField("/url", "is bad"))
	require.Contains(t, sdktest.Body(t, resp), `"errors":[{"in":"body","field":"/url","message":"is bad"}]`)
}
