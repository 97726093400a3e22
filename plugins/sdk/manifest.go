package sdk

import (
	"net/http"
	"strings"
	"time"
)

// Manifest is what an adapter says of itself.
type Manifest struct {
	// Provider is the name of the flavour and the path prefix of its API:
	// lower-case letters, digits and hyphens.
	Provider string
	// Title is the name for people.
	Title string
	// Version of the adapter.
	Version string
	// OpenAPI is the vendor API's OpenAPI 3.0 document, JSON or YAML. The gateway
	// routes, authenticates and validates by it.
	OpenAPI []byte
	// EventTypes are the types that the vendor knows. Of several that stand for
	// one canonical type and match a subscription, the first is delivered, so
	// newer types stand first.
	EventTypes []EventType
	// OpenCatalogue is true where subscribers also get types outside EventTypes,
	// under their own name.
	OpenCatalogue bool
	// Limits on the number of subscriptions. The engine keeps them in the
	// transaction of the write.
	Limits []Limit
	// UniqueName forbids two subscriptions of one name in an account and namespace.
	UniqueName bool
	// IDFormat is the form of subscription ids.
	IDFormat IDFormat
	// URL is which subscriber URLs are accepted.
	URL URLPolicy
	// Secret is how signing secrets are generated.
	Secret SecretPolicy
	// SecretVariants are other forms of secrets, which a setting of the subscription
	// selects; see [Manifest.SecretFor].
	SecretVariants []SecretVariant
	// Delivery is what counts as delivered, and what happens otherwise.
	Delivery DeliveryPolicy
	// RequestsPerSecond that one account may make to the vendor API; 0 is no limit.
	RequestsPerSecond int

	// Unavailable is set by the SDK: the vendor's envelope for a gateway that
	// cannot reach the plugin.
	Unavailable *Response
}

// EventType is one entry of the event catalogue.
type EventType struct {
	// Name is the native name, such as message_created. {platform} and the like
	// stand for the event's extension attribute of that name.
	Name string
	// Canonical types that it stands for.
	Canonical []string
	// Description for people, one sentence.
	Description string
	// JSONSchema of the native payload, where the vendor publishes one.
	JSONSchema []byte
	// When are conditions under which a canonical event becomes this type; all
	// must hold. Key is a field in the form of [FilterKey.Fields].
	When []Filter
	// FilterKeys are what subscriptions may filter events of this type by.
	FilterKeys []FilterKey
}

// FilterKey is what a subscription's filter may name.
type FilterKey struct {
	Key string
	// Fields are where an event has the value: the first of these that it has. A
	// name is an extension attribute, a JSON pointer (/call/direction) a field of
	// the data.
	Fields []string
	// Implied is the value of an event that has none of Fields: that of the first
	// entry which applies to it.
	Implied []ImpliedValue
}

// ImpliedValue is a value that a canonical event does not have as a field, but
// says by its type, as message.delivered says a status.
type ImpliedValue struct {
	// Type is the canonical type that the event was published under. An event
	// published under its native name has its value in Fields, or not at all.
	Type string
	// When are conditions on the event; all must hold. Key is a field in the form
	// of [FilterKey.Fields].
	When []Filter
	// Value that filters are compared with.
	Value string
}

// LimitScope is what a [Limit] counts.
type LimitScope int

const (
	// LimitScopeAccount counts the account's subscriptions with this provider.
	LimitScopeAccount LimitScope = iota + 1
	// LimitScopeNamespace counts those of one namespace.
	LimitScopeNamespace
	// LimitScopeSameFilters counts those of one namespace with the same event
	// types and filters.
	LimitScopeSameFilters
)

// Limit is the most subscriptions that may exist in a scope.
type Limit struct {
	Scope LimitScope
	Max   int
}

// IDFormat is the form of subscription ids as the vendor's clients know them.
type IDFormat int

const (
	// IDFormatUUID is a UUID, version 7.
	IDFormatUUID IDFormat = iota + 1
	// IDFormatKSUID is 27 characters of base 62 (segmentio/ksuid).
	IDFormatKSUID
	// IDFormatHex24 is 24 hexadecimal digits.
	IDFormatHex24
	// IDFormatInteger is 1, 2, 3, … within an account.
	IDFormatInteger
)

// URLPolicy is which subscriber URLs the vendor accepts. Whatever it says, the
// gateway refuses addresses that are not public.
type URLPolicy struct {
	// Schemes that are accepted, lower case.
	Schemes []string
	// Pattern is an RE2 expression that the whole URL must match; "" is any.
	Pattern string
}

// SecretEncoding is how the random bytes of a generated secret are written.
type SecretEncoding int

const (
	// SecretEncodingBase64 is standard base64 with padding.
	SecretEncodingBase64 SecretEncoding = iota + 1
	// SecretEncodingHex is lower-case hexadecimal.
	SecretEncodingHex
)

// SecretPolicy is how signing secrets are made.
type SecretPolicy struct {
	// Generate a secret when a subscription is made without one.
	Generate bool
	// Prefix stands before the encoded bytes.
	Prefix string
	// Bytes of randomness in a generated secret.
	Bytes int
	// Encoding of these bytes.
	Encoding SecretEncoding
	// Pattern is an RE2 expression that a secret which the subscriber chose must
	// match as a whole; "" is any text.
	Pattern string
	// Overlap is true where Render signs with [Subscription.PreviousSecret] too. A
	// rotation may then leave the old secret valid for a while.
	Overlap bool
	// KeyPair says that a secret is a private key. Encoding is
	// [SecretEncodingBase64] and Bytes 64 then.
	KeyPair *KeyPair
}

// KeyPair says that secrets are private keys of Ed25519 (RFC 8032): the seed and the
// public key, 64 bytes, or the seed alone, 32.
type KeyPair struct {
	// PublicPrefix stands before the public key, which is written in base64.
	PublicPrefix string
	// PublicSetting is the setting of the subscription that shows the public key. The
	// gateway writes it whenever the secret changes.
	PublicSetting string
}

// SecretVariant is how secrets are made where a setting of the subscription has a
// value. A value that no variant of the setting has is refused.
type SecretVariant struct {
	Setting, Value string
	Secret         SecretPolicy
}

// SecretFor returns the policy of a subscription with these settings. Errors:
// invalid (the setting that selects it).
func (m *Manifest) SecretFor(settings map[string]string) (SecretPolicy, error) {
	for _, v := range m.SecretVariants {
		value, set := settings[v.Setting]
		if !set {
			continue
		}
		var values []string
		for _, other := range m.SecretVariants {
			if other.Setting == v.Setting && other.Value == value {
				return other.Secret, nil
			}
			if other.Setting == v.Setting {
				values = append(values, other.Value)
			}
		}
		return m.Secret, InvalidField("/settings/"+v.Setting, "must be %s, or absent", strings.Join(values, " or "))
	}
	return m.Secret, nil
}

// StatusRange is a range of HTTP status codes, both ends included.
type StatusRange struct{ From, To int }

// DeliveryPolicy is what counts as delivered, and what happens otherwise.
type DeliveryPolicy struct {
	// Success codes. Defaults to 200–299.
	Success []StatusRange
	// Timeout of one attempt, from name resolution to the last byte of the answer.
	Timeout time.Duration
	// Schedule is the waits before the second, third, … attempt; the last repeats.
	Schedule []time.Duration
	// MaxAttempts is the most attempts; 0 leaves it to Budget.
	MaxAttempts int
	// Budget is how long after the first attempt another may start; 0 leaves it
	// to MaxAttempts. One of the two must be set.
	Budget time.Duration
	// Jitter is the share, 0 to 1, by which a wait is randomly changed.
	Jitter float64
	// DisableAfter is how long attempts must have failed, with no success
	// between, for the subscription to be disabled; 0 is never.
	DisableAfter time.Duration
}

// IsSuccess tells whether an HTTP status means delivered.
func (p DeliveryPolicy) IsSuccess(status int) bool {
	if len(p.Success) == 0 {
		return status >= http.StatusOK && status < http.StatusMultipleChoices
	}
	for _, r := range p.Success {
		if status >= r.From && status <= r.To {
			return true
		}
	}
	return false
}
