package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// reader turns JSON into clauses, and counts them.
type reader struct{ clauses, expressions int }

// dialects are the supported ones, for errors.
const dialects = "exact, prefix, suffix, all, any, not and expr"

const exampleFilter = `{"exact": {"type": "order.created"}}`

// filters reads the array at the root.
func (r *reader) filters(at *path, raw []byte) ([]clause, error) {
	if raw[0] != '[' {
		return nil, at.refuse("must be an array of filter objects, such as [%s]", exampleFilter)
	}
	return r.items(at, raw, 0)
}

// items reads an array of filter objects.
func (r *reader) items(at *path, raw []byte, depth int) ([]clause, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, at.refuse("cannot be read: %s", err)
	}
	if len(items) > MaxClauses {
		return nil, at.tooMany()
	}
	var out []clause
	for i, item := range items {
		c, err := r.object(at.item(i), item, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (p *path) tooMany() *Error {
	return p.refuse("makes more than %d filter objects and attributes; make the filter smaller", MaxClauses)
}

func (r *reader) count(at *path) error {
	if r.clauses++; r.clauses > MaxClauses {
		return at.tooMany()
	}
	return nil
}

// object reads one filter object.
func (r *reader) object(at *path, raw []byte, depth int) (clause, error) {
	if err := r.count(at); err != nil {
		return nil, err
	}
	members, ok := membersOf(raw)
	switch {
	case !ok:
		return nil, at.refuse("must be a filter object, such as %s", exampleFilter)
	case len(members) == 0:
		return nil, at.refuse("must have one dialect; the dialects are %s", dialects)
	case len(members) > 1:
		return nil, at.refuse("has more than one dialect, %s and %s; write a filter object for each",
			expression.Quote(members[0].name), expression.Quote(members[1].name))
	}
	m := members[0]
	return r.dialect(at.field(m.name), m.name, m.raw, depth)
}

func (r *reader) dialect(at *path, name string, raw []byte, depth int) (clause, error) {
	switch name {
	case dialectExact, dialectPrefix, dialectSuffix:
		return r.attributes(at, name, raw)
	case dialectAll, dialectAny, dialectNot:
		if depth == MaxDepth {
			return nil, at.refuse("stands inside more than %d of all, any and not; make the filter flatter", MaxDepth)
		}
		return r.logic(at, name, raw, depth+1)
	case dialectExpr:
		return r.expr(at, raw)
	case dialectSQL:
		return nil, at.refuse("CloudEvents SQL is not supported; the dialects are %s, and expr has conditions such as \"data.total > 100\"", dialects)
	default:
		return nil, at.refuse("is no dialect; the dialects are %s", dialects)
	}
}

func (r *reader) logic(at *path, name string, raw []byte, depth int) (clause, error) {
	if name == dialectNot {
		if raw[0] != '{' {
			return nil, at.refuse("must be one filter object, such as %s; put several into all or any", exampleFilter)
		}
		inner, err := r.object(at, raw, depth)
		return complement{inner}, err
	}
	if raw[0] != '[' {
		return nil, at.refuse("must be an array of filter objects, such as [%s]", exampleFilter)
	}
	items, err := r.items(at, raw, depth)
	switch {
	case err != nil:
		return nil, err
	case len(items) == 0:
		return nil, at.refuse("must have at least one filter object, such as %s", exampleFilter)
	case name == dialectAll:
		return every(items), nil
	default:
		return some(items), nil
	}
}

func (r *reader) expr(at *path, raw []byte) (clause, error) {
	source, ok := textOf(raw)
	if !ok {
		return nil, at.refuse(`must be an expression in a string, such as "data.total > 100"`)
	}
	if r.expressions++; r.expressions > MaxExpressions {
		return nil, at.refuse("is one expression more than %d; join several by and, or use the other dialects", MaxExpressions)
	}
	program, err := expression.Compile(source)
	if err != nil {
		return nil, at.refuse("%s", err)
	}
	return condition{program}, nil
}

// attributes reads what exact, prefix and suffix take.
func (r *reader) attributes(at *path, dialect string, raw []byte) (clause, error) {
	members, ok := membersOf(raw)
	switch {
	case !ok:
		return nil, at.refuse(`must be an object of attribute names and texts, such as {"type": "order.created"}`)
	case len(members) == 0:
		return nil, at.refuse(`must name at least one attribute, such as {"type": "order.created"}`)
	}
	c := &attributes{dialect: dialect}
	for i, m := range members {
		if err := r.count(at); err != nil {
			return nil, err
		}
		here := at.field(m.name)
		if m.name == "" {
			return nil, at.refuse("an attribute's name must not be empty")
		}
		if slices.ContainsFunc(members[:i], func(o member) bool { return o.name == m.name }) {
			return nil, here.refuse("is given twice; put one of them into a filter object of its own")
		}
		value, err := attributeValue(here, dialect, m)
		if err != nil {
			return nil, err
		}
		c.entries = append(c.entries, entry{m.name, value})
	}
	return c, nil
}

func attributeValue(at *path, dialect string, m member) (string, error) {
	switch {
	case m.name == "data":
		return "", at.refuse(`is not an attribute; filter by data with {"expr": "data.total > 100"}`)
	case !expression.IsAttributeName(m.name):
		return "", at.refuse("is no attribute name; they have lower-case letters and digits alone, at most 64")
	}
	value, ok := textOf(m.raw)
	switch {
	case !ok && strings.ContainsRune(`{["`, rune(m.raw[0])):
		return "", at.refuse("must be a text to compare the attribute with")
	case !ok:
		return "", at.refuse("must be a text to compare the attribute with; put quotes around %s", expression.Quote(string(m.raw)))
	case value == "":
		return "", at.refuse("must not be empty; leave the attribute out to match any")
	case len(value) > MaxValue:
		return "", at.refuse("has %d bytes; attributes have at most %d", len(value), MaxValue)
	}
	if m.name == attributeTime && dialect == dialectExact {
		return value, checkTime(at, value)
	}
	return value, nil
}

// checkTime refuses times that no event's text is.
func checkTime(at *path, value string) error {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return at.refuse("must be an RFC 3339 timestamp in UTC, such as 2026-01-31T12:00:00Z")
	}
	if canonical := t.UTC().Format(time.RFC3339Nano); canonical != value {
		return at.refuse("is never matched, because times are compared as text in UTC; write %s", canonical)
	}
	return nil
}

// member is one member of a JSON object.
type member struct {
	name string
	raw  json.RawMessage
}

var errNoName = errors.New("a member without a name")

// membersOf lists an object's members in order, with those given twice; ok is
// false for other values.
func membersOf(raw []byte) (out []member, ok bool) {
	if raw[0] != '{' {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	for d.More() {
		m, err := readMember(d)
		if err != nil {
			return nil, false
		}
		out = append(out, m)
	}
	return out, true
}

func readMember(d *json.Decoder) (m member, err error) {
	t, err := d.Token()
	if err != nil {
		return m, err
	}
	name, ok := t.(string)
	if !ok {
		return m, errNoName
	}
	m.name = name
	return m, d.Decode(&m.raw)
}

func textOf(raw []byte) (text string, ok bool) {
	if raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return text, true
}
