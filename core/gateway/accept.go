package gateway

import (
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// negotiate refuses a request that accepts none of the document's media types.
// A document without x-accept does not ask, and a request without Accept is
// refused by one that does.
func (x *exchange) negotiate() *sdk.Error {
	if len(x.flavour.accept) == 0 {
		return nil
	}
	ranges := parseAccept(x.r.Header["Accept"])
	for _, offer := range x.flavour.accept {
		if acceptable(ranges, offer) {
			return nil
		}
	}
	return sdk.Errorf(sdk.CodeNotAcceptable, "The Accept header must allow %s", strings.Join(x.flavour.accept, " or "))
}

// mediaRange is one entry of an Accept header. Parameters other than q are left
// out: what is offered has none.
type mediaRange struct {
	kind, sub string // lower case; "*" is any
	refused   bool   // q=0
	weight    float64
}

// parseAccept reads the Accept header; malformed entries are left out.
// See RFC 9110, section 12.5.1.
func parseAccept(values []string) []mediaRange {
	var out []mediaRange
	for _, v := range values {
		for _, entry := range splitQuoted(v, ',') {
			if r, ok := parseRange(entry); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

func parseRange(entry string) (r mediaRange, ok bool) {
	parts := splitQuoted(entry, ';')
	r.kind, r.sub, ok = strings.Cut(strings.ToLower(strings.Trim(parts[0], " \t")), "/")
	if !ok || !isToken(r.kind) || !isToken(r.sub) || r.kind == "*" && r.sub != "*" {
		return mediaRange{}, false
	}
	r.weight = 1
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.Trim(name, " \t"), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.Trim(value, " \t"), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return mediaRange{}, false
		}
		r.refused, r.weight = q == 0, q
		break
	}
	return r, true
}

// acceptable tells whether the most specific range that fits a media type does
// not refuse it.
func acceptable(ranges []mediaRange, mediaType string) bool {
	kind, sub, _ := strings.Cut(mediaType, "/")
	best, ok := -1, false
	for _, r := range ranges {
		precision := 0
		switch {
		case r.kind == kind && r.sub == sub:
			precision = 2
		case r.kind == kind && r.sub == "*":
			precision = 1
		case r.kind != "*":
			continue
		}
		// Of equal ranges one that allows is enough.
		if precision > best {
			best, ok = precision, !r.refused
		} else if precision == best {
			ok = ok || !r.refused
		}
	}
	return ok
}

// readByPeople tells a request of a browser, which names pages and prefers them,
// from one of a program, which takes anything or asks for JSON.
func readByPeople(values []string) bool {
	var page, data float64
	for _, r := range parseAccept(values) {
		switch {
		case r.kind == "text" && r.sub == "html":
			page = max(page, r.weight)
		case r.kind == "application" && r.sub == "json":
			data = max(data, r.weight)
		}
	}
	return page > data
}

// splitQuoted splits at a separator that does not stand in a quoted string
// (RFC 9110, section 5.6.4).
func splitQuoted(s string, separator byte) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}
