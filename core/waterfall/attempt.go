package waterfall

import (
	"strconv"
	"time"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// attempt adds what a deliver span consists of: the wait until the request was
// sent, which has the rendering in it, and the request with its parts.
func (b *builder) attempt(deliver *Span, sent time.Duration, a *delivery.Attempt) {
	part := func(name, kind, parent string, from, to time.Duration) Span {
		s := b.span(name, kind, parent, deliver.Start.Add(from), to-from)
		s.SpanID, s.DeliveryID, s.Attempt = spanID(deliver.DeliveryID, name, a.Number), deliver.DeliveryID, a.Number
		return s
	}
	if sent > 0 {
		b.spans = append(b.spans, part("queue", Internal, deliver.SpanID, 0, sent))
	}
	request := part("attempt", Client, deliver.SpanID, sent, deliver.Duration)
	request.Status, request.StatusMessage = deliver.Status, deliver.StatusMessage
	request.SpanID = spans.AttemptID(deliver.DeliveryID, a.Number).String() // as where it is recorded
	request.Attributes["switchhook.attempt"] = int64(a.Number)
	switch {
	case a.ResponseStatus > 0:
		request.Attributes["http.response.status_code"] = int64(a.ResponseStatus)
		if a.Error != "" {
			request.Attributes["error.type"] = strconv.Itoa(a.ResponseStatus)
		}
	case a.Error != "":
		request.Attributes["error.type"] = "_OTHER"
	}
	b.spans = append(b.spans, request)
	if len(a.Sent) == 0 {
		return
	}
	timings, _ := a.Sent.Read(a.TraceID)
	for _, p := range parts(timings, request.Duration) {
		b.spans = append(b.spans, part(p.name, Internal, request.SpanID, sent+p.from, sent+p.to))
	}
}

// phase is a part of an exchange, by its time since the start of it.
type phase struct {
	name     string
	from, to time.Duration
}

// parts puts the durations of an exchange one after the other: each begins when
// the one before ended, and none outlasts the exchange. What did not happen has no
// part.
func parts(t delivery.Timings, total time.Duration) []phase {
	var out []phase
	var at time.Duration
	add := func(name string, to time.Duration) {
		if to = min(to, total); to > at {
			out = append(out, phase{name, at, to})
			at = to
		}
	}
	add("dns", t.DNS)
	add("connect", at+t.Connect)
	add("tls", at+t.TLS)
	if t.FirstByte > 0 {
		add("first byte", t.FirstByte)
		add("body", total)
	}
	return out
}
