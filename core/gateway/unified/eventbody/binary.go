package eventbody

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const headerPrefix = "ce-"

// binary reads a CloudEvent whose attributes are header fields (CloudEvents HTTP
// protocol binding, section 3.1); the body is its data, as it is.
func binary(h http.Header, body []byte) (sdk.Event, error) {
	r := reader{mode: Binary, in: "header", prefix: headerPrefix}
	for _, key := range attributeHeaders(h) {
		name := strings.ToLower(key[len(headerPrefix):])
		switch values := h[key]; {
		case len(values) > 1:
			r.fail(name, "is given twice")
		case name == "datacontenttype":
			r.fail(name, "is no header; Content-Type says it")
		default:
			text := decodeHeader(values[0])
			if !utf8.ValidString(text) {
				r.fail(name, "must be UTF-8 once its percent-encoding is undone")
				continue
			}
			r.attribute(name, text)
		}
	}
	contentType := h.Get("Content-Type")
	r.event.DataContentType = contentType
	if len(body) > 0 {
		if contentType != "" && isJSON(contentType) && !validJSON(body) {
			return sdk.Event{}, malformed("The body is not valid JSON, as Content-Type says")
		}
		r.event.Data = bytes.Clone(body)
	}
	r.required()
	return r.event, r.err()
}

// attributeHeaders lists the header fields that are attributes, in their order.
func attributeHeaders(h http.Header) []string {
	var keys []string
	for key := range h {
		if len(key) >= len(headerPrefix) && strings.EqualFold(key[:len(headerPrefix)], headerPrefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// decodeHeader undoes the encoding of a header value: double quotes, which senders
// of earlier versions wrote, and then one round of percent-encoding (CloudEvents
// HTTP protocol binding, section 3.1.3.2). A percent sign that encodes nothing
// stands for itself: the CloudEvents SDK for Go writes values as they are.
func decodeHeader(v string) string {
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		v = unquote(v[1 : len(v)-1])
	}
	if !strings.Contains(v, "%") {
		return v
	}
	b := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			hi, ok1 := hexDigit(v[i+1])
			lo, ok2 := hexDigit(v[i+2])
			if ok1 && ok2 {
				b = append(b, hi<<4|lo)
				i += 2
				continue
			}
		}
		b = append(b, v[i])
	}
	return string(b)
}

func unquote(v string) string {
	b := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
		}
		b = append(b, v[i])
	}
	return string(b)
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	default:
		return 0, false
	}
}
