package callbell

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// conversation is what all the vendor's Conversation objects begin with. Href is
// only in the examples of events whose conversation has a page in the dashboard.
type conversation struct {
	Source  *string  `json:"source"`
	Href    *string  `json:"href,omitempty"`
	Contact *contact `json:"contact"`
}

type openedConversation struct {
	conversation
	CreatedAt string `json:"createdAt"`
}

type closedConversation struct {
	conversation
	ClosingReason *string `json:"closingReason"`
	CreatedAt     *string `json:"createdAt"`
	ClosedAt      string  `json:"closedAt"`
}

func conversationOpened(d *sdk.Delivery) (any, error) {
	data, err := decodeConversation(d)
	if err != nil {
		return nil, err
	}
	return openedConversation{conversation: newConversation(d, data), CreatedAt: timeOr(data.CreatedAt, d)}, nil
}

func conversationClosed(d *sdk.Delivery) (any, error) {
	data, err := decodeConversation(d)
	if err != nil {
		return nil, err
	}
	return closedConversation{
		conversation: newConversation(d, data), ClosingReason: data.ClosingReason,
		CreatedAt: data.CreatedAt, ClosedAt: timeOr(data.ClosedAt, d),
	}, nil
}

func decodeConversation(d *sdk.Delivery) (*events.Conversation, error) {
	var data events.Conversation
	return &data, jsondata.Decode(d, &data)
}

func newConversation(d *sdk.Delivery, data *events.Conversation) conversation {
	return conversation{Source: platformOr(data.Source, d), Href: data.URL, Contact: newContact(data.Contact)}
}
