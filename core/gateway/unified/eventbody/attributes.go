package eventbody

import (
	"encoding/json"
	"mime"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// specVersion is the version of CloudEvents.
const specVersion = "1.0"

// core are the attributes of the CloudEvents specification.
var core = map[string]bool{
	"specversion": true, "id": true, "source": true, "type": true, "subject": true, "time": true,
	"datacontenttype": true, "dataschema": true,
}

// short are the attributes of the short form.
var short = map[string]bool{
	"type": true, "id": true, "source": true, "subject": true, "time": true,
	"namespace": true, "platform": true, "webhookid": true, "deviceid": true, shortDeliverAt: true,
}

// The short form has words of its own for one attribute.
const (
	shortDeliverAt = "deliver_at"
	deliverAt      = "deliverat"
)

// names are those of the members that most events have.
var names = func() map[string]string {
	m := map[string]string{"data": "data", "data_base64": "data_base64"}
	for _, known := range []map[string]bool{core, short} {
		for name := range known {
			m[name] = name
		}
	}
	return m
}()

// reader gathers one event and what is wrong with it.
type reader struct {
	mode Mode
	// in and prefix say where attributes stand: body and a JSON pointer, or header
	// and ce-.
	in, prefix string
	// before is an event of the same request, whose texts this one may share; nil
	// is none.
	before *sdk.Event

	event  sdk.Event
	spec   string
	fields []sdk.FieldError
	// failed attributes are not said to be missing as well.
	failed map[string]bool

	data               json.RawMessage
	decoded            []byte
	hasData, hasBase64 bool
}

func (r *reader) fail(name, message string) {
	if r.failed == nil {
		r.failed = map[string]bool{}
	}
	r.failed[name] = true
	field := r.prefix + name
	if r.in == "body" {
		field = r.prefix + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	r.fields = append(r.fields, sdk.FieldError{In: r.in, Field: field, Message: message})
}

// maxFields bounds an answer about an event that is wrong all over.
const maxFields = 20

func (r *reader) err() error {
	if len(r.fields) == 0 {
		return nil
	}
	return r.invalid(r.fields[:min(len(r.fields), maxFields)]...)
}

func (*reader) invalid(fields ...sdk.FieldError) error {
	return &sdk.Error{Code: sdk.CodeInvalid, Message: "The event is invalid", Fields: fields}
}

// attribute sets an attribute of the specification, or an extension.
func (r *reader) attribute(name, value string) {
	e := &r.event
	if core[name] && value == "" {
		r.fail(name, "must not be empty; leave it out where it is optional")
		return
	}
	switch name {
	case "specversion":
		r.spec = value
		if value != specVersion {
			r.fail(name, `must be "`+specVersion+`"`)
		}
	case "id":
		e.ID = value
	case "source":
		e.Source = value
	case "type":
		e.Type = value
	case "subject":
		e.Subject = value
	case "datacontenttype":
		e.DataContentType = value
	case "dataschema":
		e.DataSchema = value
	case "time":
		t, ok := parseTime(value)
		if !ok {
			r.fail(name, "must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z")
		}
		e.Time = t
	case "data", "data_base64":
		r.fail(name, "is no attribute")
	default:
		if e.Extensions == nil {
			e.Extensions = map[string]string{}
		}
		e.Extensions[name] = value
	}
}

// required tells which attributes are missing. The short form needs a type only.
func (r *reader) required() {
	r.require("type", r.event.Type)
	if r.mode != Short {
		r.require("specversion", r.spec)
		r.require("id", r.event.ID)
		r.require("source", r.event.Source)
	}
}

func (r *reader) require(name, value string) {
	if value == "" && !r.failed[name] {
		r.fail(name, "is required")
	}
}

// isJSON tells whether data of a content type is JSON; that of none is
// (CloudEvents JSON format, section 3.1).
func isJSON(contentType string) bool {
	if contentType == "" || contentType == typeJSON {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json"))
}
