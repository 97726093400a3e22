package whatsapp_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/whatsapp"
)

func TestEncodeError(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	known, admin, unknown := create(`{"url":"x"}`), get("/admin/webhooks/stats"), get("/nowhere")
	for _, test := range []struct {
		err             *sdk.Error
		req             sdktest.Request
		status          int
		message, detail string
		header          string
	}{
		{sdk.Errorf(sdk.CodeInternal, "Internal error"), known, 500, "Internal server error", "Internal error", ""},
		{sdk.InvalidField("/url", "is required"), known, 400, "Bad request", "url: is required", ""},
		{sdk.InvalidField("/event_types/1", "is unknown"), known, 400, "Bad request", "events[1]: is unknown", ""},
		{&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials}, known, 401, "Unauthorized", "Invalid or missing authentication", "WWW-Authenticate"},
		{&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials}, known, 401, "Unauthorized", "Invalid or expired JWT token", "WWW-Authenticate"},
		{&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials}, admin, 401, "Unauthorized", "Invalid or missing admin secret", "WWW-Authenticate"},
		{&sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonNoScope, Message: "No scope"}, known, 403, "Forbidden", "No scope", ""},
		{sdk.Errorf(sdk.CodeNotFound, "No path"), unknown, 404, "Not found", "No path", ""},
		{sdk.Errorf(sdk.CodeLimit, "x"), known, 400, "Bad request", "Maximum of 5 webhooks reached; delete one first", ""},
		{sdk.Errorf(sdk.CodeTooLarge, "Too large"), known, 413, "Request entity too large", "Too large", ""},
		{sdk.Errorf(sdk.CodeUnsupportedMediaType, "Not JSON"), known, 415, "Unsupported media type", "Not JSON", ""},
		{&sdk.Error{Code: sdk.CodeRateLimited, Message: "Slow down", RetryAfter: time.Second}, known, 429, "Too many requests", "Slow down", "Retry-After"},
		{sdk.Errorf(sdk.CodeUnavailable, "Down"), known, 503, "Service unavailable", "Down", "Retry-After"},
		// No operation of the document answers these; the envelope is the same.
		{&sdk.Error{Code: sdk.CodeMethodNotAllowed, Message: "No method", Allow: []string{"GET"}}, unknown, 405, "Method not allowed", "No method", "Allow"},
		{sdk.Errorf(sdk.CodeNotAcceptable, "Not acceptable"), unknown, 406, "Not acceptable", "Not acceptable", ""},
		{sdk.Errorf(sdk.CodeConflict, "Conflict"), unknown, 409, "Conflict", "Conflict", ""},
	} {
		resp := h.Fail(t, test.req, test.err)
		require.Equal(t, test.status, resp.StatusCode)
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		require.Equal(t, fmt.Sprintf(`{"status":false,"code":%d,"message":%q,"error":%q}`, test.status, test.message, test.detail),
			sdktest.Body(t, resp))
		if test.header != "" {
			require.NotEmpty(t, resp.Header.Get(test.header))
		}
	}
}

func TestEngineErrorsReachTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, whatsapp.New())
	h.Do(t, documentedCreate(t))
	for _, op := range []struct {
		req  sdktest.Request
		want string
	}{
		{documentedCreate(t), "Failed to create webhook"},
		{get("/webhooks"), "Failed to retrieve webhooks"},
		{get("/webhooks/1"), "Failed to retrieve webhook"},
		{patch("/webhooks/1", `{"active":false}`), "Failed to update webhook"},
		{sdktest.Request{Method: http.MethodDelete, Path: "/webhooks/1"}, "Failed to delete webhook"},
		{get("/webhooks/1/logs"), "Failed to retrieve webhook logs"},
		{sdktest.Request{Method: http.MethodPost, Path: "/webhooks/1/test"}, "Failed to send test event"},
		{get("/admin/webhooks/stats"), "Failed to retrieve webhook statistics"},
	} {
		h.Engine.Fail(sdk.Errorf(sdk.CodeInternal, "disk on fire"))
		resp := h.Do(t, op.req)
		require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
		require.JSONEq(t, `{"status":false,"code":500,"message":"Internal server error","error":"`+op.want+`"}`, sdktest.Body(t, resp))
		h.Engine.Fail(sdk.Errorf(sdk.CodeUnavailable, "The database is busy"))
		require.Equal(t, http.StatusServiceUnavailable, h.Do(t, op.req).StatusCode)
	}
	require.Equal(t, http.StatusNotFound, h.Handle(get("/nowhere")).StatusCode)
	require.Equal(t, http.StatusMethodNotAllowed, h.Handle(sdktest.Request{Method: http.MethodPut, Path: "/webhooks/1"}).StatusCode)
}
