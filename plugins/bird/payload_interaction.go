package bird

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// interaction is what a contact did with a message. The vendor documents its
// type, message and channel; the rest follows the message.
type interaction struct {
	ID                string              `json:"id"`
	MessageID         string              `json:"messageId"`
	MessageReference  string              `json:"messageReference"`
	ChannelID         string              `json:"channelId"`
	PlatformID        string              `json:"platformId"`
	PlatformReference string              `json:"platformReference"`
	Type              string              `json:"type"`
	Receiver          party               `json:"receiver"`
	Details           *interactionDetails `json:"details,omitempty"`
	CreatedAt         string              `json:"createdAt"`
}

type interactionDetails struct {
	URL  *string `json:"url,omitempty"`
	Text *string `json:"text,omitempty"`
}

func newInteraction(d *sdk.Delivery) (*interaction, error) {
	var data events.MessageInteraction
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	switch {
	case data.ID == "":
		return nil, jsondata.Missing(d, "id")
	case data.Type == "":
		return nil, jsondata.Missing(d, "type")
	}
	out := &interaction{
		ID: d.Event.ID, MessageID: data.ID, ChannelID: text(data.ChannelID), PlatformID: platformOf(d),
		PlatformReference: text(data.PlatformMessageID), Type: data.Type,
		Receiver:  party{Contacts: []contact{newContact(data.Contact, nil, platformOf(d))}},
		CreatedAt: timeOr(data.OccurredAt, d),
	}
	if data.URL != nil || data.Text != nil {
		out.Details = &interactionDetails{URL: data.URL, Text: data.Text}
	}
	return out, nil
}
