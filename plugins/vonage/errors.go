package vonage

import (
	"net/http"

	"github.com/switchhook/switchhook/gen/vonage"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

const (
	mediaType = "application/vnd.newvoicemedia.v1+json"
	// cacheControl is documented for all answers.
	cacheControl = "max-age=5, must-revalidate, private"
)

// fieldNames are the engine's fields in the vendor's words.
var fieldNames = map[string]string{"event_types": "events"}

func errNoSubscription() *sdk.Error {
	return sdk.Errorf(sdk.CodeNotFound, "There is no subscription with this id")
}

// EncodeError implements [sdk.Adapter]: {"message"}, but for a missing or bad
// access token the OAuth form. A token without any of the API's scopes is 401,
// one with another scope than is needed 403 (documented).
func (a *adapter) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	envelope.SetHeaders(w.Header(), err)
	w.Header().Set("Cache-Control", cacheControl)
	status, body := encode(err)
	envelope.Write(w, status, mediaType, body)
}

func encode(err *sdk.Error) (status int, body any) {
	switch {
	case err.Code == sdk.CodeUnauthenticated && err.Reason == sdk.ReasonMissingCredentials:
		return http.StatusUnauthorized, oauthError{"The access token is missing", vonage.InvalidRequest}
	case err.Code == sdk.CodeUnauthenticated:
		return http.StatusUnauthorized, oauthError{"The access token is invalid or has expired", vonage.InvalidToken}
	case err.Code == sdk.CodeDenied && err.Reason == sdk.ReasonNoScope:
		return http.StatusUnauthorized, vonage.Error{Message: "Unauthorized"}
	default:
		return err.Code.Status(), vonage.Error{Message: envelope.Sentence(err, fieldNames)}
	}
}

// oauthError is [vonage.OAuthError] with its members in the documented order.
type oauthError struct {
	ErrorDescription string                 `json:"error_description"`
	Error            vonage.OAuthErrorError `json:"error"`
}
