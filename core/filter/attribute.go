package filter

import (
	"fmt"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// The dialects.
const (
	dialectExact  = "exact"
	dialectPrefix = "prefix"
	dialectSuffix = "suffix"
	dialectAll    = "all"
	dialectAny    = "any"
	dialectNot    = "not"
	dialectExpr   = "expr"
	dialectSQL    = "sql"
)

// attributes is exact, prefix or suffix with all of its entries.
type attributes struct {
	dialect string
	entries []entry
}

// entry is an attribute and the text to compare it with.
type entry struct{ name, value string }

func (c *attributes) match(v *View) bool {
	for i := range c.entries {
		if !c.entries[i].match(c.dialect, v) {
			return false
		}
	}
	return true
}

func (e *entry) match(dialect string, v *View) bool {
	if e.name == attributeTime {
		var room [maxTimeText]byte
		return !v.event.Time.IsZero() && holds(dialect, v.appendTime(room[:0]), e.value)
	}
	text, ok := v.text(e.name)
	return ok && holds(dialect, text, e.value)
}

// holds compares without making a string of bytes.
func holds[T string | []byte](dialect string, text T, value string) bool {
	n := len(value)
	switch {
	case len(text) < n:
		return false
	case dialect == dialectPrefix:
		return string(text[:n]) == value
	case dialect == dialectSuffix:
		return string(text[len(text)-n:]) == value
	default:
		return string(text) == value
	}
}

func (c *attributes) explain(v *View, at *path) Clause {
	out := Clause{Path: at.String(), Dialect: c.dialect, Matched: true}
	for i := range c.entries {
		e := &c.entries[i]
		entry := Clause{Path: at.field(e.name).String(), Dialect: c.dialect, Matched: e.match(c.dialect, v)}
		if !entry.Matched {
			entry.Reason = e.reason(c.dialect, v)
		}
		out.Clauses = append(out.Clauses, entry)
	}
	return out.needsAll()
}

// reason tells why an attribute does not match.
func (e *entry) reason(dialect string, v *View) string {
	text, ok := v.text(e.name)
	if e.name == attributeTime && !v.event.Time.IsZero() {
		text, ok = string(v.appendTime(nil)), true
	}
	if !ok {
		return fmt.Sprintf("attribute %s is absent", e.name)
	}
	verb := map[string]string{
		dialectExact: "is not", dialectPrefix: "does not begin with", dialectSuffix: "does not end with",
	}[dialect]
	return fmt.Sprintf("attribute %s is %s, which %s %s", e.name, expression.Quote(text), verb, expression.Quote(e.value))
}
