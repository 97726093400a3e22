// Package standard is the adapter of Switchhook's own flavour: subscriptions are
// made through the unified API, and events are sent as CloudEvents 1.0 under
// their own type, signed as Standard Webhooks
// (github.com/standard-webhooks/standard-webhooks).
package standard

import (
	_ "embed"
	"net/http"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/envelope"
)

// openAPI has no paths: this flavour has no vendor API.
//
//go:embed openapi.yaml
var openAPI []byte

type adapter struct{}

var _ sdk.Adapter = (*adapter)(nil)

// New returns the adapter.
func New() sdk.Adapter { return &adapter{} }

// Handler implements [sdk.Adapter]. The document has no paths, so every request
// is for one that is not there.
func (a *adapter) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.EncodeError(w, r, sdk.Errorf(sdk.CodeNotFound, "This provider has no API of its own; subscribe through /v1/subscriptions"))
	})
}

// problem is an RFC 9457 problem, as the unified API answers.
type problem struct {
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Errors []field `json:"errors,omitempty"`
}

type field struct {
	In      string `json:"in"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// EncodeError implements [sdk.Adapter].
func (a *adapter) EncodeError(w http.ResponseWriter, _ *http.Request, err *sdk.Error) {
	p := problem{Title: http.StatusText(err.Code.Status()), Status: err.Code.Status(), Detail: err.Message}
	for _, f := range err.Fields {
		p.Errors = append(p.Errors, field(f))
	}
	envelope.SetHeaders(w.Header(), err)
	envelope.Write(w, p.Status, "application/problem+json", p)
}
