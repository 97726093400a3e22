package vonage

import (
	_ "embed"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// The JSON Schemas of event data, with %TITLE% for the name of the type.
var (
	//go:embed schema/agent.json
	agentSchema string
	//go:embed schema/channel.json
	channelSchema string
	//go:embed schema/channel_reason.json
	channelReasonSchema string
)

// eventTypes is the catalogue: every type as v1 and v0, newer types first.
var eventTypes = newCatalogue()

type family struct{ name, canonical, description, schema string }

func newCatalogue() []sdk.EventType {
	families := []family{
		{"agent.presencechanged", "agent.presence_changed", "Indicates that an agent's presence has been changed.", agentSchema},
		{"channel.alerted", "call.alerted", "Indicates that a party has been alerted.", channelSchema},
		{"channel.connected", "call.connected", "Indicates that a party has been connected.", channelSchema},
		{"channel.connectionfailed", "call.failed", "Indicates that a party could not be connected.", channelReasonSchema},
		{"channel.disconnected", "call.disconnected", "Indicates that a party has been disconnected.", channelSchema},
		{"channel.ended", "call.ended", "Indicates that a party's channel has ended.", channelReasonSchema},
		{"channel.held", "call.held", "Indicates that a party has been put on hold.", channelSchema},
		{"channel.retrieved", "call.retrieved", "Indicates that a party has been taken off hold.", channelSchema},
		{"channel.resumed", "call.resumed", "Indicates that a party's interrupted channel has been resumed.", channelSchema},
		{"channel.wrapstarted", "", "Indicates that an agent has begun to wrap up.", channelSchema},
	}
	var all []sdk.EventType
	for _, version := range []string{".v1", ".v0"} {
		for _, f := range families {
			t := sdk.EventType{Name: f.name + version, Description: f.description}
			if f.canonical != "" {
				t.Canonical = []string{f.canonical}
			}
			t.JSONSchema = []byte(strings.TrimSpace(strings.ReplaceAll(f.schema, "%TITLE%", t.Name)))
			all = append(all, t)
		}
	}
	return all
}
