// Package jsondata reads event data and writes delivery bodies as JSON: no
// character is escaped for HTML, and data that is passed on stays byte for byte
// what was published.
package jsondata

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Valid tells whether data is one JSON value in UTF-8.
func Valid(data []byte) bool { return utf8.Valid(data) && json.Valid(data) }

// IsType tells whether a content type says JSON.
func IsType(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json"))
}

// valid tells whether an event's data is one JSON value in UTF-8. It reads only
// what the gateway has not read already; see [sdk.Event].
func valid(e *sdk.Event) bool {
	return len(e.Data) > 0 && (IsType(e.DataContentType) || Valid(e.Data))
}

// Decode reads the data of a canonical event into the struct that into points
// to. Data that is not a JSON object of the canonical shape is [sdk.CodeInvalid]
// with the field at fault.
func Decode(d *sdk.Delivery, into any) error {
	if !valid(d.Event) || bytes.TrimLeft(d.Event.Data, " \t\r\n")[0] != '{' {
		return sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: its data must be a JSON object", d.EventType)
	}
	err := json.Unmarshal(d.Event.Data, into)
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mismatch):
		return sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: %q in its data is of type %s, which openapi/events.yaml does not allow",
			d.EventType, mismatch.Field, mismatch.Value)
	default:
		return sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: its data does not have the shape of openapi/events.yaml", d.EventType)
	}
}

// Missing is the error for canonical data that lacks what the native type needs.
func Missing(d *sdk.Delivery, field string) error {
	return sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: its data lacks %q", d.EventType, field)
}

// Time is a time of canonical data, which must be as RFC 3339 has it; where the data
// has none it is the event's own.
func Time(d *sdk.Delivery, field string, text *string) (time.Time, error) {
	if text == nil {
		return d.Event.Time, nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return time.Time{}, sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: %q must be an RFC 3339 time", d.EventType, field)
	}
	return at, nil
}

// Verbatim returns the data of an event published under its native name, which
// must be JSON.
func Verbatim(d *sdk.Delivery) ([]byte, error) {
	if !valid(d.Event) {
		return nil, sdk.Errorf(sdk.CodeInvalid, "The event cannot be sent as %s: its data must be JSON", d.EventType)
	}
	return d.Event.Data, nil
}

// AppendString writes s as a JSON string to the end of dst. Bytes that are not
// UTF-8 are replaced.
func AppendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			quoted, _ := Marshal(s) // strings are never refused
			return append(dst, quoted...)
		}
	}
	dst = append(append(dst, '"'), s...)
	return append(dst, '"')
}

// Marshal writes v as JSON in one line without a newline.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Embed writes the object v with one more member at its end, whose value is raw
// JSON, byte for byte.
func Embed(v any, member string, raw []byte) ([]byte, error) {
	head, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(head) < 2 || head[0] != '{' {
		return nil, errors.New("embed: not a JSON object")
	}
	out := make([]byte, 0, len(head)+len(member)+len(raw)+4)
	out = append(out, head[:len(head)-1]...)
	if len(head) > 2 {
		out = append(out, ',')
	}
	out = strconv.AppendQuote(out, member)
	out = append(out, ':')
	out = append(out, raw...)
	return append(out, '}'), nil
}
