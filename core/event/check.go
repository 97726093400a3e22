package event

import (
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	maxAttribute  = 1024
	maxType       = 255
	maxExtensions = 50
	maxExtName    = 64
)

// check tells everything that is wrong with a CloudEvent, by attribute
// (CloudEvents 1.0, sections 3.1 to 3.3). Whether the type is one of a
// provider's is not asked here.
func check(e *sdk.Event) error {
	var f faults
	f.text("id", e.ID)
	f.text("source", e.Source)
	f.text("subject", e.Subject)
	f.text("dataschema", e.DataSchema)
	f.text("datacontenttype", e.DataContentType)
	if e.Source == "" {
		f.add("source", "is required: a URI reference that names where the event comes from")
	} else if !isReference(e.Source) {
		f.add("source", "must be a URI reference")
	}
	if msg := checkType(e.Type); msg != "" {
		f.add("type", msg)
	}
	if e.DataSchema != "" {
		if u, err := url.Parse(e.DataSchema); err != nil || u.Scheme == "" {
			f.add("dataschema", "must be an absolute URI")
		}
	}
	if e.DataContentType != "" && !isMediaType(e.DataContentType) {
		f.add("datacontenttype", "must be a media type, such as application/json")
	}
	// RFC 3339 has no other years; one such event must not fail a whole commit.
	var room [64]byte
	if _, err := e.Time.AppendText(room[:0]); err != nil {
		f.add("time", "must be an RFC 3339 timestamp of the years 0 to 9999")
	}
	f = append(f, checkExtensions(e.Extensions)...)
	if len(f) == 0 {
		return nil
	}
	return &sdk.Error{Code: sdk.CodeInvalid, Message: "The event is invalid", Fields: f}
}

// faults gathers what is wrong.
type faults []sdk.FieldError

func (f *faults) add(attribute, message string) {
	*f = append(*f, sdk.FieldError{In: "body", Field: "/" + attribute, Message: message})
}

func (f *faults) text(attribute, value string) {
	if len(value) > maxAttribute || !printable(value) {
		f.add(attribute, tooLong)
	}
}

// tooLong is what every attribute's text must be.
var tooLong = fmt.Sprintf("must be at most %d characters without control characters", maxAttribute)

// isReference tells whether text is a URI reference. That an absolute path of
// letters, digits and unreserved marks is one needs no parser (RFC 3986, section
// 4.2).
func isReference(text string) bool {
	if strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") && consistsOf(text, "-._~/") {
		return true
	}
	_, err := url.Parse(text)
	return err == nil
}

// isMediaType tells whether text is a media type (RFC 9110, section 8.3.1).
func isMediaType(text string) bool {
	if text == "application/json" {
		return true
	}
	t, _, err := mime.ParseMediaType(text)
	return err == nil && strings.Contains(t, "/")
}

// consistsOf tells whether text has only letters and digits of ASCII, and marks.
func consistsOf(text, marks string) bool {
	for i := range len(text) {
		c := text[i]
		letter, digit := c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9'
		if !letter && !digit && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return true
}

func checkType(t string) string {
	switch {
	case t == "":
		return "is required, such as order.created"
	case len(t) > maxType:
		return fmt.Sprintf("must have at most %d characters", maxType)
	case !printable(t) || strings.ContainsAny(t, " ,*"):
		return "must not contain spaces, commas, * or control characters"
	case strings.HasPrefix(t, ".") || strings.HasSuffix(t, ".") || strings.Contains(t, ".."):
		return "must not have empty segments between dots"
	default:
		return ""
	}
}

// contextAttributes are those that the specification itself defines (sections 3.1
// and 3.3), with data.
var contextAttributes = []string{
	"data", "data_base64", "datacontenttype", "dataschema", "id", "source", "specversion", "subject", "time", "type",
}

func checkExtensions(ext map[string]string) (f []sdk.FieldError) {
	if len(ext) == 0 {
		return nil
	}
	if len(ext) > maxExtensions {
		return []sdk.FieldError{{In: "body", Field: "/", Message: fmt.Sprintf("must have at most %d extension attributes", maxExtensions)}}
	}
	for _, name := range slices.Sorted(maps.Keys(ext)) {
		value := ext[name]
		switch {
		case slices.Contains(contextAttributes, name):
			f = append(f, sdk.FieldError{In: "body", Field: "/" + name, Message: "is an attribute of CloudEvents itself and no extension"})
		case name == "" || len(name) > maxExtName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "":
			f = append(f, sdk.FieldError{In: "body", Field: "/" + name, Message: "is no attribute name: lower-case letters and digits, at most 64"})
		case len(value) > maxAttribute || !printable(value):
			f = append(f, sdk.FieldError{In: "body", Field: "/" + name, Message: tooLong})
		}
	}
	return f
}

// printable tells whether text is a String of CloudEvents (CloudEvents 1.0.2,
// section 2.3): it has no control characters and no noncharacters of Unicode.
func printable(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f:
			return false
		case c >= utf8.RuneSelf:
			return utf8.ValidString(s) && strings.IndexFunc(s[i:], disallowed) < 0
		}
	}
	return true
}

func disallowed(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}
