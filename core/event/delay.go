package event

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// AttributeDeliverAt is the extension attribute that delays an event: an RFC
	// 3339 timestamp, as CloudEvents have them (1.0.2, section 2.2).
	AttributeDeliverAt = "deliverat"
	// MaxDelay is how far ahead an event may be delayed.
	MaxDelay = 30 * 24 * time.Hour
)

// DeliverAt reads when an event that was accepted at a time is to be matched; zero
// for at once, which a time that has passed means too.
func DeliverAt(extensions map[string]string, accepted time.Time) time.Time {
	text, ok := extensions[AttributeDeliverAt]
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil || !at.After(accepted) {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Microsecond)
}

// checkDelay says what is wrong with the attribute.
func checkDelay(e *sdk.Event, now time.Time) error {
	text, ok := e.Extensions[AttributeDeliverAt]
	if !ok {
		return nil
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	switch {
	case err != nil:
		return sdk.InvalidField("/"+AttributeDeliverAt, "must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z")
	case at.Sub(now) > MaxDelay:
		return sdk.InvalidField("/"+AttributeDeliverAt, "must be at most %d days ahead: until %s",
			int(MaxDelay/(24*time.Hour)), now.Add(MaxDelay).UTC().Format(time.RFC3339))
	default:
		return nil
	}
}

// keyOf gives an event's key the time at which it is matched. What is kept, listed
// and removed by time goes by keys; an event that waited longer than events are
// kept would be removed when it is delivered.
func keyOf(fresh uuid.UUID, at time.Time) uuid.UUID {
	ms := at.UnixMilli()
	for i := range 6 {
		fresh[5-i] = byte(ms >> (8 * i) & 0xff)
	}
	return fresh
}

// errNotWaiting answers the cancellation of an event that is not waiting.
func errNotWaiting(e *Event) error {
	if e.DeliverAt.IsZero() {
		return sdk.Errorf(sdk.CodeConflict, "The event was not delayed: it is delivered already or on its way; cancel its deliveries")
	}
	return sdk.Errorf(sdk.CodeConflict, "%s", fmt.Sprintf("The event was due at %s and is on its way; cancel its deliveries",
		e.DeliverAt.Format(time.RFC3339Nano)))
}
