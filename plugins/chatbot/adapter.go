// Package chatbot is the adapter for ChatBot.com's webhooks: many webhooks, each
// called from a node of a bot's story, with a token in the query, headers of
// its own and basic authentication in place of a signature.
//
// Facts are those of chatbot.com's documentation; what it leaves open is decided
// next to the code that needs it.
package chatbot

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/switchhook/switchhook/gen/chatbot"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

type adapter struct {
	openAPI []byte
	now     func() time.Time
	// verify holds a [verification]; Configure sets it after Handler was asked for.
	verify atomic.Int32
}

var (
	_ sdk.Adapter    = (*adapter)(nil)
	_ sdk.Configurer = (*adapter)(nil)
)

// New returns the adapter.
func New() sdk.Adapter { return NewWithClock(time.Now) }

// NewWithClock returns the adapter with a clock for the timestamps of its
// answers. It may be asked concurrently.
func NewWithClock(now func() time.Time) sdk.Adapter {
	openAPI, err := chatbot.GetSpecJSON()
	if err != nil {
		// The document is compiled in, so this is a broken build.
		panic("chatbot: read embedded document: " + err.Error())
	}
	return &adapter{openAPI: openAPI, now: now}
}

// Handler implements [sdk.Adapter].
func (a *adapter) Handler() http.Handler {
	badRequest := func(w http.ResponseWriter, r *http.Request, err error) {
		a.EncodeError(w, r, envelope.BadBody(err))
	}
	strict := chatbot.NewStrictHandlerWithOptions(&api{adapter: a}, nil, chatbot.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: badRequest,
		ResponseErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			a.EncodeError(w, r, sdk.AsError(err))
		},
	})
	return chatbot.HandlerWithOptions(strict, chatbot.ChiServerOptions{
		BaseRouter: envelope.NewRouter(a),
		// Only a path parameter can be malformed, and then nothing has that id.
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, _ error) {
			a.EncodeError(w, r, errNoWebhook())
		},
	})
}
