package chatbot

import (
	"net/http"
	"strings"

	"github.com/switchhook/switchhook/gen/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// fieldNames are the engine's fields in the vendor's words.
var fieldNames = map[string]string{"secret": "token"}

func errNoWebhook() *sdk.Error {
	return sdk.Errorf(sdk.CodeNotFound, "There is no webhook with this id")
}

// EncodeError implements [sdk.Adapter]. The vendor says that errors have the usual
// codes, and that the body's status repeats them and tells more; the members are
// those of its successful answers and a message.
func (a *adapter) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	envelope.SetHeaders(w.Header(), err)
	status := err.Code.Status()
	envelope.Write(w, status, "application/json", chatbot.Error{
		Timestamp: timestamp(a.now()),
		Status:    chatbot.ErrorStatus{Code: status, Type: statusType(status), Message: envelope.Sentence(err, fieldNames)},
	})
}

// statusType is the reason phrase of RFC 9110 as a word: bad_request.
func statusType(status int) string {
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}
