package whatsapp

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

type call struct {
	JID       *string `json:"jid"`
	CallID    string  `json:"call_id"`
	From      *string `json:"from"`
	Timestamp int64   `json:"timestamp"`
}

// endedCall also says why.
type endedCall struct {
	call
	Reason *string `json:"reason"`
}

// callBegun is the payload of call.offer and call.accept.
func callBegun(d *sdk.Delivery) (any, error) {
	_, out, err := newCall(d)
	return out, err
}

func callTerminate(d *sdk.Delivery) (any, error) {
	data, out, err := newCall(d)
	if err != nil {
		return nil, err
	}
	return endedCall{out, data.Reason}, nil
}

// newCall names the device and the other party: of an outbound call, the device
// is the caller.
func newCall(d *sdk.Delivery) (*events.Call, call, error) {
	var data events.Call
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, call{}, err
	}
	if data.ID == "" {
		return nil, call{}, jsondata.Missing(d, "id")
	}
	at, err := jsondata.Time(d, "occurred_at", data.OccurredAt)
	if err != nil {
		return nil, call{}, err
	}
	own, other := data.To, data.From
	if data.Direction != nil && *data.Direction == events.Outbound {
		own, other = other, own
	}
	return &data, call{JID: device(own), CallID: data.ID, From: jid(other), Timestamp: at.Unix()}, nil
}
