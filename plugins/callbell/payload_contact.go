package callbell

import (
	"encoding/json"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// contact is the vendor's Contact object. Fields that every documented example
// has are there always, null where the event does not say; the rest only when
// known.
type contact struct {
	Href                 *string         `json:"href,omitempty"`
	ConversationHref     *string         `json:"conversationHref,omitempty"`
	Name                 *string         `json:"name"`
	Tags                 []string        `json:"tags"`
	UUID                 string          `json:"uuid"`
	Source               *string         `json:"source"`
	AvatarURL            *string         `json:"avatarUrl"`
	CreatedAt            *string         `json:"createdAt"`
	PhoneNumber          *string         `json:"phoneNumber"`
	BSUID                *string         `json:"bsuid,omitempty"`
	AssignedUser         *string         `json:"assignedUser,omitempty"`
	CustomFields         json.RawMessage `json:"customFields,omitempty"`
	CustomFieldsMetadata json.RawMessage `json:"customFieldsMetadata,omitempty"`
	Team                 *team           `json:"team,omitempty"`
	Channel              *channel        `json:"channel,omitempty"`
	FunnelID             *string         `json:"funnelId,omitempty"`
	Note                 *string         `json:"note,omitempty"`
	ClosedAt             *string         `json:"closedAt,omitempty"`
	BlockedAt            *string         `json:"blockedAt,omitempty"`
}

type channel struct {
	UUID  *string `json:"uuid"`
	Title *string `json:"title"`
	Type  *string `json:"type"`
}

func newContact(c *events.Contact) *contact {
	if c == nil {
		return nil
	}
	out := &contact{
		Href: c.URL, ConversationHref: c.ConversationURL, Name: c.Name, Tags: []string{}, UUID: c.ID, Source: c.Source,
		AvatarURL: c.AvatarURL, CreatedAt: c.CreatedAt, PhoneNumber: c.PhoneNumber, BSUID: c.PlatformID,
		AssignedUser: c.AssignedAgent, CustomFields: c.CustomFields, CustomFieldsMetadata: c.CustomFieldMetadata,
		Team: newTeam(c.Team), FunnelID: c.FunnelID, Note: c.Note, ClosedAt: c.ClosedAt, BlockedAt: c.BlockedAt,
	}
	if c.Tags != nil {
		out.Tags = *c.Tags
	}
	if c.Channel != nil {
		out.Channel = &channel{UUID: c.Channel.ID, Title: c.Channel.Name, Type: c.Channel.Type}
	}
	return out
}

func contactChanged(d *sdk.Delivery) (any, error) {
	var data events.Contact
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	return newContact(&data), nil
}

func contactDeleted(d *sdk.Delivery) (any, error) {
	var data events.ContactDeleted
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	return struct {
		UUID    string `json:"uuid"`
		Deleted string `json:"deleted"`
	}{data.ID, timeOr(data.DeletedAt, d)}, nil
}
