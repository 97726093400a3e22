package eventbody

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/gateway/explain"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// member is one member of a JSON object, its value byte for byte.
type member struct {
	name string
	raw  json.RawMessage
}

func malformed(format string, args ...any) error {
	return &sdk.Error{Code: sdk.CodeInvalid, Reason: sdk.ReasonMalformedBody, Message: fmt.Sprintf(format, args...)}
}

// explained reads the events of a body, or says what is wrong with it.
// refused are the errors of single events of a batch, by their index.
func explained(mode Mode, body []byte) (events []sdk.Event, refused map[int]error, err error) {
	if err := explain.JSON(body); err != nil {
		return nil, nil, err
	}
	if mode == Batch {
		return batch(body)
	}
	e, err := object(mode, "", body)
	return []sdk.Event{e}, nil, err
}

func batch(body []byte) (events []sdk.Event, refused map[int]error, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, nil, malformed("The body must be a JSON array of CloudEvents")
	}
	events, refused = []sdk.Event{}, map[int]error{}
	for i := 0; dec.More(); i++ {
		if i == MaxBatch {
			return nil, nil, sdk.Errorf(sdk.CodeInvalid, "A batch has at most %d events; send the rest in another", MaxBatch)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, nil, malformed("The body is not valid JSON: %s", err)
		}
		e, err := object(Structured, pointer(i), raw)
		if err != nil {
			refused[i] = err
		}
		events = append(events, e)
	}
	return events, refused, nil
}

func pointer(index int) string { return "/" + strconv.Itoa(index) }

// object reads one event; at is the JSON pointer of the object.
func object(mode Mode, at string, raw []byte) (sdk.Event, error) {
	r := reader{mode: mode, in: "body", prefix: at + "/"}
	members, ok := r.members(raw)
	if !ok {
		if at != "" {
			return sdk.Event{}, r.invalid(sdk.FieldError{In: "body", Field: at, Message: "must be a JSON object"})
		}
		return sdk.Event{}, malformed("The body must be a JSON object")
	}
	for _, m := range members {
		r.member(m)
	}
	r.finish()
	return r.event, r.err()
}

// members lists an object's members in their order; ok is false for other values.
func (r *reader) members(raw []byte) (out []member, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || dec.Decode(&value) != nil {
			return nil, false
		}
		if seen[name] {
			r.fail(name, "is given twice")
			continue
		}
		seen[name] = true
		out = append(out, member{name, value})
	}
	return out, true
}

// member takes one member of the object.
func (r *reader) member(m member) {
	switch {
	case m.name == "data":
		r.data, r.hasData = m.raw, true
	case r.mode == Short:
		r.shortMember(m)
	case string(m.raw) == "null":
		// An attribute that is not set (CloudEvents JSON format, section 2.2).
	case m.name == "data_base64":
		r.base64(m.raw)
	case core[m.name]:
		if text, ok := r.text(m.raw); ok {
			r.attribute(m.name, text)
		} else {
			r.fail(m.name, "must be a string")
		}
	default:
		r.extension(m)
	}
}

func (r *reader) shortMember(m member) {
	if !short[m.name] {
		r.fail(m.name, "is not known; an event in the short form has type, data, id, source, subject, time, "+
			"namespace, platform, webhookid, deviceid and deliver_at: send a CloudEvent for other attributes")
		return
	}
	text, ok := r.text(m.raw)
	if !ok {
		r.fail(m.name, "must be a string")
		return
	}
	if m.name == shortDeliverAt {
		m.name = deliverAt
	}
	r.attribute(m.name, text)
}

// extension takes an extension attribute, of the types that JSON can tell apart:
// a string, boolean or integer (CloudEvents JSON format, section 2.2).
func (r *reader) extension(m member) {
	if text, ok := r.text(m.raw); ok {
		r.attribute(m.name, text)
		return
	}
	text := string(m.raw)
	if _, err := strconv.ParseInt(text, 10, 32); err == nil || text == "true" || text == "false" {
		r.attribute(m.name, text)
		return
	}
	r.fail(m.name, "must be a string, a boolean or an integer of 32 bits")
}

func (r *reader) base64(raw json.RawMessage) {
	text, ok := r.text(raw)
	if !ok {
		r.fail("data_base64", "must be a string in Base64")
		return
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // the decoder passes over line breaks
		r.fail("data_base64", "must be standard Base64 with padding")
		return
	}
	r.decoded, r.hasBase64 = data, true
}

// text returns the text of a JSON string; ok is false for other values.
func (r *reader) text(raw json.RawMessage) (text string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		return unescape(raw)
	}
	return r.share(inner), true
}

func unescape(raw json.RawMessage) (string, bool) {
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// share makes a string of text, or takes one that is there already.
func (r *reader) share(text []byte) string {
	for _, known := range []string{specVersion, typeJSON} {
		if string(text) == known {
			return known
		}
	}
	if r.before != nil {
		for _, known := range []string{r.before.Type, r.before.Source} {
			if string(text) == known {
				return known
			}
		}
	}
	return string(text)
}

// finish settles the data once all members are known.
func (r *reader) finish() {
	if r.mode == Short {
		if !r.hasData {
			r.fail("data", "is required; it may be any JSON value")
		}
		r.event.DataContentType, r.event.Data = typeJSON, r.data
	} else {
		r.cloudEventData()
	}
	r.required()
}

// cloudEventData takes data or data_base64 (CloudEvents JSON format, section 3.1).
func (r *reader) cloudEventData() {
	isJSON := isJSON(r.event.DataContentType)
	switch {
	case r.hasData && r.hasBase64:
		r.fail("data_base64", "must not stand beside data")
	case r.hasBase64:
		r.event.Data = r.decoded
		if isJSON && r.event.DataContentType != "" && len(r.decoded) > 0 && !validJSON(r.decoded) {
			r.fail("data_base64", "must hold valid JSON, as datacontenttype says")
		}
	case !r.hasData:
	case isJSON:
		r.event.Data = r.data
	case string(r.data) == "null":
	default:
		text, ok := r.text(r.data)
		if !ok {
			r.fail("data", "must be a string, since datacontenttype is not JSON")
		}
		r.event.Data = []byte(text)
	}
}

func parseTime(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	return t.UTC(), err == nil
}
