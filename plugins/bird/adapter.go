// Package bird is the adapter for Bird's Notifications API: many subscriptions a
// workspace, each to one event of one service, events as
// {"service","event","payload"}, signed where the subscriber gave a key.
//
// Facts are those of docs.bird.com; what it leaves open is decided next to the
// code that needs it.
package bird

import (
	"errors"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

type adapter struct{ openAPI []byte }

var _ sdk.Adapter = (*adapter)(nil)

// New returns the adapter.
func New() sdk.Adapter {
	openAPI, err := bird.GetSpecJSON()
	if err != nil {
		// The document is compiled in, so this is a broken build.
		panic("bird: read embedded document: " + err.Error())
	}
	return &adapter{openAPI: openAPI}
}

// Handler implements [sdk.Adapter].
func (a *adapter) Handler() http.Handler {
	strict := bird.NewStrictHandlerWithOptions(&api{now: time.Now}, nil, bird.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: a.badRequest,
		ResponseErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.EncodeError(w, r, inVendorWords(sdk.AsError(err)))
		},
	})
	return bird.HandlerWithOptions(strict, bird.ChiServerOptions{BaseRouter: envelope.NewRouter(a), ErrorHandlerFunc: a.badRequest})
}

// badRequest answers a request that the generated server could not read.
func (a *adapter) badRequest(w http.ResponseWriter, r *http.Request, err error) {
	var format *bird.InvalidParamFormatError
	var required *bird.RequiredParamError
	switch {
	case errors.As(err, &format):
		a.EncodeError(w, r, sdk.InvalidQuery(format.ParamName, "must have the type that the API's document says"))
	case errors.As(err, &required):
		a.EncodeError(w, r, sdk.InvalidQuery(required.ParamName, "is required"))
	default:
		a.EncodeError(w, r, envelope.BadBody(err))
	}
}
