package event

import (
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"
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
	var f []sdk.FieldError
	add := func(field, format string, args ...any) {
		f = append(f, sdk.FieldError{In: "body", Field: "/" + field, Message: fmt.Sprintf(format, args...)})
	}
	for _, a := range []struct{ name, value string }{
		{"id", e.ID},
		{"source", e.Source},
		{"subject", e.Subject},
		{"dataschema", e.DataSchema},
		{"datacontenttype", e.DataContentType},
	} {
		if len(a.value) > maxAttribute || !printable(a.value) {
			add(a.name, "must be at most %d characters without control characters", maxAttribute)
		}
	}
	if e.Source == "" {
		add("source", "is required: a URI reference that names where the event comes from")
	} else if _, err := url.Parse(e.Source); err != nil {
		add("source", "must be a URI reference")
	}
	if msg := checkType(e.Type); msg != "" {
		add("type", "%s", msg)
	}
	if e.DataSchema != "" {
		if u, err := url.Parse(e.DataSchema); err != nil || u.Scheme == "" {
			add("dataschema", "must be an absolute URI")
		}
	}
	if e.DataContentType != "" {
		if t, _, err := mime.ParseMediaType(e.DataContentType); err != nil || !strings.Contains(t, "/") {
			add("datacontenttype", "must be a media type, such as application/json")
		}
	}
	// RFC 3339 has no other years; one such event must not fail a whole commit.
	if _, err := e.Time.MarshalText(); err != nil {
		add("time", "must be an RFC 3339 timestamp of the years 0 to 9999")
	}
	f = append(f, checkExtensions(e.Extensions)...)
	if len(f) == 0 {
		return nil
	}
	return &sdk.Error{Code: sdk.CodeInvalid, Message: "The event is invalid", Fields: f}
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
			f = append(f, sdk.FieldError{In: "body", Field: "/" + name, Message: fmt.Sprintf("must be at most %d characters without control characters", maxAttribute)})
		}
	}
	return f
}

func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}
