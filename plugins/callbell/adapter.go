// Package callbell is the adapter for Callbell's webhook API: one webhook an
// account, events as {"event","payload"}, signed once the account has a secret.
//
// Facts are those of docs.callbell.eu; what it leaves open is decided next to
// the code that needs it.
package callbell

import (
	"errors"
	"net/http"

	"github.com/switchhook/switchhook/gen/callbell"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

type adapter struct{ openAPI []byte }

var _ sdk.Adapter = (*adapter)(nil)

// New returns the adapter.
func New() sdk.Adapter {
	openAPI, err := callbell.GetSpecJSON()
	if err != nil {
		// The document is compiled in, so this is a broken build.
		panic("callbell: read embedded document: " + err.Error())
	}
	return &adapter{openAPI: openAPI}
}

// Handler implements [sdk.Adapter].
func (a *adapter) Handler() http.Handler {
	strict := callbell.NewStrictHandlerWithOptions(&api{}, nil, callbell.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: a.badRequest,
		ResponseErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.EncodeError(w, r, sdk.AsError(err))
		},
	})
	return callbell.HandlerWithOptions(strict, callbell.ChiServerOptions{BaseRouter: envelope.NewRouter(a), ErrorHandlerFunc: a.badRequest})
}

// badRequest answers a request that the generated server could not read.
func (a *adapter) badRequest(w http.ResponseWriter, r *http.Request, err error) {
	var param *callbell.InvalidParamFormatError
	if errors.As(err, &param) {
		a.EncodeError(w, r, sdk.InvalidQuery(param.ParamName, "must have the type that the API's document says"))
		return
	}
	a.EncodeError(w, r, envelope.BadBody(err))
}
