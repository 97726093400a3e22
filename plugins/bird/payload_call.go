package bird

import (
	"slices"

	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// Statuses of a call (documented).
const (
	completed = "completed"
	failed    = "failed"
)

// failureReasons are reasons of a failed call that are statuses of their own.
var failureReasons = []string{"no-answer", "busy"}

// call is a voice call. The vendor documents its statuses; the members are named
// as in its voice API.
type call struct {
	ID        string  `json:"id"`
	ChannelID string  `json:"channelId"`
	Direction string  `json:"direction"`
	From      string  `json:"from"`
	To        string  `json:"to"`
	Status    string  `json:"status"`
	Reason    *string `json:"reason,omitempty"`
	EndedAt   string  `json:"endedAt"`
	UpdatedAt string  `json:"updatedAt"`
}

func newCall(d *sdk.Delivery) (*call, error) {
	var data events.Call
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	if data.ID == "" {
		return nil, jsondata.Missing(d, "id")
	}
	at := timeOr(data.OccurredAt, d)
	out := &call{
		ID: data.ID, ChannelID: text(data.ChannelID), Direction: incoming, From: text(data.From), To: text(data.To),
		Status: completed, Reason: data.Reason, EndedAt: at, UpdatedAt: at,
	}
	if d.EventType == "voice.outbound" {
		out.Direction = outgoing
	}
	if d.Event.Type == "call.failed" {
		out.Status = failedStatus(text(data.Reason))
	}
	return out, nil
}

// failedStatus is the documented status that a reason names, else failed.
func failedStatus(reason string) string {
	if slices.Contains(failureReasons, reason) {
		return reason
	}
	return failed
}
