package dashboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/google/uuid"
)

// functions are what templates call beside the language's own.
func functions(now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"ago":         func(t any) string { return ago(now(), timeOf(t)) },
		"exact":       func(t any) string { return timeOf(t).UTC().Format("2006-01-02 15:04:05.000 UTC") },
		"rfc":         func(t any) string { return timeOf(t).UTC().Format(time.RFC3339Nano) },
		"short":       short,
		"ms":          milliseconds,
		"json":        pretty,
		"join":        strings.Join,
		"nameIn":      nameIn,
		"dict":        dict,
		"once":        once,
		"number":      number,
		"add":         func(a, b int) int { return a + b },
		"split":       func(list string) []string { return strings.Split(list, ",") },
		"headersHint": headersHint,
		"auth":        authWords,
		"seconds": func(s float64) string {
			return shortDuration(time.Duration(s * float64(time.Second)))
		},
	}
}

// timeOf takes what the API's types have: a time or a pointer to one.
func timeOf(v any) time.Time {
	switch t := v.(type) {
	case time.Time:
		return t
	case *time.Time:
		if t != nil {
			return *t
		}
	}
	return time.Time{}
}

// ago words the distance of a time from now.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case d < 0:
		return "in " + shortDuration(-d)
	case d < time.Second:
		return "just now"
	}
	return shortDuration(d) + " ago"
}

// shortDuration has one unit, or two where the first is small.
func shortDuration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		if m := int(d.Minutes()) % 60; d < 6*time.Hour && m > 0 {
			return fmt.Sprintf("%d h %d min", int(d.Hours()), m)
		}
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// short is the form of an id that tells it from others at a glance: ids begin with
// the time, which those that stand together share.
func short(id any) string {
	const shown = 8
	text := fmt.Sprint(id)
	if p, ok := id.(*uuid.UUID); ok && p != nil {
		text = p.String()
	}
	if _, err := uuid.Parse(text); err != nil {
		return text // a name
	}
	return "…" + text[len(text)-shown:]
}

// milliseconds words a length of time given in milliseconds.
func milliseconds(v any) string {
	var ms float64
	switch n := v.(type) {
	case float64:
		ms = n
	case *float64:
		if n == nil {
			return "–"
		}
		ms = *n
	case float32:
		ms = float64(n)
	}
	switch {
	case ms <= 0:
		return "0 ms"
	case ms < 1:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.2f s", ms/1000)
	}
	return shortDuration(time.Duration(ms * float64(time.Millisecond)))
}

// mostPretty bounds what is indented; more is shown as it is.
const mostPretty = 256 << 10

// pretty indents JSON; other text stays as it is.
func pretty(v any) string {
	var raw []byte
	switch t := v.(type) {
	case json.RawMessage:
		raw = t
	case *json.RawMessage:
		if t != nil {
			raw = *t
		}
	case string:
		raw = []byte(t)
	case *string:
		if t != nil {
			raw = []byte(*t)
		}
	default:
		raw, _ = json.Marshal(v) // of the API's own types, which were read from JSON
	}
	var out bytes.Buffer
	if len(raw) > mostPretty || json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	return out.String()
}

// number groups the digits of a whole number by three.
func number(v any) string {
	text := fmt.Sprint(v)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// dict makes the argument of a part that needs several.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict needs pairs, has %d values", len(pairs))
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		out[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return out, nil
}

// headersHint names the headers that a subscription has.
func headersHint(names []string) string {
	if len(names) == 0 {
		return "."
	}
	return "; leave it empty to keep " + strings.Join(names, ", ") + "."
}

// nameIn looks up the name of what an optional id names.
func nameIn(names map[uuid.UUID]string, id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return names[*id]
}
