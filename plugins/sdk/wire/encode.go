package wire

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// encoding writes messages of which there are hundreds in a batch. It knows every
// field of the contract; what a message may have kept of a later version is not
// passed on.
type encoding struct {
	out    []byte
	failed bool
}

// requestSize and encoding.request write a batch for rendering: its deliveries
// here, the little else by the library. The fields of the two parts do not mix, so
// that one may follow the other (protobuf.dev/programming-guides/encoding).
func requestSize(m *adapterv1.RenderRequest) int {
	size := proto.Size(withoutDeliveries(m))
	for _, d := range m.GetDeliveries() {
		size += 1 + protowire.SizeBytes(deliverySize(d))
	}
	return size
}

func withoutDeliveries(m *adapterv1.RenderRequest) *adapterv1.RenderRequest {
	return &adapterv1.RenderRequest{Events: m.GetEvents(), Subscriptions: m.GetSubscriptions()}
}

func (e *encoding) request(m *adapterv1.RenderRequest) {
	e.message(withoutDeliveries(m))
	for _, d := range m.GetDeliveries() {
		e.length(requestDeliveries, deliverySize(d))
		e.text(1, d.GetId())
		e.number(2, uint64(d.GetEvent()))
		e.number(3, uint64(d.GetSubscription()))
		e.text(4, d.GetEventType())
		e.number(5, flag(d.GetVerbatim()))
		e.number(6, uint64(d.GetAttempt()))
		if at := d.GetAttemptTime(); at != nil {
			e.length(7<<3|bytesField, timeSize(at))
			e.number(1, uint64(at.GetSeconds())) //nolint:gosec // negative ones are written that way
			e.number(2, uint64(at.GetNanos()))   //nolint:gosec // as above
		}
		e.text(8, d.GetTraceparent())
	}
}

func deliverySize(d *adapterv1.RenderDelivery) int {
	size := textSize(d.GetId()) + numberSize(uint64(d.GetEvent())) + numberSize(uint64(d.GetSubscription())) + textSize(d.GetEventType()) +
		numberSize(flag(d.GetVerbatim())) + numberSize(uint64(d.GetAttempt())) + textSize(d.GetTraceparent())
	if at := d.GetAttemptTime(); at != nil {
		size += 1 + protowire.SizeBytes(timeSize(at))
	}
	return size
}

func timeSize(at *timestamppb.Timestamp) int {
	return numberSize(uint64(at.GetSeconds())) + numberSize(uint64(at.GetNanos())) //nolint:gosec // as they are written
}

// responseSize and encoding.response write a rendered batch, its errors by the
// library.
func responseSize(m *adapterv1.RenderResponse) (size int) {
	for _, body := range m.GetBodies() {
		size += 1 + protowire.SizeBytes(len(body))
	}
	for _, r := range m.GetResults() {
		size += 1 + protowire.SizeBytes(resultSize(r))
	}
	return size
}

func (e *encoding) response(m *adapterv1.RenderResponse) {
	for _, body := range m.GetBodies() {
		e.length(responseBodies, len(body))
		e.out = append(e.out, body...)
	}
	for _, r := range m.GetResults() {
		e.length(responseResults, resultSize(r))
		p := r.GetRequest()
		if p == nil {
			e.message(r)
			continue
		}
		e.length(1<<3|bytesField, renderedSize(p))
		e.text(1, p.GetMethod())
		e.text(2, p.GetUrl())
		for _, h := range p.GetHeaders() {
			e.length(3<<3|bytesField, headerSize(h))
			e.text(1, h.GetName())
			e.text(2, h.GetValue())
		}
		e.number(4, uint64(p.GetBody()))
	}
}

func resultSize(r *adapterv1.RenderResult) int {
	if p := r.GetRequest(); p != nil {
		return 1 + protowire.SizeBytes(renderedSize(p))
	}
	return proto.Size(r)
}

func renderedSize(p *adapterv1.RenderedRequest) int {
	size := textSize(p.GetMethod()) + textSize(p.GetUrl()) + numberSize(uint64(p.GetBody()))
	for _, h := range p.GetHeaders() {
		size += 1 + protowire.SizeBytes(headerSize(h))
	}
	return size
}

func headerSize(h *adapterv1.Header) int { return textSize(h.GetName()) + textSize(h.GetValue()) }

// length starts a field of so many bytes.
func (e *encoding) length(tag byte, n int) {
	e.out = protowire.AppendVarint(append(e.out, tag), uint64(n)) //nolint:gosec // not negative
}

func (e *encoding) message(m proto.Message) {
	out, err := proto.MarshalOptions{}.MarshalAppend(e.out, m)
	e.out, e.failed = out, e.failed || err != nil
}

func (e *encoding) text(number byte, s string) {
	if s == "" {
		return
	}
	e.failed = e.failed || !utf8.ValidString(s)
	e.length(number<<3|bytesField, len(s))
	e.out = append(e.out, s...)
}

func textSize(s string) int {
	if s == "" {
		return 0
	}
	return 1 + protowire.SizeBytes(len(s))
}

func (e *encoding) number(number byte, v uint64) {
	if v != 0 {
		e.out = protowire.AppendVarint(append(e.out, number<<3|varintField), v)
	}
}

func numberSize(v uint64) int {
	if v == 0 {
		return 0
	}
	return 1 + protowire.SizeVarint(v)
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
