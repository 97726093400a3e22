package bird

import (
	"regexp"
	"strings"

	"github.com/switchhook/switchhook/gen/bird"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// entry is one event type with the service that it belongs to.
type entry struct {
	service bird.Service
	sdk.EventType
}

// What events can be filtered by (documented), and where they have it: in an
// attribute of the publisher's, in the vendor's own payload, or in canonical data.
var (
	byChannel         = sdk.FilterKey{Key: "channelId", Fields: []string{"channelid", "/channelId", "/channel_id"}}
	byMessageStatus   = sdk.FilterKey{Key: "messageStatus", Fields: []string{"messagestatus", "/status"}, Implied: messageStatuses()}
	byInteractionType = sdk.FilterKey{Key: "interactionType", Fields: []string{"interactiontype", "/type"}}
	byCallStatus      = sdk.FilterKey{Key: "status", Fields: []string{"callstatus", "/status"}, Implied: callStatuses()}
	byPlatform        = sdk.FilterKey{Key: "platformId", Fields: []string{"platform", "/platformId"}}
	byChannelStatus   = sdk.FilterKey{Key: "channelStatus", Fields: []string{"channelstatus", "/status"}}
)

// catalogue lists the documented events. Voice stands before the templates,
// which match its names too. The service payments is documented without events.
var catalogue = []entry{
	channels("voice.inbound", "The status of an incoming call changed.", calls, when("inbound"), byChannel, byCallStatus),
	channels("voice.outbound", "The status of an outgoing call changed.", calls, when("outbound"), byChannel, byCallStatus),
	channels("{platform}.inbound", "A message was received.", []string{"message.received"}, nil, byChannel),
	channels("{platform}.outbound", "The status of an outgoing message changed.",
		[]string{"message.sent", "message.delivered", "message.read", "message.failed"}, nil, byChannel, byMessageStatus),
	channels("{platform}.interaction", "A contact interacted with a message.", []string{"message.interaction"}, nil, byChannel, byInteractionType),
	channels("channel.created", "A channel was created.", nil, nil, byPlatform, byChannelStatus),
	channels("channel.updated", "A channel was updated.", nil, nil, byPlatform, byChannelStatus),
	plain(bird.Numbers, "endpoint", "The endpoint of a number changed."),
	plain(bird.Numbers, "10dlc.brand", "The status of a 10DLC brand changed."),
	plain(bird.Numbers, "10dlc.campaign", "The status of a 10DLC campaign changed."),
	plain(bird.Numbers, "10dlc.vetting", "The status of a 10DLC vetting changed."),
	plain(bird.Numbers, "tfn.verification", "The status of a toll-free number's verification changed."),
	conversation("conversation.created", "A conversation was created.", "conversation.created"),
	conversation("conversation.updated", "A conversation was updated.", "conversation.updated"),
	conversation("conversation.deleted", "A conversation was deleted.", "conversation.closed"),
	plain(bird.Templates, "template.created", "A template was created.", byPlatform),
	plain(bird.Templates, "template.updated", "A template was updated.", byPlatform),
	plain(bird.Templates, "template.deleted", "A template was deleted.", byPlatform),
}

// platforms are those that the documentation names; the pattern takes others.
var platforms = []string{
	"sms", "whatsapp", "email", "line", "instagram", "facebook", "viber", "linkedin", "tiktok", "applebusinesschat", "telegram",
}

// services in the documentation's order.
var services = []bird.Service{bird.Channels, bird.Numbers, bird.Payments, bird.Conversations, bird.Templates}

var (
	calls         = []string{"call.ended", "call.failed"}
	platformEvent = regexp.MustCompile(`^[a-z0-9_-]{1,100}\.(inbound|outbound|interaction)$`)
)

// messageStatuses are the statuses that payloads of canonical events have.
func messageStatuses() []sdk.ImpliedValue {
	out := []sdk.ImpliedValue{{Type: "message.sent", Value: sent}}
	for _, canonical := range []string{"message.delivered", "message.read", "message.failed"} {
		out = append(out, sdk.ImpliedValue{Type: canonical, Value: statusWords[canonical]})
	}
	return out
}

// callStatuses are the same of calls.
func callStatuses() []sdk.ImpliedValue {
	out := []sdk.ImpliedValue{{Type: "call.ended", Value: completed}}
	for _, reason := range failureReasons {
		out = append(out, sdk.ImpliedValue{Type: "call.failed", When: []sdk.Filter{{Key: "/reason", Value: reason}}, Value: reason})
	}
	return append(out, sdk.ImpliedValue{Type: "call.failed", Value: failed})
}

// when is the condition on who began a call.
func when(direction string) []sdk.Filter {
	return []sdk.Filter{{Key: "/direction", Value: direction}}
}

func channels(name, description string, canonical []string, when []sdk.Filter, keys ...sdk.FilterKey) entry {
	return entry{bird.Channels, sdk.EventType{Name: name, Canonical: canonical, Description: description, When: when, FilterKeys: keys}}
}

func conversation(name, description, canonical string) entry {
	return entry{bird.Conversations, sdk.EventType{
		Name: name, Canonical: []string{canonical}, Description: description, FilterKeys: []sdk.FilterKey{byChannel},
	}}
}

func plain(service bird.Service, name, description string, keys ...sdk.FilterKey) entry {
	return entry{service, sdk.EventType{Name: name, Description: description, FilterKeys: keys}}
}

// serviceOf returns the service that an event belongs to; ok is false for a name
// that is none.
func serviceOf(event string) (service bird.Service, ok bool) {
	for _, e := range catalogue {
		if e.Name == event {
			return e.service, !strings.Contains(event, "{")
		}
	}
	return bird.Channels, platformEvent.MatchString(event)
}

// eventsOf lists the events of a service, those of each documented platform by name.
func eventsOf(service bird.Service) []bird.AvailableEvent {
	out := []bird.AvailableEvent{}
	for _, e := range catalogue {
		if e.service != service {
			continue
		}
		keys := []string{}
		for _, k := range e.FilterKeys {
			keys = append(keys, k.Key)
		}
		if _, suffix, ok := strings.Cut(e.Name, "{platform}"); ok {
			for _, platform := range platforms {
				out = append(out, bird.AvailableEvent{Name: platform + suffix, FilterKeys: keys})
			}
			continue
		}
		out = append(out, bird.AvailableEvent{Name: e.Name, FilterKeys: keys})
	}
	return out
}
