package bird

import (
	"strings"
	"time"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// party is a side of a message: one contact where it sends, several where they
// receive, or the connector that stands for the business.
type party struct {
	Contact   *contact   `json:"contact,omitempty"`
	Contacts  []contact  `json:"contacts,omitempty"`
	Connector *connector `json:"connector,omitempty"`
}

type contact struct {
	ID              string       `json:"id"`
	IdentifierKey   string       `json:"identifierKey"`
	IdentifierValue string       `json:"identifierValue"`
	Annotations     *annotations `json:"annotations,omitempty"`
}

type annotations struct {
	Name string `json:"name"`
}

type connector struct {
	ID              string `json:"id"`
	IdentifierValue string `json:"identifierValue"`
}

// newContact makes the contact's side. address is what the message itself says
// of it, in the channel's own form.
func newContact(c *events.Contact, address *string, platform string) contact {
	out := contact{IdentifierKey: identifierKey(platform), IdentifierValue: text(address)}
	if c == nil {
		return out
	}
	out.ID = c.ID
	if c.Name != nil {
		out.Annotations = &annotations{Name: *c.Name}
	}
	if out.IdentifierValue != "" {
		return out
	}
	switch out.IdentifierKey {
	case "emailaddress":
		out.IdentifierValue = text(c.Email)
	case "phonenumber":
		out.IdentifierValue = text(c.PhoneNumber)
	default:
		out.IdentifierValue = text(c.PlatformID)
	}
	return out
}

// identifierKey is what a platform knows its users by.
func identifierKey(platform string) string {
	switch platform {
	case "sms", "whatsapp", "viber", "rcs", "voice":
		return "phonenumber"
	case "email":
		return "emailaddress"
	default:
		return platform + "id"
	}
}

// platformOf is the platform that the event goes out under: sms of sms.inbound.
func platformOf(d *sdk.Delivery) string {
	platform, _, _ := strings.Cut(d.EventType, ".")
	return platform
}

// timeOr is a time of the data as it was published, else the event's own.
func timeOr(t *string, d *sdk.Delivery) string {
	if t != nil {
		return *t
	}
	return d.Event.Time.UTC().Format("2006-01-02T15:04:05.999Z07:00")
}

// unix is a time in seconds; ok is false where the text is no RFC 3339 time.
func unix(text string) (seconds int64, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.Unix(), err == nil
}
