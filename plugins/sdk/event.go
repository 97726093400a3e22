package sdk

import "time"

// Event is a CloudEvent 1.0, immutable.
type Event struct {
	// ID is unique within Source.
	ID     string
	Source string
	// Type as published: canonical, or <provider>.<native name>.
	Type            string
	Subject         string
	Time            time.Time
	DataContentType string
	DataSchema      string
	// Extensions are the attributes beyond the specification's own.
	Extensions map[string]string
	// Data, byte for byte as published. Do not change it. Where DataContentType says
	// JSON (application/json, text/json, or a type that ends in +json), it is one
	// JSON value in UTF-8 or empty: the gateway has seen to that, and adapters need
	// not. Without a content type it may be anything.
	Data []byte
}

// DeliveryStatus is the state of a delivery.
type DeliveryStatus int

const (
	// DeliveryPending waits for its first attempt.
	DeliveryPending DeliveryStatus = iota + 1
	// DeliveryRetrying has failed and will be tried again.
	DeliveryRetrying
	// DeliveryDelivered was accepted by the subscriber.
	DeliveryDelivered
	// DeliveryDead has used up its policy.
	DeliveryDead
	// DeliveryCancelled was given up because its subscription is gone or on request.
	DeliveryCancelled
)

var deliveryStatusNames = [...]string{"", "pending", "retrying", "delivered", "dead", "cancelled"}

// String returns the status as the unified API spells it.
func (s DeliveryStatus) String() string {
	if s < 0 || int(s) >= len(deliveryStatusNames) {
		return "unknown"
	}
	return deliveryStatusNames[s]
}

// ParseDeliveryStatus is the opposite of String; ok is false for other words.
func ParseDeliveryStatus(word string) (s DeliveryStatus, ok bool) {
	for i, name := range deliveryStatusNames {
		if i > 0 && name == word {
			return DeliveryStatus(i), true
		}
	}
	return 0, false
}

// Attempt is one HTTP request of a delivery, with its outcome.
type Attempt struct {
	// Number counts from 1.
	Number    int
	StartedAt time.Time
	Duration  time.Duration
	// ResponseStatus is 0 when no answer came.
	ResponseStatus  int
	ResponseHeaders []Header
	// ResponseBody is the start of the answer's body.
	ResponseBody []byte
	// Error is why the attempt failed; "" on success.
	Error string
}

// DeliveryRecord is a delivery with what became of it so far.
type DeliveryRecord struct {
	ID             string
	SubscriptionID string
	Event          Event
	// EventType is the native type.
	EventType string
	// Verbatim: the event was published under its native name.
	Verbatim  bool
	Status    DeliveryStatus
	CreatedAt time.Time
	// Attempts, oldest first.
	Attempts []Attempt
}

// DeliveryQuery selects deliveries; zero values select all.
type DeliveryQuery struct {
	SubscriptionID string
	Statuses       []DeliveryStatus
	EventTypes     []string
	Limit          int
	// Offset is how many entries to pass over, for numbered pages.
	Offset int
	// Cursor is the NextCursor of the page before.
	Cursor string
	// DeliveryID selects one.
	DeliveryID string
	// Since selects those created at or after it.
	Since time.Time
	// CountOnly asks for the total and no entries.
	CountOnly bool
}

// DeliveryList is one page, newest first.
type DeliveryList struct {
	Deliveries []DeliveryRecord
	// Total without Limit, Offset and Cursor.
	Total int
	// NextCursor is the start of the next page; "" on the last.
	NextCursor string
}
