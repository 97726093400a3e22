package chatbot

import (
	"bytes"
	"encoding/json"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// call is the body of a call, members in the documented order.
type call struct {
	ChatID         string          `json:"chatId"`
	MessageID      string          `json:"messageId"`
	UserID         *string         `json:"userId,omitempty"`
	ExternalID     *string         `json:"externalId,omitempty"`
	Node           node            `json:"node"`
	UserAttributes json.RawMessage `json:"userAttributes"`
	Attributes     json.RawMessage `json:"attributes"`
}

// node is the one that called, and the webhook that it called.
type node struct {
	ID          *string `json:"id,omitempty"`
	Name        *string `json:"name,omitempty"`
	Type        string  `json:"type"`
	WebhookID   string  `json:"webhookId"`
	WebhookName string  `json:"webhookName"`
}

// newCall makes a call from canonical data.
func newCall(d *sdk.Delivery) (*call, error) {
	var data events.BotWebhookCalled
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ChatID == "" {
		return nil, jsondata.Missing(d, "chat_id")
	}
	out := &call{
		ChatID: data.ChatID, MessageID: d.Event.ID, UserID: data.UserID, ExternalID: data.ExternalID,
		Node: node{Type: "WEBHOOK", WebhookID: d.Subscription.ID, WebhookName: d.Subscription.Name},
	}
	if data.MessageID != nil {
		out.MessageID = *data.MessageID
	}
	if n := data.Node; n != nil {
		out.Node.ID, out.Node.Name = n.ID, n.Name
		if n.Type != nil {
			out.Node.Type = *n.Type
		}
	}
	var err error
	if out.UserAttributes, err = object(d, "user_attributes", data.UserAttributes); err != nil {
		return nil, err
	}
	out.Attributes, err = object(d, "attributes", data.Attributes)
	return out, err
}

// object is a field that the data leaves open, as an object; {} if it is absent.
func object(d *sdk.Delivery, field string, raw json.RawMessage) (json.RawMessage, error) {
	switch {
	case len(raw) == 0, bytes.Equal(raw, []byte("null")):
		return json.RawMessage("{}"), nil
	case raw[0] != '{':
		return nil, sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: %q in its data must be an object", d.EventType, field)
	default:
		return raw, nil
	}
}
