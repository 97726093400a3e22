package bird_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
)

func TestEncodeError(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	known, unknown := request(http.MethodPost, long, "{}"), get("/nowhere")
	plain := func(code, message string) string { return `{"code":"` + code + `","message":"` + message + `"}` }
	payload := func(details string) string {
		return `{"code":"InvalidPayload","message":"One or more fields provided in the request body are malformed","details":{` + details + `}}`
	}
	query := &sdk.Error{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: []sdk.FieldError{{In: "query", Field: "pageToken", Message: "is bad"}}}
	for _, test := range []struct {
		err    *sdk.Error
		req    sdktest.Request
		status int
		body   string
		header string
	}{
		{sdk.Errorf(sdk.CodeInternal, "Internal error"), known, 500, plain("InternalError", "Internal error"), ""},
		{sdk.InvalidField("/url", "must match ^https://"), known, 422, payload(`".body.url":["must match ^https://"]`), ""},
		{sdk.InvalidField("/secret", "is not known"), known, 422, payload(`".body.secret":["is not known"]`), ""},
		{sdk.InvalidField("/eventFilters/2/key", "is bad"), known, 422, payload(`".body.eventFilters[2].key":["is bad"]`), ""},
		{sdk.InvalidField("/a~1b", "is bad"), known, 422, payload(`".body.a/b":["is bad"]`), ""},
		{sdk.InvalidField("", "is bad"), known, 422, payload(`".body":["is bad"]`), ""},
		{&sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: "No JSON"}, known, 422, payload(`".body":["No JSON"]`), ""},
		{query, known, 400, `{"code":"InvalidRequest","message":"The request is invalid","details":{".query.pageToken":["is bad"]}}`, ""},
		{sdk.Errorf(sdk.CodeLimit, "Limit"), known, 422, plain("LimitExceeded", "Limit"), ""},
		{&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials, Message: "No key"}, known, 401, plain("Unauthorized", "No key"), "WWW-Authenticate"},
		{&sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "No scope"}, known, 403, plain("Forbidden", "No scope"), ""},
		{sdk.Errorf(sdk.CodeNotFound, "No path"), unknown, 404, plain("NotFound", "No path"), ""},
		{sdk.Errorf(sdk.CodeTooLarge, "Too large"), known, 413, plain("PayloadTooLarge", "Too large"), ""},
		{sdk.Errorf(sdk.CodeUnsupportedMediaType, "Not JSON"), known, 415, plain("UnsupportedMediaType", "Not JSON"), ""},
		{&sdk.Error{Code: sdk.CodeRateLimited, Message: "Slow down", RetryAfter: time.Second}, known, 429, plain("TooManyRequests", "Slow down"), "Retry-After"},
		{sdk.Errorf(sdk.CodeUnavailable, "Down"), known, 503, plain("ServiceUnavailable", "Down"), "Retry-After"},
		// No operation of the document answers these; the envelope is the same.
		{&sdk.Error{Code: sdk.CodeMethodNotAllowed, Message: "No method", Allow: []string{"POST"}}, unknown, 405, plain("MethodNotAllowed", "No method"), "Allow"},
		{sdk.Errorf(sdk.CodeNotAcceptable, "Not acceptable"), unknown, 406, plain("NotAcceptable", "Not acceptable"), ""},
		{sdk.Errorf(sdk.CodeConflict, "Conflict"), unknown, 409, plain("Conflict", "Conflict"), ""},
	} {
		resp := h.Fail(t, test.req, test.err)
		require.Equal(t, test.status, resp.StatusCode)
		require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		require.JSONEq(t, test.body, sdktest.Body(t, resp))
		if test.header != "" {
			require.NotEmpty(t, resp.Header.Get(test.header))
		}
		if test.status == http.StatusUnauthorized {
			require.Equal(t, "AccessKey", resp.Header.Get("WWW-Authenticate"))
		}
	}
}

func TestEngineErrorsNameTheVendorsFields(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	for _, test := range []struct{ in, field, want string }{
		{"body", "/event_types/0", ".body.event"},
		{"body", "/event_types", ".body.event"},
		{"body", "/secret", ".body.signingKey"},
		{"body", "/filters/2/key", ".body.eventFilters[2].key"},
		{"body", "/url", ".body.url"},
		{"query", "cursor", ".query.pageToken"},
	} {
		h.Engine.Fail(&sdk.Error{Code: sdk.CodeInvalid, Message: "m", Fields: []sdk.FieldError{{In: test.in, Field: test.field, Message: "is bad"}}})
		req, status := request(http.MethodPost, long, documentedBody(t)), http.StatusUnprocessableEntity
		if test.in == "query" {
			req, status = get(long), http.StatusBadRequest
		}
		require.Equal(t, map[string][]string{test.want: {"is bad"}}, decode(t, h.Do(t, req), status).Details)
	}
}

func TestEngineErrorsReachTheEnvelope(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, bird.New())
	h.Engine.Fail(sdk.Errorf(sdk.CodeUnavailable, "The database is busy"))
	for _, base := range []string{long, short} {
		for _, req := range []sdktest.Request{
			request(http.MethodPost, base, documentedBody(t)), get(base), get(base + unknownID), request(http.MethodDelete, base+unknownID, ""),
			request(http.MethodPatch, base+unknownID, `{"status":"active"}`), request(http.MethodPatch, base+unknownID, `{"template":"x"}`),
			get(base + unknownID + "/logs"), get(base + unknownID + "/logs/details?requestId=852883af-5f68-4204-b611-7ee8db9600f4"),
			get(base + "?SearchFilter[status]=active"),
		} {
			require.Equal(t, "ServiceUnavailable", decode(t, h.Do(t, req), http.StatusServiceUnavailable).Code)
		}
	}
}
