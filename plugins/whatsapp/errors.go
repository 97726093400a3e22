package whatsapp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/switchhook/switchhook/gen/whatsapp"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// fieldNames are the engine's fields in the vendor's words.
var fieldNames = map[string]string{"event_types": "events"}

func errNoWebhook() *sdk.Error { return sdk.Errorf(sdk.CodeNotFound, "Webhook not found") }

// failed is what a client is told of an engine's error. Of an internal one, the
// vendor tells what failed: "Failed to create webhook".
func failed(action string, err error) error {
	e := sdk.AsError(err)
	switch e.Code {
	case sdk.CodeNotFound:
		return errNoWebhook()
	case sdk.CodeInternal:
		return sdk.Errorf(sdk.CodeInternal, "Failed to %s", action)
	default:
		return e
	}
}

// EncodeError implements [sdk.Adapter]: {"status","code","message","error"}, where
// code is the HTTP status, message its name and error what is wrong (documented).
func (a *adapter) EncodeError(w http.ResponseWriter, r *http.Request, err *sdk.Error) {
	envelope.SetHeaders(w.Header(), err)
	status := err.Code.Status()
	if err.Code == sdk.CodeLimit {
		status = http.StatusBadRequest
	}
	envelope.Write(w, status, "application/json", whatsapp.ErrorResponse{
		Code: status, Message: statusWords(status), Error: errorText(r, err),
	})
}

// errorText is the documented text where there is one.
func errorText(r *http.Request, err *sdk.Error) string {
	switch {
	case err.Code == sdk.CodeUnauthenticated && strings.HasPrefix(r.URL.Path, "/admin/"):
		return "Invalid or missing admin secret"
	case err.Code == sdk.CodeUnauthenticated && err.Reason == sdk.ReasonMissingCredentials:
		return "Invalid or missing authentication"
	case err.Code == sdk.CodeUnauthenticated:
		return "Invalid or expired JWT token"
	case err.Code == sdk.CodeLimit:
		return fmt.Sprintf("Maximum of %d webhooks reached; delete one first", maxWebhooks)
	default:
		return envelope.Sentence(err, fieldNames)
	}
}

// statusWords names a status as the vendor does: "Bad request".
func statusWords(status int) string {
	text := http.StatusText(status)
	return text[:1] + strings.ToLower(text[1:])
}
