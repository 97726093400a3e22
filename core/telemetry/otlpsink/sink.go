// Package otlpsink receives traces by OTLP/HTTP and keeps them in memory: the
// demo prints them and tests assert on them without a collector.
package otlpsink

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// DefaultMaxSpans is how many spans a sink keeps unless told otherwise.
const DefaultMaxSpans = 10_000

// maxBytes bounds what the kept spans took on the wire.
const maxBytes = 64 << 20

// Sink keeps the newest traces. It is an [net/http.Handler] for POST /v1/traces;
// all methods may be called at once.
type Sink struct {
	maxSpans int

	mu      sync.Mutex
	traces  map[string]*entry
	order   []string // trace ids, oldest first
	spans   int
	bytes   int
	changed chan struct{} // closed and replaced whenever spans come in
}

type entry struct {
	spans []Span
	ids   map[string]bool
	bytes int
}

// New returns a sink for at most maxSpans spans; 0 means [DefaultMaxSpans]. When
// full it drops the oldest traces whole.
func New(maxSpans int) *Sink {
	if maxSpans <= 0 {
		maxSpans = DefaultMaxSpans
	}
	return &Sink{maxSpans: maxSpans, traces: make(map[string]*entry), changed: make(chan struct{})}
}

// Trace returns the spans of a trace by start time; none when it is not known.
// The id is 32 hexadecimal digits.
func (s *Sink) Trace(traceID string) []Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trace(traceID)
}

// All returns the spans of all traces that are kept, the oldest trace first.
func (s *Sink) All() (all []Span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		all = append(all, s.trace(id)...)
	}
	return all
}

func (s *Sink) trace(traceID string) []Span {
	e, ok := s.traces[traceID]
	if !ok {
		return nil
	}
	spans := slices.Clone(e.spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return a.Start.Compare(b.Start) })
	return spans
}

// WaitFor returns the spans of a trace as soon as ok says that all are there.
// Spans come in batches, so the last may be seconds late. The error is of ctx and
// tells how many spans there were.
func (s *Sink) WaitFor(ctx context.Context, traceID string, ok func([]Span) bool) ([]Span, error) {
	for {
		s.mu.Lock()
		spans, changed := s.trace(traceID), s.changed
		s.mu.Unlock()
		if ok(spans) {
			return spans, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return spans, fmt.Errorf("trace %s is not complete, it has %d spans: %w", traceID, len(spans), ctx.Err())
		}
	}
}

// sized is a span and its length on the wire.
type sized struct {
	Span
	bytes int
}

func (s *Sink) add(spans []sized) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, span := range spans {
		s.addOne(span)
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Sink) addOne(span sized) {
	e, ok := s.traces[span.TraceID]
	if !ok {
		e = &entry{ids: make(map[string]bool)}
		s.traces[span.TraceID] = e
		s.order = append(s.order, span.TraceID)
	}
	if e.ids[span.SpanID] {
		return // an exporter repeats a batch whose answer it missed
	}
	for s.full(span) && len(s.order) > 1 {
		s.dropOldest(span.TraceID)
	}
	if s.full(span) {
		return // one trace has it all
	}
	e.ids[span.SpanID] = true
	e.spans = append(e.spans, span.Span)
	e.bytes += span.bytes
	s.spans++
	s.bytes += span.bytes
}

func (s *Sink) full(span sized) bool {
	return s.spans+1 > s.maxSpans || s.bytes+span.bytes > maxBytes
}

// dropOldest drops the oldest trace that is not keep.
func (s *Sink) dropOldest(keep string) {
	i := 0
	if s.order[0] == keep {
		i = 1
	}
	e := s.traces[s.order[i]]
	s.spans -= len(e.spans)
	s.bytes -= e.bytes
	delete(s.traces, s.order[i])
	s.order = slices.Delete(s.order, i, i+1)
}
