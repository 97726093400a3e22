package wire

import (
	"bytes"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// Tags of RenderResponse.
const (
	responseBodies  = 1<<3 | bytesField
	responseResults = 2<<3 | bytesField
)

// rendered is room for one result; those of a batch lie together.
type rendered struct {
	result  adapterv1.RenderResult
	choice  adapterv1.RenderResult_Request
	request adapterv1.RenderedRequest
}

// decodeResponse reads a rendered batch. Every body and every result's text is
// copied out of message for itself, so that a slow delivery does not keep the
// whole batch. It returns false where message has something else than bodies and
// requests, errors among them; m is then not to be used.
func decodeResponse(message []byte, m *adapterv1.RenderResponse) bool {
	n := count(message, responseBodies, responseResults)
	if n[0]+n[1] > maxParts {
		return false
	}
	m.Bodies, m.Results = make([][]byte, 0, n[0]), make([]*adapterv1.RenderResult, 0, n[1])
	room, headers := make([]rendered, n[1]), NewHeaders(n[1])
	f := fields{rest: message}
	for f.next() {
		switch f.tag {
		case responseBodies:
			m.Bodies = append(m.Bodies, append([]byte{}, f.bytes...))
		case responseResults:
			r := &room[len(m.Results)]
			r.choice.Request = &r.request
			r.result.Result = &r.choice
			m.Results = append(m.Results, &r.result)
			f.result(&r.request, headers)
		default:
			f.unknown()
		}
	}
	return !f.failed
}

// result reads the current field: one request and nothing else.
func (f *fields) result(r *adapterv1.RenderedRequest, headers *Headers) {
	in := fields{rest: f.bytes}
	if !in.next() || in.tag != 1<<3|bytesField || len(in.rest) > 0 {
		f.failed = true
		return
	}
	in = fields{rest: bytes.Clone(in.bytes)}
	r.Headers = headers.List(count(in.rest, 3<<3|bytesField)[0])
	read := 0
	for in.next() {
		switch in.tag {
		case 1<<3 | bytesField:
			in.text(&r.Method)
		case 2<<3 | bytesField:
			in.text(&r.Url)
		case 3<<3 | bytesField:
			h := r.Headers[read]
			read++
			in.textPair(&h.Name, &h.Value)
		case 4<<3 | varintField:
			r.Body = uint32(in.varint) //nolint:gosec // as the library reads it
		default:
			in.unknown()
		}
	}
	f.failed = in.failed
}
