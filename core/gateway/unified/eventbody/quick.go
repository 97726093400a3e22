package eventbody

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// quick reads events that are valid in one pass over the body. It explains
// nothing: at any doubt it stops, and [explained] reads the body from its start
// and decides. What both take, they read alike.
type quick struct {
	jsontext.Decoder
	source bytes.Buffer
}

// quicks are kept to be used again; each holds a stack of tokens and no body.
var quicks = sync.Pool{New: func() any { return new(quick) }}

// duplicates are refused at the top level and are the publisher's own business
// in the data.
var duplicates = jsontext.AllowDuplicateNames(true)

// maxQuickMembers bounds how many names are compared with one another.
const maxQuickMembers = 64

// readQuickly returns the events of a body; ok is false at any doubt.
func readQuickly(mode Mode, body []byte) (events []sdk.Event, ok bool) {
	q, _ := quicks.Get().(*quick)
	q.open(body)
	defer q.close()
	if mode == Batch {
		events, ok = q.batch(len(body))
	} else {
		var e sdk.Event
		e, ok = q.object(mode, nil)
		events = []sdk.Event{e}
	}
	return events, ok && q.atEnd()
}

// validJSON tells whether data is one JSON value in UTF-8.
func validJSON(data []byte) bool {
	q, _ := quicks.Get().(*quick)
	q.open(data)
	defer q.close()
	return q.SkipValue() == nil && q.atEnd() || jsondata.Valid(data)
}

func (q *quick) open(body []byte) {
	q.source = *bytes.NewBuffer(body)
	q.Reset(&q.source, duplicates)
}

// close lets go of the body.
func (q *quick) close() {
	q.open(nil)
	quicks.Put(q)
}

func (q *quick) atEnd() bool {
	_, err := q.ReadToken()
	return errors.Is(err, io.EOF)
}

// begins reads the start of an object or array.
func (q *quick) begins(kind jsontext.Kind) bool {
	if q.PeekKind() != kind {
		return false
	}
	_, err := q.ReadToken()
	return err == nil
}

func (q *quick) batch(size int) (events []sdk.Event, ok bool) {
	if !q.begins('[') {
		return nil, false
	}
	for q.PeekKind() == '{' && len(events) < MaxBatch {
		var before *sdk.Event
		if n := len(events); n > 0 {
			before = &events[n-1]
		}
		e, ok := q.object(Structured, before)
		if !ok {
			return nil, false
		}
		if events == nil {
			// The others are likely to be as long as the first.
			events = make([]sdk.Event, 0, min(MaxBatch, size/int(q.InputOffset())+1))
		}
		events = append(events, e)
	}
	return events, q.begins(']')
}

// object reads one event; before is the one before it in a batch.
func (q *quick) object(mode Mode, before *sdk.Event) (sdk.Event, bool) {
	r := reader{mode: mode, in: "body", before: before}
	if !q.begins('{') {
		return sdk.Event{}, false
	}
	var room [maxQuickMembers]string
	seen := room[:0]
	for q.PeekKind() == '"' {
		quoted, err := q.ReadValue()
		if err != nil {
			return sdk.Event{}, false
		}
		name, plain := memberName(quoted)
		if !plain || len(seen) == maxQuickMembers || slices.Contains(seen, name) {
			return sdk.Event{}, false
		}
		seen = append(seen, name)
		raw, err := q.ReadValue()
		if err != nil {
			return sdk.Event{}, false
		}
		if r.member(member{name, []byte(raw)}); len(r.fields) > 0 {
			return sdk.Event{}, false
		}
	}
	if !q.begins('}') {
		return sdk.Event{}, false
	}
	// The event outlives the body, and is not to hold all of it.
	r.data = bytes.Clone(r.data)
	r.finish()
	return r.event, len(r.fields) == 0
}

// memberName is the name that stands in quotes; plain is false for one with
// escapes.
func memberName(quoted []byte) (name string, plain bool) {
	inner := quoted[1 : len(quoted)-1]
	if name, known := names[string(inner)]; known {
		return name, true
	}
	return string(inner), bytes.IndexByte(inner, '\\') < 0
}
