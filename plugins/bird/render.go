package bird

import (
	"context"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Render implements [sdk.Adapter]. The request id is the delivery's, under which
// the logs have it. The timestamp is that of the attempt.
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := d.SharedBody(func() ([]byte, error) { return body(d) })
	if err != nil {
		return nil, err
	}
	timestamp := strconv.FormatInt(d.Time.Unix(), 10)
	req := &sdk.Request{
		Headers: []sdk.Header{
			{Name: "Content-Type", Value: "application/json"},
			{Name: requestIDHeader, Value: d.ID},
			{Name: timestampHeader, Value: timestamp},
		},
		Body: body,
	}
	if d.Subscription.Secret != "" {
		req.Headers = append(req.Headers, sdk.Header{Name: signatureHeader, Value: sign(d, timestamp, body)})
	}
	return req, nil
}

func body(d *sdk.Delivery) ([]byte, error) {
	service, known := serviceOf(d.EventType)
	if !known && !d.Verbatim {
		return nil, sdk.Errorf(sdk.CodeInvalid, "Bird has no event %q", d.EventType)
	}
	raw, err := payload(d)
	if err != nil {
		return nil, err
	}
	return jsondata.Embed(struct {
		Service bird.Service `json:"service"`
		Event   string       `json:"event"`
	}{service, d.EventType}, "payload", raw)
}

// payload chooses by the canonical type: several become one native type.
func payload(d *sdk.Delivery) ([]byte, error) {
	if d.Verbatim {
		return jsondata.Verbatim(d)
	}
	var v any
	var err error
	switch kind := d.Event.Type; {
	case kind == "message.received":
		v, err = newMessage(d, incoming)
	case kind == "message.sent":
		v, err = newMessage(d, outgoing)
	case kind == "message.interaction":
		v, err = newInteraction(d)
	case strings.HasPrefix(kind, "message."):
		v, err = newMessageStatus(d)
	case strings.HasPrefix(kind, "conversation."):
		v, err = newConversation(d)
	case strings.HasPrefix(kind, "call."):
		v, err = newCall(d)
	default:
		err = sdk.Errorf(sdk.CodeInvalid, "Bird has no payload for an event of type %q", kind)
	}
	if err != nil {
		return nil, err
	}
	return jsondata.Marshal(v)
}
