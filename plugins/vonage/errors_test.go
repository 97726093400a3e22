package vonage_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/sdktest"
	"github.com/switchhook/switchhook/plugins/vonage"
)

func TestEncodeError(t *testing.T) {
	t.Parallel()
	h := sdktest.Serve(t, vonage.New())
	known, unknown := request(http.MethodPost, collection, "{}"), request(http.MethodGet, "/nowhere", "")
	message := func(m string) string { return `{"message":"` + m + `"}` }
	for _, test := range []struct {
		err    *sdk.Error
		req    sdktest.Request
		status int
		body   string
		header string
	}{
		{sdk.Errorf(sdk.CodeInternal, "Internal error"), known, 500, message("Internal error"), ""},
		{sdk.InvalidField("/event_types/0", "is unknown"), known, 400, message("events[0]: is unknown"), ""},
		{
			&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonMissingCredentials, Message: "x"}, known, 401,
			`{"error_description":"The access token is missing","error":"invalid_request"}`, "WWW-Authenticate",
		},
		{
			&sdk.Error{Code: sdk.CodeUnauthenticated, Reason: sdk.ReasonInvalidCredentials, Message: "x"}, known, 401,
			`{"error_description":"The access token is invalid or has expired","error":"invalid_token"}`, "WWW-Authenticate",
		},
		{&sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonNoScope, Message: "x"}, known, 401, message("Unauthorized"), ""},
		{&sdk.Error{Code: sdk.CodeDenied, Reason: sdk.ReasonInsufficientScope, Message: "Needs admin:write"}, known, 403, message("Needs admin:write"), ""},
		{sdk.Errorf(sdk.CodeNotFound, "No path"), unknown, 404, message("No path"), ""},
		{sdk.Errorf(sdk.CodeNotAcceptable, "Not acceptable"), known, 406, message("Not acceptable"), ""},
		{sdk.Errorf(sdk.CodeConflict, "Conflict"), known, 409, message("Conflict"), ""},
		{sdk.Errorf(sdk.CodeLimit, "Limit"), known, 409, message("Limit"), ""},
		{sdk.Errorf(sdk.CodeTooLarge, "Too large"), known, 413, message("Too large"), ""},
		{sdk.Errorf(sdk.CodeUnsupportedMediaType, "Not JSON"), known, 415, message("Not JSON"), ""},
		{&sdk.Error{Code: sdk.CodeRateLimited, Message: "Slow down", RetryAfter: time.Second}, known, 429, message("Slow down"), "Retry-After"},
		{sdk.Errorf(sdk.CodeUnavailable, "Down"), known, 503, message("Down"), "Retry-After"},
		// No operation of the document answers this one; the envelope is the same.
		{&sdk.Error{Code: sdk.CodeMethodNotAllowed, Message: "No method", Allow: []string{"GET"}}, unknown, 405, message("No method"), "Allow"},
	} {
		resp := h.Fail(t, test.req, test.err)
		require.Equal(t, test.status, resp.StatusCode)
		require.Equal(t, "application/vnd.newvoicemedia.v1+json", resp.Header.Get("Content-Type"))
		require.Equal(t, "max-age=5, must-revalidate, private", resp.Header.Get("Cache-Control"))
		require.Equal(t, test.body, sdktest.Body(t, resp))
		if test.header != "" {
			require.NotEmpty(t, resp.Header.Get(test.header))
		}
	}
}
