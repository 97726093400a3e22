package bird

import (
	"encoding/json"
	"strconv"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Directions of a message or call.
const (
	incoming = "incoming"
	outgoing = "outgoing"
)

// message is the vendor's message, members in its order. What is "" or null here
// is so in its own deliveries.
type message struct {
	ID              string   `json:"id"`
	ChannelID       string   `json:"channelId"`
	Sender          party    `json:"sender"`
	Receiver        party    `json:"receiver"`
	Body            *content `json:"body,omitempty"`
	Meta            *meta    `json:"meta,omitempty"`
	Reference       string   `json:"reference"`
	ReplyTo         *replyTo `json:"replyTo"`
	Parts           []part   `json:"parts"`
	Status          string   `json:"status"`
	Reason          string   `json:"reason"`
	Direction       string   `json:"direction"`
	ChargeableUnits int      `json:"chargeableUnits"`
	LastStatusAt    string   `json:"lastStatusAt"`
	CreatedAt       string   `json:"createdAt"`
	UpdatedAt       string   `json:"updatedAt"`
	BatchID         *string  `json:"batchId"`
}

type meta struct {
	ExtraInformation map[string]string `json:"extraInformation"`
}

type replyTo struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

type part struct {
	PlatformReference string `json:"platformReference"`
}

// newMessage makes a message that was received (incoming) or sent (outgoing).
func newMessage(d *sdk.Delivery, direction string) (*message, error) {
	var data events.Message
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if text(data.ID) == "" {
		return nil, jsondata.Missing(d, "id")
	}
	at := timeOr(data.CreatedAt, d)
	m := &message{
		ID: *data.ID, ChannelID: text(data.ChannelID), Body: newContent(&data), Meta: newMeta(at, data.Metadata),
		Parts: newParts(data.PlatformMessageID), Direction: direction, ChargeableUnits: 1,
		LastStatusAt: at, CreatedAt: at, UpdatedAt: at,
	}
	if r := data.ReplyTo; r != nil && r.ID != nil {
		m.ReplyTo = &replyTo{ID: *r.ID, Type: "id"}
	}
	if direction == incoming {
		// An incoming message is created with this status (documented).
		m.Status = "delivered"
		c := newContact(data.Contact, data.From, platformOf(d))
		m.Sender.Contact = &c
		m.Receiver.Connector = &connector{ID: m.ChannelID, IdentifierValue: text(data.To)}
		return m, nil
	}
	m.Status = sent
	m.Sender.Connector = &connector{ID: m.ChannelID, IdentifierValue: text(data.From)}
	m.Receiver.Contacts = []contact{newContact(data.Contact, data.To, platformOf(d))}
	return m, nil
}

// sent is the status of an outgoing message that nothing more is known of.
const sent = "sent"

// statusWords are the vendor's other statuses of an outgoing message.
var statusWords = map[string]string{"message.delivered": "delivered", "message.read": "read", "message.failed": "delivery_failed"}

// newMessageStatus makes an outgoing message whose status changed; its content is
// not known any more.
func newMessageStatus(d *sdk.Delivery) (*message, error) {
	var data events.MessageStatus
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	status, ok := statusWords[d.Event.Type]
	if !ok {
		return nil, sdk.Errorf(sdk.CodeInvalid, "Bird has no message status for an event of type %q", d.Event.Type)
	}
	at := timeOr(data.OccurredAt, d)
	m := &message{
		ID: data.ID, ChannelID: text(data.ChannelID), Parts: newParts(data.PlatformMessageID),
		Status: status, Direction: outgoing, ChargeableUnits: 1, LastStatusAt: at, CreatedAt: at, UpdatedAt: at,
	}
	m.Sender.Connector = &connector{ID: m.ChannelID, IdentifierValue: text(data.From)}
	m.Receiver.Contacts = []contact{newContact(data.Contact, data.To, platformOf(d))}
	if e := data.Error; e != nil {
		if m.Reason = text(e.Message); m.Reason == "" {
			m.Reason = text(e.Code)
		}
	}
	return m, nil
}

func newParts(reference *string) []part {
	if reference == nil {
		return []part{}
	}
	return []part{{PlatformReference: *reference}}
}

// newMeta carries what the sender attached as text, and the time in seconds.
func newMeta(at string, metadata json.RawMessage) *meta {
	m := &meta{ExtraInformation: map[string]string{}}
	var attached map[string]any
	// Decoded before as part of the data; null leaves the map empty.
	_ = json.Unmarshal(metadata, &attached)
	for name, value := range attached {
		if s, ok := value.(string); ok {
			m.ExtraInformation[name] = s
		}
	}
	if seconds, ok := unix(at); ok {
		m.ExtraInformation["timestamp"] = strconv.FormatInt(seconds, 10)
	}
	return m
}
