package callbell

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// member is the vendor's TeamMember object.
type member struct {
	Email            *string       `json:"email"`
	Name             *string       `json:"name"`
	Available        *bool         `json:"available"`
	LastUpdatedAt    string        `json:"lastUpdatedAt"`
	UserCustomStatus *customStatus `json:"userCustomStatus,omitempty"`
}

type customStatus struct {
	UpdatedAt string  `json:"updatedAt"`
	ID        *string `json:"id"`
	Name      *string `json:"name"`
	Emoji     *string `json:"emoji"`
}

// agentStatusUpdated has a custom status where the presence is one of the
// publisher's own list, that is, has an id.
func agentStatusUpdated(d *sdk.Delivery) (any, error) {
	var data events.AgentPresenceChanged
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	at := timeOr(data.OccurredAt, d)
	out := &member{Email: data.Agent.Email, Name: data.Agent.Name, Available: available(&data), LastUpdatedAt: at}
	if p := data.Presence; p.ID != nil {
		out.UserCustomStatus = &customStatus{UpdatedAt: at, ID: p.ID, Name: p.Name, Emoji: p.Emoji}
		if p.UpdatedAt != nil {
			out.UserCustomStatus.UpdatedAt = *p.UpdatedAt
		}
	}
	return out, nil
}

// available is what the presence says, else what its category or the agent says.
func available(data *events.AgentPresenceChanged) *bool {
	if data.Presence.Available != nil {
		return data.Presence.Available
	}
	if c := data.Presence.Category; c != nil && c.Type != nil {
		ready := *c.Type == "ready"
		return &ready
	}
	return data.Agent.Available
}

func agentSessionUpdated(d *sdk.Delivery) (any, error) {
	var data events.AgentSessionChanged
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	bySystem := data.Actor != nil && *data.Actor == events.System
	var action string
	switch {
	case data.Action == events.LoggedIn:
		action = "user_logged_in"
	case data.Action == events.LoggedOut && bySystem:
		action = "system_logged_out"
	case data.Action == events.LoggedOut:
		action = "user_logged_out"
	default:
		return nil, badAction(d, "logged_in or logged_out")
	}
	at := data.OccurredAt
	if data.Agent.UpdatedAt != nil {
		at = data.Agent.UpdatedAt
	}
	return struct {
		Action string `json:"action"`
		User   member `json:"user"`
	}{action, member{
		Email: data.Agent.Email, Name: data.Agent.Name, Available: data.Agent.Available, LastUpdatedAt: timeOr(at, d),
	}}, nil
}

func badAction(d *sdk.Delivery, known string) error {
	return sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: %q must be %s", d.EventType, "action", known)
}
