package whatsapp

import (
	"context"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

const (
	// timeLayout has the six fractional digits of the documented examples.
	timeLayout  = "2006-01-02T15:04:05.000000Z07:00"
	userAgent   = "WhatsApp-API-MultiSession/1.0"
	eventHeader = "X-Webhook-Event"
	// deviceAttribute is the extension attribute that names the device.
	deviceAttribute = "deviceid"
)

// head is a delivery's body without its data, members in the documented order.
type head struct {
	EventType string `json:"event_type"`
	DeviceID  string `json:"device_id"`
	Timestamp string `json:"timestamp"`
}

// Render implements [sdk.Adapter].
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := d.SharedBody(func() ([]byte, error) { return body(d) })
	if err != nil {
		return nil, err
	}
	req := &sdk.Request{
		Headers: []sdk.Header{
			{Name: "Content-Type", Value: "application/json"},
			{Name: "User-Agent", Value: userAgent},
			{Name: eventHeader, Value: d.EventType},
		},
		Body: body,
	}
	if d.Subscription.Secret != "" {
		signature := sign(d, body)
		req.Headers = append(req.Headers,
			sdk.Header{Name: signatureHeader, Value: signature}, sdk.Header{Name: hubSignatureHeader, Value: signature})
	}
	return req, nil
}

func body(d *sdk.Delivery) ([]byte, error) {
	data, err := payload(d)
	if err != nil {
		return nil, err
	}
	out, err := stringify(head{
		EventType: d.EventType, DeviceID: d.Event.Extensions[deviceAttribute],
		Timestamp: d.Event.Time.UTC().Format(timeLayout),
	})
	if err != nil {
		return nil, err
	}
	out = append(out[:len(out)-1], `,"data":`...)
	return append(append(out, data...), '}'), nil
}

// mappings make the data of each native type from canonical data.
var mappings = map[string]func(*sdk.Delivery) (any, error){
	"message.received":        messageReceived,
	"message.delivered":       messageReceipt,
	"message.read":            messageReceipt,
	"contact.update":          contactUpdate,
	"call.offer":              callBegun,
	"call.accept":             callBegun,
	"call.terminate":          callTerminate,
	"connection.connected":    connectionConnected,
	"connection.disconnected": connectionLost,
	"connection.logged_out":   connectionLost,
}

func payload(d *sdk.Delivery) ([]byte, error) {
	if d.Verbatim {
		return jsondata.Verbatim(d)
	}
	mapping, ok := mappings[d.EventType]
	if !ok {
		return nil, sdk.Errorf(sdk.CodeInvalid, "The WhatsApp gateway has no event %q", d.EventType)
	}
	v, err := mapping(d)
	if err != nil {
		return nil, err
	}
	return stringify(v)
}
