package tracestore

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
	"github.com/switchhook/switchhook/core/waterfall"
)

const (
	// queueLength is how many spans wait at most; further ones are dropped.
	queueLength = 8192
	// groupSpans is the most spans of one transaction.
	groupSpans = 4096
	// writeEvery is the longest that a span waits.
	writeEvery = time.Second
	// writeTimeout bounds one transaction.
	writeTimeout = 10 * time.Second
	// share of all bytes that may be written in a minute: what is too much is removed
	// about that often, so the store is never larger by more.
	share = 4
	// failedEvery is how often a failure is told at most.
	failedEvery = time.Minute
)

// Writer takes spans and writes them. Make it with [NewWriter], give it a meter with
// Instrument, then call Run.
type Writer struct {
	maxBytes int64
	log      *slog.Logger
	now      func() time.Time
	in       chan *waterfall.Span
	spans    atomic.Pointer[instrument.Count]

	// The rest belongs to Run.
	owners  owners
	minute  int64 // since 1970, in which so many bytes were written
	written int64
	told    time.Time
}

// NewWriter returns a writer for a store that is to hold so many bytes of spans.
func NewWriter(maxBytes int64, log *slog.Logger, now func() time.Time) *Writer {
	return &Writer{maxBytes: maxBytes, log: log, now: now, in: make(chan *waterfall.Span, queueLength), owners: newOwners()}
}

// Instrument has a meter count what becomes of spans.
func (w *Writer) Instrument(meter metric.Meter) error {
	maker := instrument.For(meter)
	count := maker.Count(instrument.StoredSpans)
	w.spans.Store(&count)
	return maker.Err()
}

func (w *Writer) count(n int, outcome string) {
	if c := w.spans.Load(); c != nil && n > 0 {
		c.Add(int64(n), outcome)
	}
}

// Take takes a span, which nobody changes any more. It never waits: while the queue
// is full spans are dropped.
func (w *Writer) Take(s *waterfall.Span) {
	select {
	case w.in <- s:
	default:
		w.count(1, instrument.SpansQueue)
	}
}

// Run writes until ctx ends and what is queued then is written too.
func (w *Writer) Run(ctx context.Context, store Store) {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	var group []*waterfall.Span
	for {
		select {
		case <-ctx.Done():
			for group = w.gather(group); len(group) > 0; group = w.gather(nil) {
				w.write(store, group, false)
			}
			w.write(store, nil, true)
			return
		case s := <-w.in:
			if group = append(group, s); len(group) < groupSpans {
				continue
			}
		case <-tick.C:
		}
		w.write(store, group, false)
		group = nil
	}
}

// gather takes what is queued.
func (w *Writer) gather(group []*waterfall.Span) []*waterfall.Span {
	for len(group) < groupSpans {
		select {
		case s := <-w.in:
			group = append(group, s)
		default:
			return group
		}
	}
	return group
}

// write writes a group. Spans that could not be written are gone: they are no more
// than what somebody may want to look at.
func (w *Writer) write(store Store, group []*waterfall.Span, last bool) {
	var chunks []Chunk
	now, spans, over := w.now(), 0, 0
	for _, p := range w.owners.assign(group, last) {
		c, err := newChunk(p.account, p.trace, p.spans, now)
		if err != nil || !w.room(len(c.Data), now) {
			over += len(p.spans)
			continue
		}
		chunks = append(chunks, c)
		spans += len(p.spans)
	}
	w.count(over, instrument.SpansQueue)
	if len(chunks) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	if err := store.WriteSpans(ctx, chunks); err != nil {
		w.count(spans, instrument.SpansFailed)
		if now.Sub(w.told) >= failedEvery {
			w.told = now
			w.log.Warn("spans could not be stored; the gateway goes on without them", slog.Any("error", err))
		}
		return
	}
	w.count(spans, instrument.SpansExported)
}

// room takes bytes of the minute's share.
func (w *Writer) room(size int, now time.Time) bool {
	if minute := now.Unix() / 60; minute != w.minute {
		w.minute, w.written = minute, 0
	}
	if w.written+int64(size) > w.maxBytes/share {
		return false
	}
	w.written += int64(size)
	return true
}

// part is the spans of a group that make a chunk.
type part struct {
	account uuid.UUID
	trace   [16]byte
	spans   []*waterfall.Span
}
