package vonage

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// timeLayout has the seven fractional digits of the vendor's times.
const timeLayout = "2006-01-02T15:04:05.0000000Z07:00"

// contentType must be this one: the vendor's sample consumer answers 401 to a
// notification sent as application/json.
const contentType = "application/cloudevents+json"

// cloudEvent is a CloudEvent 1.0 in structured mode without its data, members in
// the documented order.
type cloudEvent struct {
	SpecVersion     string `json:"specversion"`
	Type            string `json:"type"`
	ID              string `json:"id"`
	Source          string `json:"source"`
	Subject         string `json:"subject,omitempty"`
	Time            string `json:"time"`
	DataContentType string `json:"datacontenttype"`
}

// Render implements [sdk.Adapter].
func (a *adapter) Render(_ context.Context, d *sdk.Delivery) (*sdk.Request, error) {
	body, err := d.SharedBody(func() ([]byte, error) { return body(d) })
	if err != nil {
		return nil, err
	}
	signature, err := sign(d, body)
	if err != nil {
		return nil, err
	}
	return &sdk.Request{
		Headers: []sdk.Header{{Name: "Content-Type", Value: contentType}, {Name: signatureHeader, Value: signature}},
		Body:    body,
	}, nil
}

func body(d *sdk.Delivery) ([]byte, error) {
	data, subject, err := payload(d)
	if err != nil {
		return nil, err
	}
	family, _, _ := strings.Cut(d.EventType, ".")
	return jsondata.Embed(cloudEvent{
		SpecVersion: "1.0", Type: d.EventType, ID: d.Event.ID, Source: "/" + family, Subject: subject,
		Time: d.Event.Time.UTC().Format(timeLayout), DataContentType: "application/json",
	}, "data", data)
}

// payload returns an event's data and its subject: the agent's or channel's id.
func payload(d *sdk.Delivery) (data []byte, subject string, err error) {
	if d.Verbatim {
		if data, err = jsondata.Verbatim(d); err != nil {
			return nil, "", err
		}
		return data, verbatimSubject(d), nil
	}
	var v any
	switch {
	case strings.HasPrefix(d.EventType, "agent.presencechanged."):
		v, subject, err = presenceChanged(d)
	case strings.HasPrefix(d.EventType, "channel."):
		v, subject, err = channelChanged(d)
	default:
		err = sdk.Errorf(sdk.CodeInvalid, "Vonage has no event type %q", d.EventType)
	}
	if err != nil {
		return nil, "", err
	}
	data, err = jsondata.Marshal(v)
	return data, subject, err
}

// verbatimSubject is the event's own subject, else the id that native data names.
func verbatimSubject(d *sdk.Delivery) string {
	if d.Event.Subject != "" {
		return d.Event.Subject
	}
	var data struct {
		User    struct{ AgentID string }
		Channel struct{ ChannelID string }
	}
	// Data of another shape has no subject; that is no error.
	_ = json.Unmarshal(d.Event.Data, &data)
	if data.Channel.ChannelID != "" {
		return data.Channel.ChannelID
	}
	return data.User.AgentID
}
