package whatsapp

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Payloads have the fields of docs/WEBHOOK_EVENTS.md in its order; what the event
// does not say is null.

type receivedMessage struct {
	MessageID *string `json:"message_id"`
	From      *string `json:"from"`
	Chat      *string `json:"chat"`
	Timestamp int64   `json:"timestamp"`
	IsFromMe  bool    `json:"is_from_me"`
}

func messageReceived(d *sdk.Delivery) (any, error) {
	var data events.Message
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	at, err := jsondata.Time(d, "created_at", data.CreatedAt)
	if err != nil {
		return nil, err
	}
	from := first(jid(data.From), contactJID(data.Contact))
	return receivedMessage{
		MessageID: first(data.PlatformMessageID, data.ID), From: from, Chat: chat(data.ConversationID, from), Timestamp: at.Unix(),
	}, nil
}

// receipt tells what became of a sent message; its sender is who sent the
// receipt: the recipient of the message.
type receipt struct {
	MessageID *string `json:"message_id"`
	Chat      *string `json:"chat"`
	Sender    *string `json:"sender"`
	Timestamp int64   `json:"timestamp"`
}

func messageReceipt(d *sdk.Delivery) (any, error) {
	var data events.MessageStatus
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	at, err := jsondata.Time(d, "occurred_at", data.OccurredAt)
	if err != nil {
		return nil, err
	}
	recipient := first(jid(data.To), contactJID(data.Contact))
	return receipt{
		MessageID: first(data.PlatformMessageID, &data.ID), Chat: chat(data.ConversationID, recipient), Sender: recipient, Timestamp: at.Unix(),
	}, nil
}
