package waterfall

import (
	"strings"

	"github.com/google/uuid"
)

// EventKey is the event that a publish span is of.
func (s *Span) EventKey() (key uuid.UUID, ok bool) {
	text, is := s.Attributes["switchhook.event.id"].(string)
	if !is || s.Kind != Producer {
		return key, false
	}
	key, err := uuid.Parse(text)
	return key, err == nil
}

// attemptOf is one attempt of a delivery.
type attemptOf struct {
	delivery uuid.UUID
	number   int
}

// Merge puts recorded spans in the place of computed ones that tell of the same:
// of publishing, and of whole attempts.
func Merge(computed *Trace, recorded []Span, truncated bool) *Trace {
	if len(recorded) == 0 {
		return computed
	}
	inherit(recorded)
	known, have := map[attemptOf]bool{}, map[string]bool{}
	for i := range recorded {
		s := &recorded[i]
		have[s.SpanID] = true
		if s.Kind == Consumer && s.DeliveryID != uuid.Nil && strings.HasPrefix(s.Name, "deliver ") {
			known[attemptOf{s.DeliveryID, s.Attempt}] = true
		}
	}
	spans := recorded
	for i := range computed.Spans {
		s := &computed.Spans[i]
		if !have[s.SpanID] && !have[s.instead] && (s.Attempt == 0 || !known[attemptOf{s.DeliveryID, s.Attempt}]) {
			spans = append(spans, *s)
		}
	}
	return newTrace(computed.ID, spans, truncated || computed.Truncated)
}

// Recording is a trace of recorded spans alone.
func Recording(id string, recorded []Span, truncated bool) *Trace {
	inherit(recorded)
	return newTrace(id, recorded, truncated)
}

// inherit gives spans the delivery and attempt of the nearest span above that has one.
func inherit(spans []Span) {
	byID := make(map[string]*Span, len(spans))
	for i := range spans {
		byID[spans[i].SpanID] = &spans[i]
	}
	for i := range spans {
		above := &spans[i]
		for n := 0; n < maxDepth && above != nil && above.DeliveryID == uuid.Nil; n++ {
			above = byID[above.ParentSpanID]
		}
		if above != nil && above.DeliveryID != uuid.Nil {
			spans[i].DeliveryID = above.DeliveryID
			if spans[i].Attempt == 0 {
				spans[i].Attempt = above.Attempt
			}
		}
	}
}

// Around leaves those spans that are of the publishing of one event and of what came
// of it, and those that it is a part of. A publisher's trace may have many events. Of
// deliveries it leaves all, or the one that is not zero.
func Around(spans []Span, publish string, delivery uuid.UUID) []Span {
	inherit(spans)
	parents := make(map[string]string, len(spans))
	for i := range spans {
		parents[spans[i].SpanID] = spans[i].ParentSpanID
	}
	above := map[string]bool{}
	for id, n := publish, 0; id != "" && n < maxDepth; n++ {
		above[id] = true
		id = parents[id]
	}
	var out []Span
	for i := range spans {
		s := &spans[i]
		if delivery != uuid.Nil && s.DeliveryID != uuid.Nil && s.DeliveryID != delivery {
			continue
		}
		if above[s.SpanID] || below(parents, s.SpanID, publish) {
			out = append(out, *s)
		}
	}
	return out
}

func below(parents map[string]string, id, publish string) bool {
	for range maxDepth {
		if id = parents[id]; id == publish {
			return id != ""
		}
		if id == "" {
			return false
		}
	}
	return false
}
