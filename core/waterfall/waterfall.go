// Package waterfall tells how an event went, as a tree of spans: what was traced
// while it happened, and else what the rows of the event, its deliveries and their
// attempts still tell.
package waterfall

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// MaxSpans is the most spans that a trace shows.
const MaxSpans = 1000

// Source tells where a span is from.
type Source string

// Sources of spans.
const (
	// Recorded spans were traced while they happened.
	Recorded Source = "recorded"
	// Stored spans are computed from what the store keeps of a delivery anyway.
	Stored Source = "stored"
)

// Status of a span (OpenTelemetry, Trace API, section Set Status).
type Status string

// Statuses of spans.
const (
	Unset  Status = "unset"
	OK     Status = "ok"
	Failed Status = "error"
)

// Kinds of spans (OpenTelemetry, Trace API, section SpanKind).
const (
	Internal = "internal"
	Server   = "server"
	Client   = "client"
	Producer = "producer"
	Consumer = "consumer"
)

// Service is what the gateway's own spans are of.
const Service = "switchhook"

// Attributes of a span, event or link: texts, whole numbers as int64, float64 and
// bool.
type Attributes map[string]any

// Span is a part of a trace.
type Span struct {
	// TraceID, SpanID and ParentSpanID are hexadecimal; a root has no parent.
	TraceID, SpanID, ParentSpanID string
	Name, Kind, Service           string
	Start                         time.Time
	Duration                      time.Duration
	Status                        Status
	StatusMessage                 string
	Attributes                    Attributes
	Events                        []Event
	Links                         []Link
	Source                        Source
	// AccountID is whose span it is; zero where that is not known.
	AccountID uuid.UUID
	// DeliveryID and Attempt are of what the span is a part of; zero for none.
	DeliveryID uuid.UUID
	Attempt    int

	// instead is a span that, where it is recorded, makes this computed one superfluous.
	instead string
}

// End is when the span ended.
func (s *Span) End() time.Time { return s.Start.Add(s.Duration) }

// Event is a moment within a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes Attributes
}

// Link leads to a span that caused this one.
type Link struct {
	TraceID, SpanID string
	Attributes      Attributes
}

// Trace is the spans of one trace, by their start.
type Trace struct {
	ID string
	// Recorded tells that some spans were traced while they happened.
	Recorded bool
	// Truncated tells that there are more spans than are here.
	Truncated bool
	Start     time.Time
	Duration  time.Duration
	Spans     []Span
}

// newTrace sorts spans, and bounds them: those that began first are kept, each
// with its parents.
func newTrace(id string, spans []Span, truncated bool) *Trace {
	t := &Trace{ID: id, Spans: spans, Truncated: truncated}
	depth := depths(spans)
	slices.SortStableFunc(t.Spans, func(a, b Span) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return depth[a.SpanID] - depth[b.SpanID]
	})
	if len(t.Spans) > MaxSpans {
		t.Spans, t.Truncated = t.Spans[:MaxSpans:MaxSpans], true
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		t.Recorded = t.Recorded || s.Source == Recorded
		if i == 0 {
			t.Start = s.Start
		}
		t.Duration = max(t.Duration, s.End().Sub(t.Start))
	}
	return t
}

// depths tells how many parents each span has. What others sent may be a ring:
// nothing is deeper than there are spans.
func depths(spans []Span) map[string]int {
	parents := make(map[string]string, len(spans))
	for i := range spans {
		parents[spans[i].SpanID] = spans[i].ParentSpanID
	}
	out := make(map[string]int, len(spans))
	for id := range parents {
		out[id] = depth(parents, id)
	}
	return out
}

// maxDepth is deeper than the gateway's spans go.
const maxDepth = 32

func depth(parents map[string]string, id string) (n int) {
	for n < maxDepth {
		parent, known := parents[id]
		if !known || parent == "" {
			return n
		}
		id = parent
		n++
	}
	return n
}

// ParseTraceID reads a trace id as 32 hexadecimal digits in lower case (W3C Trace
// Context, section 3.2.2.3); ok is false for what is none.
func ParseTraceID(text string) (id [16]byte, ok bool) {
	ok = len(text) == 2*len(id) && decodeHex(id[:], text)
	return id, ok
}

// ParseSpanID reads a span id as 16 hexadecimal digits (section 3.2.2.4).
func ParseSpanID(text string) (id [8]byte, ok bool) {
	ok = len(text) == 2*len(id) && decodeHex(id[:], text)
	return id, ok
}

// decodeHex reads lower-case digits of something that is not all zero.
func decodeHex(into []byte, text string) bool {
	_, err := hex.Decode(into, []byte(text))
	return err == nil && text == strings.ToLower(text) && strings.Trim(text, "0") != ""
}
