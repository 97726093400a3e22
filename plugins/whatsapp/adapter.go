// Package whatsapp is the adapter for the webhook API of the WhatsApp
// Multi-Device REST API (gdbrns/go-whatsapp-multi-session-rest-api): up to five
// webhooks a device, events as {"event_type","device_id","timestamp","data"},
// signed with the HMAC of the body.
//
// The project's documentation (docs/swagger.yaml, docs/WEBHOOK_EVENTS.md) and its
// code disagree in many places; the documentation is what is built. What it leaves
// open is decided next to the code that needs it.
package whatsapp

import (
	"net/http"

	"github.com/switchhook/switchhook/gen/whatsapp"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

type adapter struct{ openAPI []byte }

var _ sdk.Adapter = (*adapter)(nil)

// New returns the adapter.
func New() sdk.Adapter {
	openAPI, err := whatsapp.GetSpecJSON()
	if err != nil {
		// The document is compiled in, so this is a broken build.
		panic("whatsapp: read embedded document: " + err.Error())
	}
	return &adapter{openAPI: openAPI}
}

// Handler implements [sdk.Adapter].
func (a *adapter) Handler() http.Handler {
	strict := whatsapp.NewStrictHandlerWithOptions(&api{}, nil, whatsapp.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.EncodeError(w, r, envelope.BadBody(err))
		},
		ResponseErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.EncodeError(w, r, sdk.AsError(err))
		},
	})
	return whatsapp.HandlerWithOptions(strict, whatsapp.ChiServerOptions{
		BaseRouter: envelope.NewRouter(a),
		// Only a path parameter can be malformed, and then nothing has that id.
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, _ error) {
			a.EncodeError(w, r, errNoWebhook())
		},
	})
}
