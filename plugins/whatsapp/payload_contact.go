package whatsapp

import (
	"strings"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

type updatedContact struct {
	JID        *string `json:"jid"`
	ContactJID *string `json:"contact_jid"`
	Action     string  `json:"action"`
}

func contactUpdate(d *sdk.Delivery) (any, error) {
	var data events.Contact
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	out := updatedContact{ContactJID: contactJID(&data), Action: "update"}
	if data.Channel != nil {
		out.JID = device(data.Channel.ID)
	}
	return out, nil
}

// contactJID is the JID of a contact: made of the phone number, else the id that
// the platform has for the person, where that is a JID.
func contactJID(c *events.Contact) *string {
	if c == nil {
		return nil
	}
	if id := jid(c.PhoneNumber); id != nil {
		return id
	}
	if c.PlatformID != nil && strings.Contains(*c.PlatformID, "@") {
		return c.PlatformID
	}
	return nil
}
