// Package vonage is the adapter for the Webhooks API of Vonage Contact Center
// (NewVoiceMedia): many subscriptions with unique names, events as CloudEvents,
// signed with a JWT over the hash of the body.
//
// Facts are those of docs-vcc.atlassian.net; what it leaves open is decided next
// to the code that needs it.
package vonage

import (
	"net/http"

	"github.com/switchhook/switchhook/gen/vonage"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

type adapter struct{ openAPI []byte }

var _ sdk.Adapter = (*adapter)(nil)

// New returns the adapter.
func New() sdk.Adapter {
	openAPI, err := vonage.GetSpecJSON()
	if err != nil {
		// The document is compiled in, so this is a broken build.
		panic("vonage: read embedded document: " + err.Error())
	}
	return &adapter{openAPI: openAPI}
}

// Handler implements [sdk.Adapter].
func (a *adapter) Handler() http.Handler {
	badRequest := func(w http.ResponseWriter, r *http.Request, err error) {
		a.EncodeError(w, r, envelope.BadBody(err))
	}
	strict := vonage.NewStrictHandlerWithOptions(&api{}, nil, vonage.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: badRequest,
		ResponseErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.EncodeError(w, r, sdk.AsError(err))
		},
	})
	return vonage.HandlerWithOptions(strict, vonage.ChiServerOptions{
		BaseRouter: envelope.NewRouter(a),
		// Only a path parameter can be malformed, and then nothing has that id.
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, _ error) {
			a.EncodeError(w, r, errNoSubscription())
		},
	})
}
