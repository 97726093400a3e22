package callbell

import (
	"net/http"

	"github.com/switchhook/switchhook/gen/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// fieldNames are the engine's fields in the vendor's words.
var fieldNames = map[string]string{"event_types": "subscriptions"}

// EncodeError implements [sdk.Adapter]. The vendor documents no error body; all
// errors are {"error":"<sentence>"} with the usual status.
func (a *adapter) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	envelope.SetHeaders(w.Header(), err)
	envelope.Write(w, err.Code.Status(), "application/json", callbell.Error{Error: envelope.Sentence(err, fieldNames)})
}
