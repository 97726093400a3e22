package chatbot

import (
	"context"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// requestIDHeader is not documented; integrations read it to tell calls apart.
const requestIDHeader = "X-Request-Id"

// Render implements [sdk.Adapter]. There is no signature: the endpoint knows the
// vendor by the token in the query, by basic authentication and by the webhook's
// headers, which the engine adds. The body names the webhook that is called, so
// it is not shared.
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := body(d)
	if err != nil {
		return nil, err
	}
	c := readCredentials(d.Subscription.Secret)
	headers := []sdk.Header{{Name: "Content-Type", Value: "application/json"}, {Name: requestIDHeader, Value: d.ID}}
	return &sdk.Request{
		URL:     withQuery(d.Subscription.URL, param{"token", c.Token}),
		Headers: append(headers, c.authorization()...),
		Body:    body,
	}, nil
}

func body(d *sdk.Delivery) ([]byte, error) {
	switch {
	case d.Verbatim:
		return jsondata.Verbatim(d)
	case d.EventType != webhookCalled:
		return nil, sdk.Errorf(sdk.CodeInvalid, "ChatBot has no event type %q", d.EventType)
	}
	v, err := newCall(d)
	if err != nil {
		return nil, err
	}
	return jsondata.Marshal(v)
}
