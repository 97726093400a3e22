package callbell_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func TestEncodeError(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	known, unknown := subscribe("{}"), get("/nowhere")
	for _, test := range []struct {
		err    *sdk.Error
		req    sdktest.Request
		status int
		body   string
		header string
	}{
		{sdk.Errorf(sdk.CodeInternal, "Internal error"), known, 500, "Internal error", ""},
		{sdk.InvalidField("/url", "is required"), known, 400, "url: is required", ""},
		{sdk.InvalidField("/event_types/1", "is unknown"), known, 400, "subscriptions[1]: is unknown", ""},
		{&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials, Message: "No token"}, known, 401, "No token", "WWW-Authenticate"},
		{&sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "No scope"}, known, 403, "No scope", ""},
		{sdk.Errorf(sdk.CodeNotFound, "No path"), unknown, 404, "No path", ""},
		{sdk.Errorf(sdk.CodeTooLarge, "Too large"), known, 413, "Too large", ""},
		{sdk.Errorf(sdk.CodeUnsupportedMediaType, "Not JSON"), known, 415, "Not JSON", ""},
		{&sdk.Error{Code: sdk.CodeRateLimited, Message: "Slow down", RetryAfter: time.Second}, known, 429, "Slow down", "Retry-After"},
		{sdk.Errorf(sdk.CodeUnavailable, "Down"), known, 503, "Down", "Retry-After"},
		// No operation of the document answers these; the envelope is the same.
		{&sdk.Error{Code: sdk.CodeMethodNotAllowed, Message: "No method", Allow: []string{"POST"}}, unknown, 405, "No method", "Allow"},
		{sdk.Errorf(sdk.CodeNotAcceptable, "Not acceptable"), unknown, 406, "Not acceptable", ""},
		{sdk.Errorf(sdk.CodeConflict, "Conflict"), unknown, 409, "Conflict", ""},
		{sdk.Errorf(sdk.CodeLimit, "Limit"), unknown, 409, "Limit", ""},
	} {
		resp := h.Fail(t, test.req, test.err)
		require.Equal(t, test.status, resp.StatusCode)
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		require.JSONEq(t, `{"error":"`+test.body+`"}`, sdktest.Body(t, resp))
		if test.header != "" {
			require.NotEmpty(t, resp.Header.Get(test.header))
		}
	}
}

func TestEngineErrorsReachTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, callbell.New())
	h.Engine.Fail(sdk.Errorf(sdk.CodeUnavailable, "The database is busy"))
	for _, req := range []sdktest.Request{
		documentedRequest(t), get("/webhooks/events"), {Method: http.MethodDelete, Path: "/webhooks/unsubscribe"},
	} {
		require.Equal(t, http.StatusServiceUnavailable, h.Do(t, req).StatusCode)
	}
	require.Equal(t, http.StatusNotFound, h.Handle(get("/nowhere")).StatusCode)
	require.Equal(t, http.StatusMethodNotAllowed, h.Handle(get("/webhooks/subscribe")).StatusCode)
}
