package filter

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/switchhook/switchhook/core/filter/expression"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

// View is an event as filters read it: its data is decoded when it is first asked
// for, and once. A View serves one goroutine at a time.
type View struct {
	event   *sdk.Event
	machine expression.Machine
	decoded bool
	isJSON  bool
	data    any

	// limited: so many steps are left; stopped: they did not suffice for the filter
	// that was matched last.
	limited, stopped bool
	left             int
}

// expressionCost is what an expression takes of a [View.Limit] beside its steps,
// since what stands outside of loops takes none.
const expressionCost = 10

// Limit gives the view a budget of steps for the expressions of all filters that
// it is shared among. A filter for which it does not suffice does not match, not
// even by not; see [View.Stopped]. Filters without expressions need none of it.
func (v *View) Limit(steps int) { v.limited, v.left = true, steps }

// Left is what is left of the budget, in steps.
func (v *View) Left() int { return v.left }

// Stopped tells whether the budget did not suffice for the filter that was
// matched last.
func (v *View) Stopped() bool { return v.stopped }

// NewView returns a view of an event, which must not change while it is used.
func NewView(e *sdk.Event) *View { return &View{event: e} }

// specVersion is the attribute that every event of version 1.0 has.
const specVersion = "1.0"

const attributeTime = "time"

// text returns an attribute other than time, in canonical form. Those that
// CloudEvents defines are absent where they are empty; an extension is there if it
// was given.
func (v *View) text(name string) (string, bool) {
	switch e := v.event; name {
	case "id":
		return unlessEmpty(e.ID)
	case "source":
		return unlessEmpty(e.Source)
	case "type":
		return unlessEmpty(e.Type)
	case "subject":
		return unlessEmpty(e.Subject)
	case "dataschema":
		return unlessEmpty(e.DataSchema)
	case "datacontenttype":
		return unlessEmpty(e.DataContentType)
	case "specversion":
		return specVersion, true
	default:
		extension, ok := e.Extensions[name]
		return extension, ok
	}
}

func unlessEmpty(text string) (string, bool) { return text, text != "" }

// maxTimeText is room for a timestamp of RFC 3339.
const maxTimeText = 40

// appendTime appends the attribute time in canonical form (RFC 3339, in UTC).
func (v *View) appendTime(to []byte) []byte {
	return v.event.Time.UTC().AppendFormat(to, time.RFC3339Nano)
}

// input is the view as expressions read it.
type input View

func (in *input) Attribute(name string) (string, bool) { return (*View)(in).text(name) }

func (in *input) Time() *time.Time {
	if in.event.Time.IsZero() {
		return nil
	}
	return &in.event.Time
}

// Data implements [expression.Input]. Data under another content type is not
// JSON, even where it looks like it.
func (in *input) Data() (any, bool) {
	if in.decoded {
		return in.data, in.isJSON
	}
	in.decoded = true
	if e := in.event; e.DataContentType == "" || jsondata.IsType(e.DataContentType) {
		in.data, in.isJSON = decode(e.Data)
	}
	return in.data, in.isJSON
}

func decode(raw []byte) (data any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if !utf8.Valid(raw) || d.Decode(&data) != nil {
		return nil, false
	}
	rest := raw[d.InputOffset():]
	if len(bytes.TrimLeft(rest, " \t\r\n")) > 0 {
		return nil, false // more than one value
	}
	return data, true
}
