package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/plugins/sdk"
)

type eventRow struct {
	AccountID   key `gorm:"primaryKey"`
	Key         key `gorm:"primaryKey"`
	Type        string
	Source      string
	ID          string
	DedupeKey   []byte
	Attributes  []byte
	Data        blob
	Traceparent string
	AcceptedAt  int64
}

// TableName implements gorm's Tabler.
func (eventRow) TableName() string { return "events" }

// attributes are those of a CloudEvent that nothing selects by.
type attributes struct {
	Subject         string            `json:"subject,omitempty"`
	Time            time.Time         `json:"time"`
	DataContentType string            `json:"datacontenttype,omitempty"`
	DataSchema      string            `json:"dataschema,omitempty"`
	Extensions      map[string]string `json:"extensions,omitempty"`
	CancelledAt     *time.Time        `json:"cancelled_at,omitempty"`
	// Only is the one subscription that the event is for.
	Only uuid.UUID `json:"only,omitzero"`
}

// newAttributes writes what most events have by hand, which is much quicker.
func newAttributes(e *event.Event) ([]byte, error) {
	a := attributes{
		Subject: e.Subject, Time: e.Time, DataContentType: e.DataContentType, DataSchema: e.DataSchema, Extensions: e.Extensions, Only: e.Only,
	}
	const jsonType = "application/json"
	if a.Subject != "" || a.DataSchema != "" || len(a.Extensions) > 0 || a.Only != uuid.Nil || (a.DataContentType != "" && a.DataContentType != jsonType) {
		return json.Marshal(a)
	}
	out := append(make([]byte, 0, 96), `{"time":"`...)
	out, err := a.Time.AppendText(out)
	if err != nil {
		return nil, err
	}
	out = append(out, '"')
	if a.DataContentType != "" {
		out = append(out, `,"datacontenttype":"`+jsonType+`"`...)
	}
	return append(out, '}'), nil
}

// idStart is how much of an event's id orders the keys that find it again.
const idStart = 12

// dedupeKey is that of the event behind the start of its id. Many publishers' ids
// begin with the time (UUIDv7, ULID, Snowflake): those of events that come
// together lie together, where the hash alone would write a page of the index for
// each.
func dedupeKey(e *event.Event) []byte {
	hash := e.DedupeKey()
	if hash == nil {
		return nil
	}
	out := make([]byte, idStart, idStart+len(hash))
	copy(out, e.ID)
	return append(out, hash...)
}

func newEventRow(e *event.Event) (*eventRow, error) {
	attrs, err := newAttributes(e)
	if err != nil {
		return nil, fmt.Errorf("event attributes: %w", err)
	}
	return &eventRow{
		AccountID: key(e.AccountID), Key: key(e.Key), Type: e.Type, Source: e.Source, ID: e.ID, DedupeKey: dedupeKey(e),
		Attributes: attrs, Data: e.Data, Traceparent: e.TraceParent, AcceptedAt: micros(e.AcceptedAt),
	}, nil
}

func (r *eventRow) values(to []any) []any {
	return append(to, r.AccountID[:], r.Key[:], r.Type, r.Source, r.ID, orNull(r.DedupeKey), r.Attributes, orNull(r.Data),
		r.Traceparent, r.AcceptedAt)
}

func (r *eventRow) domain() (*event.Event, error) {
	var a attributes
	if err := json.Unmarshal(r.Attributes, &a); err != nil {
		return nil, fmt.Errorf("event %s: attributes: %w", uuid.UUID(r.Key), err)
	}
	e := &event.Event{
		AccountID: uuid.UUID(r.AccountID), Key: uuid.UUID(r.Key),
		Event: sdk.Event{
			ID: r.ID, Source: r.Source, Type: r.Type, Subject: a.Subject, Time: a.Time,
			DataContentType: a.DataContentType, DataSchema: a.DataSchema, Extensions: a.Extensions, Data: r.Data,
		},
		Only: a.Only, Generated: r.DedupeKey == nil, TraceParent: r.Traceparent, AcceptedAt: fromMicros(r.AcceptedAt),
	}
	if len(a.Extensions) > 0 {
		e.DeliverAt = event.DeliverAt(a.Extensions, e.AcceptedAt)
	}
	if a.CancelledAt != nil {
		e.CancelledAt = *a.CancelledAt
	}
	return e, nil
}

type pendingRow struct {
	AccountID key `gorm:"primaryKey"`
	EventKey  key `gorm:"primaryKey"`
	NodeID    optionalKey
	DueAt     *int64
}

// TableName implements gorm's Tabler.
func (pendingRow) TableName() string { return "pending_events" }

func (r *pendingRow) values(to []any) []any {
	return append(to, r.AccountID[:], r.EventKey[:], r.NodeID.orNull(), pointed(r.DueAt))
}
