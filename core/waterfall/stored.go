package waterfall

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/telemetry/spans"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Of computes the trace of an event from its row and those of deliveries: what was
// recorded of it, nobody needs to have traced. truncated says that the event has
// more deliveries than these.
func Of(ev *event.Event, records []delivery.Record, truncated bool) *Trace {
	b := newBuilder(ev)
	b.publish(records)
	for i := range records {
		b.delivery(&records[i])
	}
	return newTrace(b.traceID, b.spans, truncated)
}

// builder makes the spans of one event.
type builder struct {
	ev                 *event.Event
	traceID, publishID string
	spans              []Span
}

func newBuilder(ev *event.Event) *builder {
	b := &builder{ev: ev}
	if b.traceID, b.publishID = TraceOf(ev); b.publishID == "" {
		b.publishID = spanID(ev.Key, "publish", 0)
	}
	return b
}

// TraceOf returns the ids of an event's trace and of its publish span. An event
// that was published without tracing has those of its key, and no publish span.
func TraceOf(ev *event.Event) (traceID, publishSpan string) {
	parts := strings.Split(ev.TraceParent, "-")
	if len(parts) >= 3 {
		_, trace := ParseTraceID(parts[1])
		if _, span := ParseSpanID(parts[2]); trace && span {
			return parts[1], parts[2]
		}
	}
	return hex.EncodeToString(ev.Key[:]), ""
}

// spanID is that of a computed span: the same whenever it is asked for.
func spanID(of uuid.UUID, part string, attempt int) string {
	h := sha256.Sum256(append(of[:], part+strconv.Itoa(attempt)...))
	return hex.EncodeToString(h[:8])
}

// publish adds the span from the acceptance of the event until it was matched, and
// in it the time that a delayed event waited.
func (b *builder) publish(records []delivery.Record) {
	var matched time.Time
	for i := range records {
		if r := &records[i]; !r.Replayed() && (matched.IsZero() || r.CreatedAt.Before(matched)) {
			matched = r.CreatedAt
		}
	}
	if matched.Before(b.ev.DeliverAt) {
		matched = b.ev.DeliverAt
	}
	s := b.span("publish "+b.ev.Type, Producer, "", b.ev.AcceptedAt, matched.Sub(b.ev.AcceptedAt))
	s.SpanID = b.publishID
	s.Attributes["messaging.operation.name"] = "publish"
	s.Attributes["messaging.operation.type"] = "send"
	s.Attributes["messaging.message.id"] = b.ev.ID
	s.Attributes["cloudevents.event_type"] = b.ev.Type
	s.Attributes["cloudevents.event_source"] = b.ev.Source
	b.spans = append(b.spans, s)
	if !b.ev.DeliverAt.IsZero() {
		delay := b.span("delay", Internal, b.publishID, b.ev.AcceptedAt, min(b.ev.DeliverAt.Sub(b.ev.AcceptedAt), s.Duration))
		delay.SpanID, delay.instead = spanID(b.ev.Key, "delay", 0), b.publishID
		b.spans = append(b.spans, delay)
	}
}

// span is a computed one of the gateway, without an id.
func (b *builder) span(name, kind, parent string, start time.Time, d time.Duration) Span {
	return Span{
		TraceID: b.traceID, ParentSpanID: parent, Name: name, Kind: kind, Service: Service, Start: start, Duration: max(d, 0),
		Status: Unset, Source: Stored, AccountID: b.ev.AccountID, Attributes: Attributes{
			"switchhook.account.id": b.ev.AccountID.String(), "switchhook.event.id": b.ev.Key.String(),
		},
	}
}

// delivery adds the spans of a delivery: one tree an attempt, or one span while
// none was made.
func (b *builder) delivery(r *delivery.Record) {
	var last *Span
	for i := range r.Attempts {
		a := &r.Attempts[i]
		s := b.deliver(r, a.Number)
		// Nodes' clocks may differ by a little.
		sent := later(a.StartedAt, b.ev.AcceptedAt)
		s.Start = sent
		if a.Number == 1 { // later ones began with their request, as far as the rows tell
			s.Start = later(earlier(r.CreatedAt, sent), b.ev.AcceptedAt)
		}
		s.Duration = sent.Add(max(a.Duration, 0)).Sub(s.Start)
		s.Status, s.StatusMessage = outcome(a)
		s.Links = b.causes(r, last)
		b.spans = append(b.spans, s)
		last = &s
		b.attempt(&s, sent.Sub(s.Start), a)
	}
	if last == nil {
		s := b.deliver(r, 0)
		s.Start = later(r.CreatedAt, b.ev.AcceptedAt)
		s.Duration = max(r.UpdatedAt.Sub(s.Start), 0)
		if r.Status == sdk.DeliveryDead {
			s.Status = Failed
		}
		s.Links = b.causes(r, nil)
		b.spans = append(b.spans, s)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// deliver is the span of one attempt of a delivery, or of the delivery's wait.
func (b *builder) deliver(r *delivery.Record, attempt int) Span {
	s := b.span("deliver "+r.EventType, Consumer, b.publishID, time.Time{}, 0)
	s.SpanID, s.DeliveryID, s.Attempt = spanID(r.ID, "deliver", attempt), r.ID, attempt
	for name, value := range map[string]string{
		"messaging.operation.name": "deliver", "messaging.operation.type": "process", "messaging.message.id": b.ev.ID,
		"switchhook.provider": r.Provider, "switchhook.delivery.id": r.ID.String(), "switchhook.subscription.id": r.SubscriptionID.String(),
		"switchhook.delivery.status": r.Status.String(),
	} {
		s.Attributes[name] = value
	}
	if attempt > 0 {
		s.Attributes["switchhook.attempt"] = int64(attempt)
	}
	return s
}

// causes link an attempt to the one before, and the first one of a replay to what
// it repeats.
func (b *builder) causes(r *delivery.Record, last *Span) []Link {
	switch {
	case last != nil:
		return []Link{b.link(spans.AttemptID(r.ID, last.Attempt).String(), spans.LinkPreviousAttempt)}
	case r.Replayed():
		return []Link{b.link(b.publishID, spans.LinkReplayed)}
	default:
		return nil
	}
}

func (b *builder) link(span, why string) Link {
	return Link{TraceID: b.traceID, SpanID: span, Attributes: Attributes{string(spans.Link): why}}
}

func outcome(a *delivery.Attempt) (Status, string) {
	if a.Error != "" {
		return Failed, a.Error
	}
	return OK, ""
}
