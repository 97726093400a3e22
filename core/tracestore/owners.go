package tracestore

import (
	"slices"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/waterfall"
)

// maxOwners bounds the traces whose accounts are remembered.
const maxOwners = 8192

// chunkSpans is the most spans of a chunk.
const chunkSpans = 256

// owners finds out whose spans are. Some, as those of statements, do not say: they
// are of the account of the spans around them. Where a trace has several accounts,
// which publishers who share a trace id bring about, only a span's own parents tell.
type owners struct {
	// traces are those seen of late; zero: of several accounts.
	traces map[[16]byte]uuid.UUID
	// waiting are spans of which nothing is known yet, for one group.
	waiting []*waterfall.Span
}

func newOwners() owners { return owners{traces: map[[16]byte]uuid.UUID{}} }

// assign divides a group by trace and account. Spans whose account is not known
// wait for the next group, unless this is the last one; then they are nobody's.
func (o *owners) assign(group []*waterfall.Span, last bool) []*part {
	waited := o.waiting
	all := slices.Concat(waited, group)
	o.waiting = nil
	byID := make(map[string]*waterfall.Span, len(all))
	for _, s := range all {
		byID[s.SpanID] = s
	}
	o.learn(all)
	type of struct {
		account uuid.UUID
		trace   [16]byte
	}
	parts := map[of]*part{}
	var out []*part
	for i, s := range all {
		id, ok := waterfall.ParseTraceID(s.TraceID)
		if !ok {
			continue
		}
		account, known := o.of(s, id, byID)
		if !known && !last && i >= len(waited) {
			o.waiting = append(o.waiting, s)
			continue
		}
		k := of{account, id}
		if parts[k] == nil || len(parts[k].spans) == chunkSpans {
			parts[k] = &part{account: account, trace: id}
			out = append(out, parts[k])
		}
		parts[k].spans = append(parts[k].spans, s)
	}
	return out
}

// learn remembers the accounts of traces.
func (o *owners) learn(all []*waterfall.Span) {
	if len(o.traces) > maxOwners {
		clear(o.traces) // it is for spans of a moment ago
	}
	for _, s := range all {
		if s.AccountID == uuid.Nil {
			continue
		}
		id, ok := waterfall.ParseTraceID(s.TraceID)
		if there, known := o.traces[id]; ok && known && there != s.AccountID {
			o.traces[id] = uuid.Nil
		} else if ok {
			o.traces[id] = s.AccountID
		}
	}
}

// of is the account of a span: its own, its parents', or the only one of its trace.
func (o *owners) of(s *waterfall.Span, trace [16]byte, byID map[string]*waterfall.Span) (account uuid.UUID, known bool) {
	const deepest = 32 // what others sent may be a ring
	at := s
	for range deepest {
		if at == nil || at.TraceID != s.TraceID {
			break
		}
		if at.AccountID != uuid.Nil {
			return at.AccountID, true
		}
		at = byID[at.ParentSpanID]
	}
	account, known = o.traces[trace]
	return account, known
}
