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
}

func newEventRow(e *event.Event) (*eventRow, error) {
	attrs, err := json.Marshal(attributes{
		Subject: e.Subject, Time: e.Time, DataContentType: e.DataContentType, DataSchema: e.DataSchema, Extensions: e.Extensions,
	})
	if err != nil {
		return nil, fmt.Errorf("event attributes: %w", err)
	}
	return &eventRow{
		AccountID: key(e.AccountID), Key: key(e.Key), Type: e.Type, Source: e.Source, ID: e.ID, DedupeKey: e.DedupeKey(),
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
	return &event.Event{
		AccountID: uuid.UUID(r.AccountID), Key: uuid.UUID(r.Key),
		Event: sdk.Event{
			ID: r.ID, Source: r.Source, Type: r.Type, Subject: a.Subject, Time: a.Time,
			DataContentType: a.DataContentType, DataSchema: a.DataSchema, Extensions: a.Extensions, Data: r.Data,
		},
		Generated: r.DedupeKey == nil, TraceParent: r.Traceparent, AcceptedAt: fromMicros(r.AcceptedAt),
	}, nil
}

type pendingRow struct {
	AccountID key `gorm:"primaryKey"`
	EventKey  key `gorm:"primaryKey"`
	NodeID    optionalKey
}

// TableName implements gorm's Tabler.
func (pendingRow) TableName() string { return "pending_events" }

func (r *pendingRow) values(to []any) []any {
	return append(to, r.AccountID[:], r.EventKey[:], r.NodeID.orNull())
}
