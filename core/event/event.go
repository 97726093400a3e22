// Package event accepts events: it validates them, commits them in groups and
// hands them on to be delivered.
package event

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Event is one accepted fact: a CloudEvent of an account. It does not change.
type Event struct {
	AccountID uuid.UUID
	// Key is ours, time-ordered (UUIDv7).
	Key uuid.UUID
	// Event is the CloudEvent; its ID is the publisher's, or Key as text.
	sdk.Event
	// Only is the one subscription that gets the event, whatever its patterns and
	// filters; nil for all that match. Publishers cannot set it.
	Only uuid.UUID
	// Generated tells that the publisher gave no id, so that there is nothing to
	// deduplicate by.
	Generated bool
	// TraceParent is the W3C trace context of the publish span.
	TraceParent string
	// AcceptedAt is when it was committed, to the millisecond of Key unless the
	// event is delayed.
	AcceptedAt time.Time
	// DeliverAt is when a delayed event is matched, to the millisecond of Key: as
	// far as anybody selects or removes by time, the event is of then. Zero for
	// an event that is matched at once.
	DeliverAt time.Time
	// CancelledAt is when a delayed event was cancelled; zero if it was not.
	CancelledAt time.Time
}

// DedupeKey is equal for events of the same source and id; nil where the id was
// generated.
func (e *Event) DedupeKey() []byte {
	if e.Generated {
		return nil
	}
	h := sha256.New()
	h.Write([]byte(e.Source))
	h.Write([]byte{0})
	h.Write([]byte(e.ID))
	return h.Sum(nil)[:16]
}

// Size is about the memory that the event holds, in bytes.
func (e *Event) Size() int64 { return int64(len(e.Data)) + 512 }

// Query selects a page of an account's events, newest first. Empty fields select all.
type Query struct {
	AccountID uuid.UUID
	Type      string
	Source    string
	ID        string
	// Before is the last key of the page before.
	Before uuid.UUID
	Limit  int
}
