package unified

import (
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/gen/switchhook"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// published is the answer to a publish request: a PublishedBatch of the document,
// or else its one PublishedEvent.
type published struct {
	events []event.Accepted
	batch  bool
}

// VisitPublishEventsResponse writes the answer.
func (p published) VisitPublishEventsResponse(w http.ResponseWriter) error {
	body, err := p.json()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(http.StatusAccepted)
	// The client is gone if this fails; there is nobody left to tell.
	_, _ = w.Write(body)
	return nil
}

// publishedSize is about the length of one event's answer, in bytes.
const publishedSize = 128

// json is what the generated types would be written as. They are on the one road
// that must be fast, and small.
func (p published) json() (b []byte, err error) {
	b = make([]byte, 0, (len(p.events)+1)*publishedSize)
	if p.batch {
		b = append(b, `{"items":[`...)
	}
	accepted := 0
	for i := range p.events {
		if p.events[i].Err != nil {
			continue
		}
		if accepted++; accepted > 1 {
			b = append(b, ',')
		}
		if b, err = appendPublished(b, &p.events[i]); err != nil {
			return nil, err
		}
	}
	switch {
	case !p.batch:
		return b, nil
	case accepted < len(p.events):
		return appendOf(append(b, ']'), `,"refused":`, p.refused())
	default:
		return append(b, "]}"...), nil
	}
}

// refused lists the events of a batch that were not accepted.
func (p published) refused() (out []switchhook.RefusedEvent) {
	for i := range p.events {
		a := &p.events[i]
		if a.Err == nil {
			continue
		}
		e := sdk.AsError(a.Err)
		out = append(out, switchhook.RefusedEvent{
			Index: i, CloudeventID: optional(a.ID), Code: e.Code.String(), Detail: e.Message, Errors: fieldsOut(e.Fields),
		})
	}
	return out
}

func appendPublished(b []byte, a *event.Accepted) ([]byte, error) {
	b = append(b, `{"cloudevent_id":`...)
	if isPlain(a.ID) {
		b = append(append(append(b, '"'), a.ID...), '"')
	} else {
		id, err := jsondata.Marshal(a.ID)
		if err != nil {
			return nil, err
		}
		b = append(b, id...)
	}
	b = strconv.AppendBool(append(b, `,"duplicate":`...), a.Duplicate)
	b = appendUUID(append(b, `,"id":"`...), a.Key)
	b = append(b, '"')
	if len(a.Warnings) > 0 {
		return appendOf(b, `,"warnings":`, fieldsOut(a.Warnings))
	}
	return append(b, '}'), nil
}

// appendOf writes the last member of an object.
func appendOf(b []byte, name string, v any) ([]byte, error) {
	text, err := jsondata.Marshal(v)
	return append(append(append(b, name...), text...), '}'), err
}

func fieldsOut(in []sdk.FieldError) []switchhook.FieldProblem {
	out := make([]switchhook.FieldProblem, len(in))
	for i, f := range in {
		out[i] = switchhook.FieldProblem{In: switchhook.FieldProblemIn(f.In), Field: f.Field, Message: f.Message}
	}
	return out
}

// isPlain tells whether text stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendUUID writes an id as RFC 9562, section 4, does.
func appendUUID(b []byte, id uuid.UUID) []byte {
	b = hex.AppendEncode(b, id[:4])
	for _, part := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		b = hex.AppendEncode(append(b, '-'), part)
	}
	return b
}
