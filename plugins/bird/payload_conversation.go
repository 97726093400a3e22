package bird

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// conversationPayload has the documented members of a conversation.
type conversationPayload struct {
	ID                      string        `json:"id"`
	Name                    string        `json:"name"`
	Description             string        `json:"description"`
	Status                  string        `json:"status"`
	Visibility              string        `json:"visibility"`
	Accessibility           string        `json:"accessibility"`
	FeaturedParticipants    []participant `json:"featuredParticipants"`
	ActiveParticipantCount  int           `json:"activeParticipantCount"`
	PendingParticipantCount int           `json:"pendingParticipantCount"`
	InitiatingParticipant   *participant  `json:"initiatingParticipant"`
	ChannelID               string        `json:"channelId"`
	ClosedReason            *string       `json:"closedReason,omitempty"`
	CreatedAt               string        `json:"createdAt"`
	UpdatedAt               string        `json:"updatedAt"`
}

type participant struct {
	ID          string   `json:"id"`
	Type        string   `json:"type"`
	Status      string   `json:"status"`
	DisplayName string   `json:"displayName"`
	AvatarURL   *string  `json:"avatarUrl,omitempty"`
	Contact     *contact `json:"contact,omitempty"`
}

// newConversation makes a conversation whose contact is its one participant: the
// canonical data knows no others.
func newConversation(d *sdk.Delivery) (*conversationPayload, error) {
	var data events.Conversation
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if text(data.ID) == "" {
		return nil, jsondata.Missing(d, "id")
	}
	out := &conversationPayload{
		ID: *data.ID, Name: text(data.Name), Status: "active", Visibility: "public", Accessibility: "open",
		FeaturedParticipants: []participant{}, ChannelID: text(data.ChannelID), CreatedAt: timeOr(data.CreatedAt, d),
	}
	out.UpdatedAt = timeOr(nil, d)
	if d.Event.Type == "conversation.closed" {
		out.Status, out.ClosedReason, out.UpdatedAt = "closed", data.ClosingReason, timeOr(data.ClosedAt, d)
	}
	if c := data.Contact; c != nil {
		p := newParticipant(c, sourceOf(&data, d))
		out.FeaturedParticipants = append(out.FeaturedParticipants, p)
		out.ActiveParticipantCount, out.InitiatingParticipant = 1, &p
	}
	return out, nil
}

func newParticipant(c *events.Contact, platform string) participant {
	id := newContact(c, nil, platform)
	return participant{
		ID: c.ID, Type: "contact", Status: "active", DisplayName: text(c.Name), AvatarURL: c.AvatarURL, Contact: &id,
	}
}

// sourceOf is the platform of the data, else the event's platform attribute.
func sourceOf(data *events.Conversation, d *sdk.Delivery) string {
	if data.Source != nil {
		return *data.Source
	}
	return d.Event.Extensions["platform"]
}
