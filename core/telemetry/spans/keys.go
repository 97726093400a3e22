package spans

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
)

// Keys of attributes that are the gateway's own. Those of OpenTelemetry's semantic
// conventions come from its package semconv.
const (
	AccountID      = attribute.Key("switchhook.account.id")
	RequestID      = attribute.Key("switchhook.request.id")
	EventKey       = attribute.Key("switchhook.event.id")
	Matches        = attribute.Key("switchhook.matches")
	Provider       = attribute.Key("switchhook.provider")
	DeliveryID     = attribute.Key("switchhook.delivery.id")
	SubscriptionID = attribute.Key("switchhook.subscription.id")
	ReplayID       = attribute.Key("switchhook.replay.id")
	NativeType     = attribute.Key("switchhook.event.native_type")
	Attempt        = attribute.Key("switchhook.attempt")
	Status         = attribute.Key("switchhook.delivery.status")
	GroupSize      = attribute.Key("switchhook.group.size")
	Link           = attribute.Key("switchhook.link")
	DurationMs     = attribute.Key("switchhook.duration_ms")
)

// Attribute describes a key.
type Attribute struct {
	Key attribute.Key
	// Type is string, int, double or bool.
	Type string
	// Meaning is a phrase, with the unit where it has one.
	Meaning string
}

// Own tells that the key is the gateway's own, and not of the semantic conventions.
func (a Attribute) Own() bool { return own(a.Key) }

// Attributes are all keys that spans, their events and their links carry.
var Attributes = []Attribute{
	{AccountID, "string", "the account; on every span of the gateway itself that is of one account, and on a plugin's in the built-in view alone"},
	{RequestID, "string", "the request's id, as in its answer's `X-Request-Id` and in the log"},
	{EventKey, "string", "the id under which the event was accepted"},
	{Matches, "int", "how many subscriptions matched"},
	{Provider, "string", "the provider whose API was called, or that the subscription is of"},
	{DeliveryID, "string", "the delivery"},
	{SubscriptionID, "string", "the subscription"},
	{ReplayID, "string", "the replay that made the delivery"},
	{NativeType, "string", "the event's type as the provider names it"},
	{Attempt, "int", "the number of the attempt, from 1"},
	{Status, "string", "what the delivery has become: `delivered`, `retrying` or `dead`"},
	{GroupSize, "int", "how many events and outcomes were committed, or deliveries rendered, together"},
	{Link, "string", "why a span is linked: `previous_attempt`, `replayed` or `committed_with`"},
	{DurationMs, "double", "how long the part took, in milliseconds; an event stands at its end"},

	{semconv.MessagingSystemKey, "string", "`switchhook`"},
	{semconv.MessagingOperationNameKey, "string", "`publish` or `deliver`"},
	{semconv.MessagingOperationTypeKey, "string", "`send` or `process`"},
	{semconv.MessagingMessageIDKey, "string", "the id of the CloudEvent"},
	{semconv.CloudEventsEventIDKey, "string", "the id of the CloudEvent"},
	{semconv.CloudEventsEventSourceKey, "string", "the source of the CloudEvent"},
	{semconv.CloudEventsEventTypeKey, "string", "the type of the CloudEvent, as it was published"},
	{semconv.HTTPRequestMethodKey, "string", "the method"},
	{semconv.HTTPRequestResendCountKey, "int", "how often the delivery was sent before: 1 for the second attempt; absent for the first"},
	{semconv.HTTPResponseStatusCodeKey, "int", "the answer's status; absent where none came"},
	{semconv.HTTPRouteKey, "string", "the path's template"},
	{semconv.URLFullKey, "string", "where the request went: scheme, host and port. Path and query are left out as `REDACTED`: they may be a secret of the subscriber's"},
	{semconv.URLPathKey, "string", "the request's path"},
	{semconv.URLSchemeKey, "string", "`http` or `https`"},
	{semconv.ServerAddressKey, "string", "the host"},
	{semconv.ServerPortKey, "int", "the port"},
	{semconv.NetworkPeerAddressKey, "string", "the address that was dialed"},
	{semconv.TLSProtocolVersionKey, "string", "the version of TLS"},
	{semconv.ErrorTypeKey, "string", "why it failed: a status, or a word such as `timeout`, `dns`, `tls`, `connect`"},
	{semconv.DBSystemNameKey, "string", "`sqlite` or `postgresql`"},
	{semconv.DBOperationNameKey, "string", "the statement's verb, or `BATCH`"},
	{semconv.DBOperationBatchSizeKey, "int", "how many statements were sent together (Postgres)"},
	{semconv.DBQueryTextKey, "string", "the statement with placeholders; values are never shown"},
	{semconv.RPCSystemNameKey, "string", "`grpc`"},
	{semconv.RPCMethodKey, "string", "the call"},
	{semconv.RPCResponseStatusCodeKey, "string", "the call's outcome"},
}
