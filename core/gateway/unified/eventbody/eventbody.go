// Package eventbody reads the events of a publish request: CloudEvents 1.0 in
// structured, batched and binary mode (CloudEvents JSON format and HTTP protocol
// binding 1.0.2), and the short form of the unified API.
//
// The envelope is read here and not by the CloudEvents SDK, which stops at an
// empty member name and so loses data after it, and accepts members given twice,
// text after the event and bytes that are not UTF-8. Data is kept byte for byte.
package eventbody

import (
	"mime"
	"net/http"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Mode is how the events of a request were sent.
type Mode int

const (
	// Short is the short form, {type, data}.
	Short Mode = iota + 1
	// Structured is one CloudEvent as JSON.
	Structured
	// Batch is a JSON array of CloudEvents.
	Batch
	// Binary is one CloudEvent with its attributes in header fields.
	Binary
)

// MaxBatch is the most events of a batch.
const MaxBatch = 500

const (
	typeJSON       = "application/json"
	typeStructured = "application/cloudevents+json"
	typeBatch      = "application/cloudevents-batch+json"
)

// Request is the events of one request.
type Request struct {
	Mode   Mode
	Events []sdk.Event
	// Refused says of events of a batch that cannot be read why, by their index;
	// what stands in Events in their place says nothing but, where it could be
	// read, the id.
	Refused map[int]error
}

// Parse reads the events of a request. Whether their attributes are valid is for
// the event service to say, but each is of the right JSON type. Errors: invalid
// with the member or header at fault, unsupported media type.
//
// The events hold nothing of body, which may be used again.
func Parse(h http.Header, body []byte) (*Request, error) {
	mode, err := modeOf(h)
	if err != nil {
		return nil, err
	}
	r := &Request{Mode: mode}
	if mode == Binary {
		e, err := binary(h, body)
		r.Events = []sdk.Event{e}
		return r, err
	}
	events, ok := readQuickly(mode, body)
	if !ok {
		events, r.Refused, err = explained(mode, body)
	}
	r.Events = events
	return r, err
}

func modeOf(h http.Header) (Mode, error) {
	if len(h["Content-Type"]) > 1 {
		return 0, &sdk.Error{Code: sdk.CodeInvalid, Message: "The request is invalid", Fields: []sdk.FieldError{
			{In: "header", Field: "content-type", Message: "is given twice"},
		}}
	}
	contentType := h.Get("Content-Type")
	if contentType == "" {
		if hasAttributes(h) {
			return Binary, nil
		}
		return Short, nil
	}
	mediaType, params, err := parseMediaType(contentType)
	if err != nil {
		return 0, unsupported()
	}
	switch {
	case mediaType == typeStructured:
		return Structured, checkCharset(params)
	case mediaType == typeBatch:
		return Batch, checkCharset(params)
	case strings.HasPrefix(mediaType, "application/cloudevents"):
		return 0, unsupported()
	case hasAttributes(h):
		return Binary, nil
	case mediaType == typeJSON:
		return Short, checkCharset(params)
	default:
		return 0, unsupported()
	}
}

// parseMediaType reads a content type; those that most requests have are known.
func parseMediaType(contentType string) (mediaType string, params map[string]string, err error) {
	switch contentType {
	case typeJSON, typeStructured, typeBatch:
		return contentType, nil, nil
	default:
		return mime.ParseMediaType(contentType)
	}
}

// hasAttributes tells whether a request is in binary mode: it has one of the
// required attributes as a header.
func hasAttributes(h http.Header) bool {
	return len(h["Ce-Specversion"]) > 0 || len(h["Ce-Type"]) > 0 || len(h["Ce-Id"]) > 0 || len(h["Ce-Source"]) > 0
}

func checkCharset(params map[string]string) error {
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return sdk.Errorf(sdk.CodeUnsupportedMediaType, "The charset must be utf-8")
	}
	return nil
}

func unsupported() error {
	return sdk.Errorf(sdk.CodeUnsupportedMediaType,
		"Events are taken as %s, %s or %s, or as any content type with ce- headers", typeJSON, typeStructured, typeBatch)
}

// Field names an attribute as the request had it, for the error of a later check:
// a JSON pointer in the body, in a batch below the event's index, or a header.
func (r *Request) Field(index int, f sdk.FieldError) sdk.FieldError {
	switch r.Mode {
	case Short:
		if f.Field == "/"+deliverAt {
			f.Field = "/" + shortDeliverAt
		}
	case Binary:
		if data, ok := strings.CutPrefix(f.Field, "/data"); ok && (data == "" || data[0] == '/') {
			f.Field = data // the body is the data
			return f
		}
		name := strings.TrimPrefix(f.Field, "/")
		f.In, f.Field = "header", headerPrefix+name
		if name == "datacontenttype" {
			f.Field = "content-type"
		}
	case Batch:
		f.Field = pointer(index) + strings.TrimSuffix(f.Field, "/")
	default:
	}
	return f
}
