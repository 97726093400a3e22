package chatbot_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func TestEncodeError(t *testing.T) {
	t.Parallel()
	h := serve(t, "")
	known, unknown := request(http.MethodPost, collection, "{}"), request(http.MethodGet, "/nowhere", "")
	for _, test := range []struct {
		err           *sdk.Error
		req           sdktest.Request
		status        int
		kind, message string
		header        string
	}{
		{sdk.Errorf(sdk.CodeInternal, "Internal error"), known, 500, "internal_server_error", "Internal error", ""},
		{sdk.InvalidField("/headers/0/name", "is reserved"), known, 400, "bad_request", "headers[0].name: is reserved", ""},
		{sdk.InvalidField("/secret", "is too long"), known, 400, "bad_request", "token: is too long", ""},
		{&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials, Message: "No token"}, known, 401, "unauthorized", "No token", "WWW-Authenticate"},
		{&sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "No scope"}, known, 403, "forbidden", "No scope", ""},
		{sdk.Errorf(sdk.CodeNotFound, "No path"), unknown, 404, "not_found", "No path", ""},
		{sdk.Errorf(sdk.CodeTooLarge, "Too large"), known, 413, "request_entity_too_large", "Too large", ""},
		{sdk.Errorf(sdk.CodeUnsupportedMediaType, "Not JSON"), known, 415, "unsupported_media_type", "Not JSON", ""},
		{&sdk.Error{Code: sdk.CodeRateLimited, Message: "Slow down", RetryAfter: time.Second}, known, 429, "too_many_requests", "Slow down", "Retry-After"},
		{sdk.Errorf(sdk.CodeUnavailable, "Down"), known, 503, "service_unavailable", "Down", "Retry-After"},
		// No operation of the document answers these; the envelope is the same.
		{&sdk.Error{Code: sdk.CodeMethodNotAllowed, Message: "No method", Allow: []string{"GET"}}, unknown, 405, "method_not_allowed", "No method", "Allow"},
		{sdk.Errorf(sdk.CodeNotAcceptable, "Not acceptable"), unknown, 406, "not_acceptable", "Not acceptable", ""},
		{sdk.Errorf(sdk.CodeConflict, "Conflict"), unknown, 409, "conflict", "Conflict", ""},
		{sdk.Errorf(sdk.CodeLimit, "Limit"), unknown, 409, "conflict", "Limit", ""},
	} {
		resp := h.Fail(t, test.req, test.err)
		require.Equal(t, test.status, resp.StatusCode)
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		require.Equal(t, fmt.Sprintf(`{"timestamp":"2018-01-12T13:40:40.260Z","status":{"code":%d,"type":%q,"message":%q}}`,
			test.status, test.kind, test.message), sdktest.Body(t, resp))
		if test.header != "" {
			require.NotEmpty(t, resp.Header.Get(test.header))
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	before := time.Now().Add(-time.Second)
	resp := sdktest.Serve(t, chatbot.New()).Handle(request(http.MethodGet, collection+"/x", ""))
	var got struct{ Timestamp time.Time }
	require.NoError(t, json.Unmarshal([]byte(sdktest.Body(t, resp)), &got))
	require.WithinRange(t, got.Timestamp, before, time.Now())
}

func TestEngineErrorsReachTheEnvelope(t *testing.T) {
	t.Parallel()
	for _, verify := range []sdk.Secret{"off", "record", "enforce"} {
		h := serve(t, verify)
		h.Engine.Fail(sdk.Errorf(sdk.CodeUnavailable, "The database is busy"))
		for _, req := range []sdktest.Request{
			request(http.MethodGet, collection, ""), request(http.MethodPost, collection, documentedBody(t)),
			request(http.MethodGet, collection+"/x", ""), request(http.MethodPut, collection+"/x", documentedBody(t)),
			request(http.MethodDelete, collection+"/x", ""),
		} {
			resp := h.Do(t, req)
			require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
			require.Equal(t, "The database is busy", message(t, resp))
		}
	}
	h := serve(t, "")
	require.Equal(t, http.StatusNotFound, h.Handle(request(http.MethodGet, "/nowhere", "")).StatusCode)
	resp := h.Handle(request(http.MethodPatch, collection+"/x", "{}"))
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	require.Equal(t, "GET, PUT, DELETE", resp.Header.Get("Allow"))
}

func TestMalformedBodyReachesTheEnvelope(t *testing.T) {
	t.Parallel()
	h := serve(t, "")
	for body, want := range map[string]string{
		`{"url":`:                         "The body is not the JSON object that this call takes",
		`{"name":"a","url":1}`:            "url: must not be a number",
		`{"auth":{"username":true}}`:      "auth.username: must not be a bool",
		`{"headers":[{"name":"X"}, "Y"]}`: "headers: must not be a string",
	} {
		resp := h.Handle(request(http.MethodPost, collection, body))
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.Equal(t, want, message(t, resp))
	}
}
