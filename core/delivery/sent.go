package delivery

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Sent is how a request went out: how long its parts took, and its header lines
// without what is secret. It is made for every attempt and kept with it, so it is
// small: what many requests have in common is a number, and a typical request
// takes about 50 bytes. It is four durations and then header lines; a line is a
// name and a value:
//
//	duration  uvarint, microseconds: DNS, connect, TLS, first byte
//	name      0, uvarint length, bytes; or the place in sentNames plus 1
//	value     uvarint: 0 redacted, 1 the usual one of sentNames, 2 a UUID in 16
//	          bytes, 3 a decimal number as uvarint, 4 the rest of a traceparent
//	          behind the attempt's trace id in 9 bytes, or a length plus 5 and bytes
type Sent []byte

// Timings are how long the parts of an exchange took; a part that did not happen,
// as none but the last does on a kept connection, is 0.
type Timings struct {
	DNS, Connect, TLS time.Duration
	// FirstByte is from the start to the first byte of the answer.
	FirstByte time.Duration
}

// sentName is a header's name that many requests have.
type sentName struct{ name, usual string }

// sentNames are part of what is stored: add to the end alone.
var sentNames = [...]sentName{
	{"Content-Type", "application/json"},
	{"Webhook-Id", ""},
	{"Webhook-Timestamp", ""},
	{"Webhook-Signature", ""},
	{"Traceparent", ""},
	{"Authorization", ""},
	{"User-Agent", ""},
	{"X-Request-Id", ""},
	{"Accept", "*/*"},
	{"X-Webhook-Event", ""},
	{"X-Hub-Signature-256", ""},
	{"X-Webhook-Signature", ""},
	{"Messagebird-Signature", ""},
	{"Messagebird-Request-Timestamp", ""},
	{"X-Chatbot-Signature", ""},
	{"Content-Encoding", "gzip"},
}

const (
	valueRedacted = iota
	valueUsual
	valueUUID
	valueNumber
	valueTrace
	valueText // and beyond
)

const (
	maxSentHeaders = 32
	maxSentName    = 64
	maxSentValue   = 256
	// traceRest is the span id and the flags of a traceparent.
	traceRest = 9
	// longestPart bounds what is read as a duration, in microseconds.
	longestPart = 1 << 40
	// sentRoom is what a typical request takes.
	sentRoom = 64
)

// newSent notes how a request went out. What the gateway adds to every request
// alike, its User-Agent, is left out.
func (a *attempt) newSent(h http.Header, t egress.Timings) Sent {
	out := make(Sent, 0, sentRoom)
	for _, d := range [...]time.Duration{t.DNS, t.Connect, t.TLS, t.FirstByte} {
		out = binary.AppendUvarint(out, uint64(max(d.Microseconds(), 0)))
	}
	left := maxSentHeaders
	for name, values := range h {
		if len(values) == 0 || left == 0 || (name == "User-Agent" && strings.HasPrefix(values[0], "Switchhook/")) {
			continue
		}
		left--
		out = a.appendLine(out, name, values)
	}
	if o := a.sub.Options.Auth.OAuth2; o != nil && h[authorization] == nil {
		out = a.appendLine(out, authorization, nil) // its token is in a header of its own
	}
	return out
}

func (a *attempt) appendLine(out Sent, name string, values []string) Sent {
	place, usual := placeOf(name), ""
	if place >= 0 {
		out = binary.AppendUvarint(out, uint64(place)+1)
		usual = sentNames[place].usual
	} else {
		name = name[:min(len(name), maxSentName)]
		out = append(binary.AppendUvarint(append(out, 0), uint64(len(name))), name...)
	}
	if !a.shows(name, values) {
		return append(out, valueRedacted)
	}
	if len(values) == 1 {
		return appendValue(out, name, values[0], usual)
	}
	return appendValue(out, name, strings.Join(values, ", "), usual)
}

// placeOf is a name's place in sentNames; -1: it has none.
func placeOf(name string) int {
	for i := range sentNames {
		if sentNames[i].name == name {
			return i
		}
	}
	return -1
}

func appendValue(out Sent, name, value, usual string) Sent {
	if value == usual && usual != "" {
		return append(out, valueUsual)
	}
	if name == "Traceparent" && len(value) == 55 && value[:3] == "00-" {
		if b, err := hex.AppendDecode(append(out, valueTrace), []byte(value[36:52]+value[53:])); err == nil && len(b) == len(out)+1+traceRest {
			return b
		}
	}
	if plainUUID(value) {
		if id, err := uuid.Parse(value); err == nil {
			return append(append(out, valueUUID), id[:]...)
		}
	}
	if n, ok := plainNumber(value); ok {
		return binary.AppendUvarint(append(out, valueNumber), n)
	}
	value = value[:min(len(value), maxSentValue)]
	return append(binary.AppendUvarint(out, uint64(len(value)+valueText)), value...)
}

// plainUUID tells whether s is as a UUID is written (RFC 9562, section 4).
func plainUUID(s string) bool {
	const length = 36
	if len(s) != length {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

// plainNumber reads decimal digits that a number is written as.
func plainNumber(s string) (n uint64, ok bool) {
	const most = 18 // digits that always fit
	if s == "" || len(s) > most || (s[0] == '0' && len(s) > 1) {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, true
}

// shows tells whether the value of a header line is harmless. A name that is not
// known to be is taken for one that is not: plugins sign as they like.
func (a *attempt) shows(name string, values []string) bool {
	for i := range a.sub.Headers {
		if strings.EqualFold(a.sub.Headers[i].Name, name) {
			return false
		}
	}
	if !harmless(name) {
		return false
	}
	for _, v := range values {
		if secret := a.sub.Secret.Reveal(); secret != "" && strings.Contains(v, secret) {
			return false
		}
	}
	return true
}

// harmless tells whether a header's name is that of values that are no secrets.
func harmless(name string) bool {
	switch name {
	case "Content-Type", "Webhook-Id", "Webhook-Timestamp", "Traceparent", "User-Agent", "Accept", "Content-Encoding", "Date", "Idempotency-Key":
		return true
	case "Webhook-Signature", authorization:
		return false
	}
	for _, prefix := range [...]string{"Ce-", "Content-", "Accept-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for _, end := range [...]string{"-Id", "-Timestamp", "-Event", "-Type", "-Topic", "-Version", "-Attempt"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// Read returns what it holds; traceID is the attempt's. What cannot be read, as
// what a later version wrote, ends the list.
func (s Sent) Read(traceID string) (t Timings, headers []sdk.Header) {
	r := sentReader{rest: s, traceID: traceID}
	for _, d := range [...]*time.Duration{&t.DNS, &t.Connect, &t.TLS, &t.FirstByte} {
		*d = time.Duration(min(r.number(), longestPart)) * time.Microsecond
	}
	for len(r.rest) > 0 && !r.broken {
		if h := r.line(); !r.broken {
			headers = append(headers, h)
		}
	}
	slices.SortFunc(headers, func(a, b sdk.Header) int { return strings.Compare(a.Name, b.Name) })
	return t, headers
}

// sentReader reads a [Sent] from its start.
type sentReader struct {
	rest    []byte
	traceID string
	broken  bool
}

func (r *sentReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.broken = len(r.rest) > 0
		r.rest = nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *sentReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.broken, n = true, uint64(len(r.rest))
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *sentReader) line() (h sdk.Header) {
	place := r.number()
	usual := ""
	switch {
	case place == 0:
		h.Name = clean(string(r.bytes(r.number())))
	case place > uint64(len(sentNames)):
		r.broken = true
		return h
	default:
		h.Name, usual = sentNames[place-1].name, sentNames[place-1].usual
	}
	if len(r.rest) == 0 {
		r.broken = true
		return h
	}
	h.Value = r.value(usual)
	return h
}

func (r *sentReader) value(usual string) string {
	switch kind := r.number(); kind {
	case valueRedacted:
		return sdk.Redacted
	case valueUsual:
		return usual
	case valueUUID:
		var id uuid.UUID
		copy(id[:], r.bytes(uint64(len(id))))
		return id.String()
	case valueNumber:
		return strconv.FormatUint(r.number(), 10)
	case valueTrace:
		rest := hex.EncodeToString(r.bytes(traceRest))
		if len(rest) < 2*traceRest {
			return ""
		}
		return "00-" + r.traceID + "-" + rest[:16] + "-" + rest[16:]
	default:
		return clean(string(r.bytes(kind - valueText)))
	}
}
