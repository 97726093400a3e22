package vonage

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

type channelData struct {
	Timestamp string  `json:"timestamp"`
	Channel   channel `json:"channel"`
	// Reason is only in ended and connectionfailed.
	Reason *string `json:"reason,omitempty"`
}

type channel struct {
	ConversationID string `json:"conversationId"`
	InteractionID  string `json:"interactionId"`
	ChannelID      string `json:"channelId"`
	Party          party  `json:"party"`
}

type party struct {
	Role    string  `json:"role"`
	AgentID *string `json:"agentId,omitempty"`
	UserID  *string `json:"userId,omitempty"`
}

func channelChanged(d *sdk.Delivery) (v any, subject string, err error) {
	var data events.Call
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, "", err
	}
	if data.ID == "" {
		return nil, "", jsondata.Missing(d, "id")
	}
	at, err := timestamp(data.OccurredAt, d)
	if err != nil {
		return nil, "", err
	}
	out := channelData{Timestamp: at, Channel: channel{
		ConversationID: firstOf(data.ConversationID, &data.ID),
		InteractionID:  firstOf(data.InteractionID, &data.ID),
		ChannelID:      firstOf(data.ChannelID, &data.ID),
		Party:          party{Role: "agent"},
	}}
	if p := data.Party; p != nil {
		if p.Role != nil {
			out.Channel.Party.Role = *p.Role
		}
		out.Channel.Party.AgentID, out.Channel.Party.UserID = p.AgentID, p.UserID
	}
	if d.Event.Type == "call.ended" || d.Event.Type == "call.failed" {
		out.Reason = data.Reason
	}
	return out, out.Channel.ChannelID, nil
}
