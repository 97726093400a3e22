package callbell

import (
	"encoding/json"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// The optional parts of message_created, in the shapes of the vendor's example.
type (
	contactCard struct {
		ContactsInfo []contactInfo `json:"contactsInfo"`
	}
	contactInfo struct {
		Name   *string     `json:"name"`
		Phones []cardPhone `json:"phones"`
	}
	cardPhone struct {
		Phone string `json:"phone"`
		WaID  string `json:"wa_id"`
		Type  string `json:"type"`
	}
	messageContext struct {
		Target    *string `json:"target,omitempty"`
		Text      *string `json:"text"`
		CreatedAt *string `json:"createdAt"`
		Status    *string `json:"status"`
	}
	messageForward struct {
		Forwarded bool `json:"forwarded"`
	}
	interactiveList struct {
		// Metadata is JSON in a string.
		Metadata string `json:"metadata"`
	}
	messageLocation struct {
		Coordinates        coordinates `json:"coordinates"`
		GoogleMapsLocation *string     `json:"googleMapsLocation,omitempty"`
	}
	// coordinates are degrees north (x) and east (y), as in the vendor's example.
	coordinates struct {
		X float64 `json:"x"`
		Y float64 `json:"y"`
	}
	replyButton struct {
		Metadata json.RawMessage `json:"metadata"`
	}
)

// addOptional adds the parts that the message has. The vendor's table spells
// messageContext with one s; its release notes have the right spelling.
func (m *message) addOptional(data *events.Message) error {
	if data.ContactCards != nil && len(*data.ContactCards) > 0 {
		m.MessageContactCard = newContactCard(*data.ContactCards)
	}
	if r := data.ReplyTo; r != nil {
		m.MessageContext = &messageContext{Target: r.ID, Text: r.Text, CreatedAt: r.CreatedAt, Status: (*string)(r.Direction)}
	}
	if data.Forwarded != nil && *data.Forwarded {
		m.MessageForward = &messageForward{Forwarded: true}
	}
	if l := data.Location; l != nil {
		m.MessageLocation = &messageLocation{Coordinates: coordinates{X: l.Latitude, Y: l.Longitude}, GoogleMapsLocation: l.MapURL}
	}
	if present(data.ReplyButtons) {
		m.MessageReplyButton = &replyButton{Metadata: data.ReplyButtons}
	}
	if present(data.InteractiveList) {
		text, err := jsondata.Marshal(data.InteractiveList)
		if err != nil {
			return err
		}
		m.MessageInteractiveList = &interactiveList{Metadata: string(text)}
	}
	return nil
}

// present tells whether free-form data is there; null counts as absent.
func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func newContactCard(cards []events.ContactCard) *contactCard {
	out := &contactCard{}
	for _, c := range cards {
		info := contactInfo{Name: c.Name, Phones: []cardPhone{}}
		if c.Phones != nil {
			for _, p := range *c.Phones {
				info.Phones = append(info.Phones, cardPhone{Phone: p.Number, WaID: orEmpty(p.PlatformID), Type: orEmpty(p.Type)})
			}
		}
		out.ContactsInfo = append(out.ContactsInfo, info)
	}
	return out
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
