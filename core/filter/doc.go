// Package filter decides by an event's content whether a subscription gets it.
//
// # What it is not
//
// A vendor's API has filters of its own: names and values, such as a channel or a
// device, whose names the vendor's catalogue defines and which the engine keeps
// as sdk.Filter (package subscription). This package calls those vendor filters,
// and knows nothing of them. Its own are event filters: one language for every
// subscriber of the unified API, over the attributes and the data of the
// CloudEvent as it was published. A subscription may have either or both, and gets
// an event that passes both.
//
// # Form
//
// An event filter is a JSON array of filter objects, as the property filters of a
// subscription in the CloudEvents Subscriptions API (version 0.1-wip, section
// 3.2.4, https://github.com/cloudevents/spec/blob/main/subscriptions/spec.md).
// Each object has one member: the name of a dialect, and what the dialect takes.
//
//	[{"prefix": {"type": "order."}}, {"not": {"exact": {"source": "/test"}}}]
//
// An event matches when every object matches. An empty array, null and nothing
// match every event.
//
//	exact   {attribute: text, …}  every attribute is the text
//	prefix  {attribute: text, …}  every attribute begins with it
//	suffix  {attribute: text, …}  every attribute ends with it
//	all     [filter, …]           every filter matches
//	any     [filter, …]           at least one matches
//	not     filter                it does not match
//	expr    "expression"          it evaluates to true
//
// Arrays and maps have at least one entry, and texts are not empty. The first six
// are the dialects that the specification demands; expr is ours, and its optional
// sql is refused.
//
// # Attributes
//
// Attributes are compared as text, byte for byte: case counts, and nothing is
// normalised. The text of an attribute is its canonical one (CloudEvents 1.0,
// section 3.1): booleans are true and false, integers decimal, and time is in UTC
// with as many digits of the second as it needs: 2026-01-31T12:00:00.5Z. An event
// without the attribute does not match exact, prefix or suffix. An extension
// attribute may be the empty text; other attributes that are empty are absent.
// specversion is 1.0.
//
// # Expressions
//
// The language is in package [expression]. An expression matches when it
// evaluates to true. When it evaluates to false, when it meets a field that the
// event has not, when a value is of the wrong kind, and when the evaluation needs
// more than its budget of steps, it does not match. None of this is an error of
// the delivery.
//
// So whether a filter matches is always true or false, and not is the complement
// of the filter inside, whatever the reason: {"not": {"expr": "data.total > 5"}}
// matches an event whose total is 3, or a text, or missing, and one without data.
// Inside an expression that is otherwise: !(data.total > 5) cannot be evaluated
// without a total, and does not match.
//
// # Cost
//
// A filter is bounded in size ([MaxSize]), depth ([MaxDepth]), clauses
// ([MaxClauses]) and expressions ([MaxExpressions]), an expression in length,
// nodes and steps. Attribute dialects allocate nothing. The data of an event is
// decoded when an expression first asks for it, once for a [View]: share one
// among the filters of all subscriptions.
package filter
