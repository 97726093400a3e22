// Package tracestore keeps the spans of sampled traces for a while, in the gateway's
// own store: a bounded queue, one writer, one row for the spans of a trace and
// account that were written together.
package tracestore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/waterfall"
)

// Chunk is the spans of one trace and account that were written together.
type Chunk struct {
	// AccountID is zero for spans of no account, which operators alone see.
	AccountID uuid.UUID
	TraceID   [16]byte
	// ID is time-ordered (UUIDv7), At when it was written.
	ID uuid.UUID
	At time.Time
	// Started is the first start, Ended the last end.
	Started, Ended time.Time
	// Name is that of the span that started first.
	Name string
	// Spans and Errors count spans, and those of them that failed.
	Spans, Errors int
	Services      []string
	// EventKey is that of an event which the spans publish; zero for none.
	EventKey uuid.UUID
	// Data is the spans; see [Chunk.Read]. Lists of traces leave it out.
	Data []byte
}

// Query selects a page of traces, those that were written to last first.
type Query struct {
	// Accounts whose spans are looked at.
	Accounts []uuid.UUID
	// Since and Until bound when a trace started; zero for no bound.
	Since, Until time.Time
	// Errors: only traces with spans that failed.
	Errors bool
	// Before is where the page before ended; zero begins.
	Before uuid.UUID
	Limit  int
}

// Summary is a trace in a list.
type Summary struct {
	TraceID       [16]byte
	Name          string
	Started       time.Time
	Duration      time.Duration
	Spans, Errors int
	Services      []string
	EventKey      uuid.UUID
	// AccountID is one of [Query.Accounts]; zero where all spans are of no account.
	AccountID   uuid.UUID
	LastWritten time.Time
}

// Store keeps chunks.
type Store interface {
	// WriteSpans writes chunks, all or none.
	WriteSpans(ctx context.Context, chunks []Chunk) error
	// TraceSpans reads up to limit chunks of a trace, the oldest first.
	TraceSpans(ctx context.Context, accounts []uuid.UUID, traceID [16]byte, limit int) ([]Chunk, error)
	// Traces reads a page of traces: up to limit of them.
	Traces(ctx context.Context, q Query) ([]Summary, error)
}

// Cursor names the end of a page in [Query.Before].
func (s *Summary) Cursor() (out uuid.UUID) {
	us := s.LastWritten.UnixMicro()
	for i := range 8 {
		out[7-i] = byte(us >> (8 * i) & 0xff)
	}
	copy(out[8:], s.TraceID[:8])
	return out
}

// ReadCursor is the reverse of [Summary.Cursor]: when the last trace of a page was
// written to, and how its id starts.
func ReadCursor(id uuid.UUID) (at time.Time, traceID [16]byte) {
	var us int64
	for _, b := range id[:8] {
		us = us<<8 | int64(b)
	}
	copy(traceID[:], id[8:])
	return time.UnixMicro(us).UTC(), traceID
}

// stored is a span as it is kept, with names that take little room.
type stored struct {
	ID         string               `json:"i"`
	Parent     string               `json:"p,omitempty"`
	Name       string               `json:"n"`
	Kind       string               `json:"k"`
	Service    string               `json:"s"`
	Start      int64                `json:"t"` // nanoseconds since 1970
	Duration   int64                `json:"d"` // nanoseconds
	Status     waterfall.Status     `json:"c"`
	Message    string               `json:"m,omitempty"`
	Attributes waterfall.Attributes `json:"a,omitempty"`
	Events     []storedEvent        `json:"e,omitempty"`
	Links      []storedLink         `json:"l,omitempty"`
	Delivery   uuid.UUID            `json:"y,omitzero"`
	Attempt    int                  `json:"z,omitempty"`
}

type storedEvent struct {
	Name       string               `json:"n"`
	Time       int64                `json:"t"`
	Attributes waterfall.Attributes `json:"a,omitempty"`
}

type storedLink struct {
	Trace      string               `json:"t"`
	Span       string               `json:"i"`
	Attributes waterfall.Attributes `json:"a,omitempty"`
}

// newChunk puts spans of one trace and account together.
func newChunk(account uuid.UUID, traceID [16]byte, spans []*waterfall.Span, now time.Time) (Chunk, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Chunk{}, err
	}
	c := Chunk{AccountID: account, TraceID: traceID, ID: id, At: now, Spans: len(spans)}
	all := make([]stored, len(spans))
	for i, s := range spans {
		if c.Started.IsZero() || s.Start.Before(c.Started) {
			c.Started, c.Name = s.Start, s.Name
		}
		if c.Ended.Before(s.End()) {
			c.Ended = s.End()
		}
		if s.Status == waterfall.Failed {
			c.Errors++
		}
		if !slices.Contains(c.Services, s.Service) {
			c.Services = append(c.Services, s.Service)
		}
		if key, ok := s.EventKey(); ok {
			c.EventKey = key
		}
		all[i] = newStored(s)
	}
	c.Data, err = json.Marshal(all)
	return c, err
}

func newStored(s *waterfall.Span) stored {
	out := stored{
		ID: s.SpanID, Parent: s.ParentSpanID, Name: s.Name, Kind: s.Kind, Service: s.Service, Start: s.Start.UnixNano(), Duration: int64(s.Duration),
		Status: s.Status, Message: s.StatusMessage, Attributes: s.Attributes, Delivery: s.DeliveryID, Attempt: s.Attempt,
	}
	for _, e := range s.Events {
		out.Events = append(out.Events, storedEvent{e.Name, e.Time.UnixNano(), e.Attributes})
	}
	for _, l := range s.Links {
		out.Links = append(out.Links, storedLink{l.TraceID, l.SpanID, l.Attributes})
	}
	return out
}

// Read returns the spans of a chunk.
func (c *Chunk) Read() ([]waterfall.Span, error) {
	d := json.NewDecoder(bytes.NewReader(c.Data))
	d.UseNumber()
	var all []stored
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("read stored spans: %w", err)
	}
	out := make([]waterfall.Span, len(all))
	for i := range all {
		s := &all[i]
		out[i] = waterfall.Span{
			TraceID: fmt.Sprintf("%x", c.TraceID), SpanID: s.ID, ParentSpanID: s.Parent, Name: s.Name, Kind: s.Kind, Service: s.Service,
			Start: time.Unix(0, s.Start).UTC(), Duration: time.Duration(s.Duration), Status: s.Status, StatusMessage: s.Message,
			Attributes: numbers(s.Attributes), Source: waterfall.Recorded, AccountID: c.AccountID, DeliveryID: s.Delivery, Attempt: s.Attempt,
		}
		for _, e := range s.Events {
			out[i].Events = append(out[i].Events, waterfall.Event{Name: e.Name, Time: time.Unix(0, e.Time).UTC(), Attributes: numbers(e.Attributes)})
		}
		for _, l := range s.Links {
			out[i].Links = append(out[i].Links, waterfall.Link{TraceID: l.Trace, SpanID: l.Span, Attributes: numbers(l.Attributes)})
		}
	}
	return out, nil
}

// numbers makes numbers of what JSON calls so.
func numbers(a waterfall.Attributes) waterfall.Attributes {
	for name, v := range a {
		n, ok := v.(json.Number)
		if !ok {
			continue
		}
		if whole, err := n.Int64(); err == nil && !strings.ContainsAny(n.String(), ".eE") {
			a[name] = whole
		} else if f, err := n.Float64(); err == nil {
			a[name] = f
		}
	}
	return a
}

const (
	// maxChunks and maxRead bound what is read of one trace: rows, and spans.
	maxChunks = 500
	maxRead   = 5000
)

// Read reads the spans of a trace that some accounts may see, the oldest first.
// truncated tells that there are more.
func Read(ctx context.Context, s Store, accounts []uuid.UUID, traceID [16]byte) (spans []waterfall.Span, truncated bool, err error) {
	chunks, err := s.TraceSpans(ctx, accounts, traceID, maxChunks)
	if err != nil {
		return nil, false, err
	}
	for i := range chunks {
		if len(spans) >= maxRead {
			return spans, true, nil
		}
		more, err := chunks[i].Read()
		if err != nil {
			return nil, false, err
		}
		spans = append(spans, more...)
	}
	return spans, len(chunks) == maxChunks, nil
}
