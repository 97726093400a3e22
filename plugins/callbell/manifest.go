package callbell

import (
	"time"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// eventTypes is the catalogue, in the order of the vendor's documentation.
var eventTypes = []sdk.EventType{
	{Name: "message_created", Canonical: []string{"message.received", "message.sent"}, Description: "A message was received from or sent to a contact."},
	{Name: "message_status_updated", Canonical: []string{"message.delivered", "message.read", "message.failed"}, Description: "The status of a sent message changed."},
	{Name: "contact_created", Canonical: []string{"contact.created"}, Description: "A contact was created."},
	{Name: "contact_updated", Canonical: []string{"contact.updated"}, Description: "A contact was updated, its tags included."},
	{Name: "contact_deleted", Canonical: []string{"contact.deleted"}, Description: "A contact was deleted."},
	{Name: "conversation_opened", Canonical: []string{"conversation.created"}, Description: "A conversation was opened."},
	{Name: "conversation_closed", Canonical: []string{"conversation.closed"}, Description: "A conversation was closed."},
	{Name: "agent_status_updated", Canonical: []string{"agent.presence_changed"}, Description: "An agent changed their status."},
	{Name: "agent_session_updated", Canonical: []string{"agent.session_changed"}, Description: "An agent logged in or out."},
	{Name: "team_membership_updated", Canonical: []string{"team.membership_changed"}, Description: "An agent was added to or removed from a team."},
}

// Manifest implements [sdk.Adapter].
//
// Documented: one webhook an account, http and https, 300 requests a second, a
// secret that starts with whsec_, and disabling after six hours. The vendor says
// that failures are retried but not when, and no timeout: the schedule, the day
// it lasts and the ten seconds are ours.
func (a *adapter) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Provider:   "callbell",
		Title:      "Callbell",
		Version:    "1.0.0",
		OpenAPI:    a.openAPI,
		EventTypes: eventTypes,
		Limits:     []sdk.Limit{{Scope: sdk.LimitScopeAccount, Max: 1}},
		IDFormat:   sdk.IDFormatUUID,
		URL:        sdk.URLPolicy{Schemes: []string{"http", "https"}},
		Secret:     sdk.SecretPolicy{Prefix: "whsec_", Bytes: 32, Encoding: sdk.SecretEncodingHex},
		Delivery: sdk.DeliveryPolicy{
			Timeout: 10 * time.Second,
			Schedule: []time.Duration{
				10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
				15 * time.Minute, 30 * time.Minute, time.Hour,
			},
			Budget:       24 * time.Hour,
			Jitter:       0.2,
			DisableAfter: 6 * time.Hour,
		},
		RequestsPerSecond: 300,
	}
}
