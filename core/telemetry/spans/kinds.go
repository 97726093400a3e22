// Package spans says what the gateway traces: the kinds of spans, their places in a
// trace and the attributes they carry. The code takes its names from here, the
// documentation is made from it, and a test holds what a gateway emits to it.
package spans

import (
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// Names of spans; Publish, Deliver and Attempt are followed by what they are of.
const (
	Publish       = "publish"
	Commit        = "commit"
	Match         = "match"
	Deliver       = "deliver"
	Queue         = "queue"
	Render        = "render"
	AdapterRender = "adapter render"
	AttemptOf     = "attempt"
	Token         = "token"
	Record        = "record"
	Probe         = "probe"
)

// Names of a span's events: the parts of an exchange.
const (
	EventDNS       = "dns"
	EventConnect   = "connect"
	EventTLS       = "tls"
	EventFirstByte = "first_byte"
	EventBody      = "body"
)

// Values of [Link].
const (
	LinkPreviousAttempt = "previous_attempt"
	LinkReplayed        = "replayed"
	LinkCommittedWith   = "committed_with"
)

// Kind describes the spans of one name.
type Kind struct {
	// Name has what varies in braces.
	Name string
	Span trace.SpanKind
	// Depth is that in the tree of an event, from 0; siblings stand in the order of
	// time.
	Depth int
	// When says from when until when it lasts, and when there is one.
	When string
	// Attributes are those that a span of the kind can have; not all have all.
	Attributes []attribute.Key
	// Events can be in it, Links can be from it.
	Events []Event
	Links  []string
}

// Event is something within a span.
type Event struct {
	Name       string
	Meaning    string
	Attributes []attribute.Key
}

// exchange are the events of an HTTP request.
var exchange = []Event{
	{EventDNS, "the host was looked up; not on a kept connection", []attribute.Key{DurationMs, semconv.ErrorTypeKey}},
	{EventConnect, "connected; not on a kept connection", []attribute.Key{DurationMs, semconv.NetworkPeerAddressKey, semconv.ErrorTypeKey}},
	{EventTLS, "TLS was agreed upon; not on a kept connection", []attribute.Key{DurationMs, semconv.TLSProtocolVersionKey, semconv.ErrorTypeKey}},
	{EventFirstByte, "the first byte of the answer came, so long after the start", []attribute.Key{DurationMs}},
	{EventBody, "the answer was read, so long after its first byte", []attribute.Key{DurationMs}},
}

// Kinds are all kinds, in the order of the tree.
var Kinds = []Kind{
	{
		Name: "{method} {path}", Span: trace.SpanKindServer, When: "a request to the gateway, such as `POST /v1/events`",
		Attributes: []attribute.Key{
			AccountID, RequestID, Provider, semconv.HTTPRequestMethodKey, semconv.HTTPRouteKey, semconv.URLPathKey,
			semconv.URLSchemeKey, semconv.ServerAddressKey, semconv.HTTPResponseStatusCodeKey,
		},
	},
	{
		Name: "switchhook.adapter.v1.Adapter/Handle", Span: trace.SpanKindClient, Depth: 1,
		When:       "a request to a provider's API is answered by its plugin",
		Attributes: []attribute.Key{semconv.RPCSystemNameKey, semconv.RPCMethodKey, semconv.RPCResponseStatusCodeKey, semconv.ServerAddressKey},
	},
	{
		Name: "switchhook.adapter.v1.Adapter/Handle", Span: trace.SpanKindServer, Depth: 2,
		When:       "the same in the plugin's process (service `switchhook-adapter-{provider}`)",
		Attributes: []attribute.Key{semconv.RPCSystemNameKey, semconv.RPCMethodKey, semconv.RPCResponseStatusCodeKey, semconv.ServerAddressKey},
	},
	{
		Name: Probe + " {method}", Span: trace.SpanKindClient, Depth: 1, When: "a request by which a provider verifies a subscriber's URL",
		Attributes: []attribute.Key{
			AccountID, semconv.HTTPRequestMethodKey, semconv.URLFullKey, semconv.ServerAddressKey, semconv.ServerPortKey,
			semconv.HTTPResponseStatusCodeKey, semconv.ErrorTypeKey,
		},
		Events: exchange,
	},
	{
		Name: Publish + " {type}", Span: trace.SpanKindProducer, Depth: 1, When: "one event, from its check to the answer. What follows is below it, also after a restart and on another node",
		Attributes: []attribute.Key{
			AccountID, EventKey, semconv.MessagingSystemKey, semconv.MessagingOperationNameKey, semconv.MessagingOperationTypeKey,
			semconv.MessagingMessageIDKey, semconv.CloudEventsEventIDKey, semconv.CloudEventsEventSourceKey, semconv.CloudEventsEventTypeKey,
		},
	},
	{
		Name: Commit, Span: trace.SpanKindInternal, Depth: 2, When: "from handing the event over to its being durable, with whatever was committed together",
		Attributes: []attribute.Key{AccountID, GroupSize}, Links: []string{LinkCommittedWith},
	},
	{
		Name: Match, Span: trace.SpanKindInternal, Depth: 2, When: "finding who gets the event",
		Attributes: []attribute.Key{AccountID, EventKey, Matches, semconv.CloudEventsEventTypeKey},
	},
	{
		Name: Deliver + " {type}", Span: trace.SpanKindConsumer, Depth: 2, When: "one attempt of one delivery, from when it was due to its record",
		Attributes: []attribute.Key{
			AccountID, DeliveryID, SubscriptionID, Provider, Attempt, Status, ReplayID, semconv.MessagingSystemKey,
			semconv.MessagingOperationNameKey, semconv.MessagingOperationTypeKey, semconv.MessagingMessageIDKey, semconv.ErrorTypeKey,
		},
		Links: []string{LinkPreviousAttempt, LinkReplayed},
	},
	{
		Name: Queue, Span: trace.SpanKindInternal, Depth: 3, When: "waiting, from when it was due until it was taken to be rendered",
		Attributes: []attribute.Key{AccountID},
	},
	{
		Name: Render, Span: trace.SpanKindInternal, Depth: 3, When: "the call to the plugin, which renders many deliveries at once",
		Attributes: []attribute.Key{AccountID, GroupSize, semconv.ErrorTypeKey},
	},
	{
		Name: AdapterRender, Span: trace.SpanKindInternal, Depth: 4, When: "the adapter's work on this delivery, in the plugin's process (service `switchhook-adapter-{provider}`)",
		Attributes: []attribute.Key{AccountID, DeliveryID, NativeType, Attempt},
	},
	{
		Name: AttemptOf + " {method}", Span: trace.SpanKindClient, Depth: 3, When: "the HTTP request, to the last byte of the answer. The receiver's `traceparent` names this span",
		Attributes: []attribute.Key{
			AccountID, Attempt, semconv.HTTPRequestMethodKey, semconv.HTTPRequestResendCountKey, semconv.URLFullKey, semconv.ServerAddressKey,
			semconv.ServerPortKey, semconv.HTTPResponseStatusCodeKey, semconv.ErrorTypeKey,
		},
		Events: exchange,
	},
	{
		Name: Token, Span: trace.SpanKindInternal, Depth: 4, When: "waiting for an access token, where the subscription authenticates by OAuth 2.0. Its events are those of the token server, if that is asked",
		Attributes: []attribute.Key{AccountID, semconv.ErrorTypeKey}, Events: exchange,
	},
	{
		Name: AttemptOf, Span: trace.SpanKindInternal, Depth: 3, When: "an attempt that failed before there was a request to send",
		Attributes: []attribute.Key{AccountID, Attempt, semconv.ErrorTypeKey},
	},
	{
		Name: Record, Span: trace.SpanKindInternal, Depth: 3, When: "from handing the outcome over to its being durable",
		Attributes: []attribute.Key{AccountID, GroupSize}, Links: []string{LinkCommittedWith},
	},
	{
		Name: "{operation} {table}", Span: trace.SpanKindClient, Depth: 4,
		When:       "a statement, or the begin or end of a `transaction`, below whichever span has it sent. Of a group commit they are below the first sampled event or outcome of the group, to which the others' spans link",
		Attributes: []attribute.Key{semconv.DBSystemNameKey, semconv.DBOperationNameKey, semconv.DBOperationBatchSizeKey, semconv.DBQueryTextKey, semconv.ErrorTypeKey},
	},
	{
		Name: "{method}", Span: trace.SpanKindServer, When: "a request to the gateway whose path is none of the APIs'; of a provider's, its plugin answers it too",
		Attributes: []attribute.Key{
			RequestID, Provider, semconv.HTTPRequestMethodKey, semconv.URLPathKey, semconv.URLSchemeKey, semconv.ServerAddressKey,
			semconv.HTTPResponseStatusCodeKey,
		},
	},
}

var placeholder = regexp.MustCompile(`\\\{[a-z]+\\\}`)

// patterns are the names of Kinds.
var patterns = func() []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(Kinds))
	for i, k := range Kinds {
		out[i] = regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(k.Name), ".+") + "$")
	}
	return out
}()

// Of finds the kind of a span, by its name and what it is to others; nil where it is
// none of [Kinds].
func Of(name string, kind trace.SpanKind) *Kind {
	best := -1
	for i := range Kinds {
		if Kinds[i].Span == kind && patterns[i].MatchString(name) && (best < 0 || literal(i) > literal(best)) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &Kinds[best]
}

// literal is how much of a kind's name does not vary.
func literal(i int) int {
	name := Kinds[i].Name
	before, _, _ := strings.Cut(name, "{")
	return len(before)
}

func own(k attribute.Key) bool { return strings.HasPrefix(string(k), "switchhook.") }
