package callbell

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// message is the payload of message_created.
type message struct {
	To                     *string          `json:"to"`
	From                   *string          `json:"from"`
	Text                   *string          `json:"text"`
	Attachments            []string         `json:"attachments,omitempty"`
	Status                 string           `json:"status"`
	Channel                *string          `json:"channel"`
	Contact                *contact         `json:"contact"`
	Metadata               json.RawMessage  `json:"metadata,omitempty"`
	MessageContactCard     *contactCard     `json:"messageContactCard,omitempty"`
	MessageContext         *messageContext  `json:"messageContext,omitempty"`
	MessageForward         *messageForward  `json:"messageForward,omitempty"`
	MessageInteractiveList *interactiveList `json:"messageInteractiveList,omitempty"`
	MessageLocation        *messageLocation `json:"messageLocation,omitempty"`
	MessageReplyButton     *replyButton     `json:"messageReplyButton,omitempty"`
	CreatedAt              string           `json:"createdAt"`
}

func messageCreated(d *sdk.Delivery) (any, error) {
	var data events.Message
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	out := &message{
		To: data.To, From: data.From, Text: data.Text, Status: "sent", Channel: platformOr(data.Channel, d),
		Contact: newContact(data.Contact), Metadata: data.Metadata, CreatedAt: timeOr(data.CreatedAt, d),
	}
	if d.Event.Type == "message.received" {
		out.Status = "received"
	}
	if data.Attachments != nil {
		for _, a := range *data.Attachments {
			out.Attachments = append(out.Attachments, a.URL)
		}
	}
	return out, out.addOptional(&data)
}

// messageStatus is the payload of message_status_updated. messageStatusPayload is
// the platform's own report, built in the shape of the vendor's example.
type messageStatus struct {
	UUID                 string          `json:"uuid"`
	Status               string          `json:"status"`
	Contact              *contact        `json:"contact"`
	Metadata             json.RawMessage `json:"metadata,omitempty"`
	MessageStatusPayload statusReport    `json:"messageStatusPayload"`
}

type statusReport struct {
	ID          *string      `json:"id,omitempty"`
	GSID        *string      `json:"gsId,omitempty"`
	Type        string       `json:"type"`
	Payload     statusDetail `json:"payload"`
	Destination *string      `json:"destination,omitempty"`
}

type statusDetail struct {
	TS     int64           `json:"ts"`
	Code   json.RawMessage `json:"code,omitempty"`
	Reason *string         `json:"reason,omitempty"`
}

func messageStatusUpdated(d *sdk.Delivery) (any, error) {
	var data events.MessageStatus
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	status := strings.TrimPrefix(d.Event.Type, "message.")
	detail, err := newStatusDetail(d, &data)
	if err != nil {
		return nil, err
	}
	return &messageStatus{
		UUID: data.ID, Status: status, Contact: newContact(data.Contact), Metadata: data.Metadata,
		MessageStatusPayload: statusReport{
			ID: data.PlatformMessageID, GSID: data.GatewayMessageID, Type: status, Payload: detail, Destination: data.To,
		},
	}, nil
}

func newStatusDetail(d *sdk.Delivery, data *events.MessageStatus) (statusDetail, error) {
	at, err := jsondata.Time(d, "occurred_at", data.OccurredAt)
	if err != nil {
		return statusDetail{}, err
	}
	out := statusDetail{TS: at.Unix()}
	if data.Error == nil {
		return out, nil
	}
	out.Reason = data.Error.Message
	if code := data.Error.Code; code != nil {
		// Platforms number their errors; the report carries such a code as a number.
		if n, err := strconv.ParseInt(*code, 10, 64); err == nil {
			out.Code = strconv.AppendInt(nil, n, 10)
		} else if out.Code, err = jsondata.Marshal(*code); err != nil {
			return statusDetail{}, err
		}
	}
	return out, nil
}
