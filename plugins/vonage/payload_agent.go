package vonage

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

type presenceData struct {
	Timestamp string   `json:"timestamp"`
	Presence  presence `json:"presence"`
	User      user     `json:"user"`
}

type presence struct {
	PresenceID  *string          `json:"presenceId,omitempty"`
	Category    presenceCategory `json:"category"`
	Description *string          `json:"description,omitempty"`
}

type presenceCategory struct {
	Type        *string `json:"type,omitempty"`
	Description *string `json:"description,omitempty"`
	Subcategory *string `json:"subcategory,omitempty"`
}

type user struct {
	AgentID string  `json:"agentId"`
	UserID  *string `json:"userId,omitempty"`
}

func presenceChanged(d *sdk.Delivery) (v any, subject string, err error) {
	var data events.AgentPresenceChanged
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, "", err
	}
	id := firstOf(data.Agent.ID, data.Agent.UserID, data.Agent.Email)
	if id == "" {
		return nil, "", jsondata.Missing(d, "agent.id")
	}
	at, err := timestamp(data.OccurredAt, d)
	if err != nil {
		return nil, "", err
	}
	return presenceData{
		Timestamp: at,
		Presence:  presence{PresenceID: data.Presence.ID, Category: category(&data), Description: data.Presence.Name},
		User:      user{AgentID: id, UserID: data.Agent.UserID},
	}, id, nil
}

// category is the presence's, or ready or away by whether the agent is available.
func category(data *events.AgentPresenceChanged) presenceCategory {
	if c := data.Presence.Category; c != nil && c.Type != nil {
		return presenceCategory{Type: c.Type, Description: c.Name, Subcategory: c.Subcategory}
	}
	available := data.Presence.Available
	if available == nil {
		available = data.Agent.Available
	}
	if available == nil {
		return presenceCategory{}
	}
	kind, description := "away", "Away"
	if *available {
		kind, description = "ready", "Ready"
	}
	return presenceCategory{Type: &kind, Description: &description}
}

// firstOf returns the first text that is there and not empty.
func firstOf(texts ...*string) string {
	for _, t := range texts {
		if t != nil && *t != "" {
			return *t
		}
	}
	return ""
}

// timestamp is occurred_at, else the event's own time, in the vendor's form.
func timestamp(text *string, d *sdk.Delivery) (string, error) {
	at, err := jsondata.Time(d, "occurred_at", text)
	return at.UTC().Format(timeLayout), err
}
