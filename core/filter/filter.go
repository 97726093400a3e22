package filter

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Bounds of a filter.
const (
	// MaxSize is the most bytes of its JSON.
	MaxSize = 32 << 10
	// MaxDepth is how deep all, any and not may stand inside each other.
	MaxDepth = 8
	// MaxClauses is the most filter objects and attributes to compare, in all.
	MaxClauses = 100
	// MaxExpressions is the most expressions, in all.
	MaxExpressions = 8
	// MaxValue is the longest text to compare an attribute with, in bytes. No
	// attribute is longer.
	MaxValue = 1024
)

// Filter is an event filter. It does not change, and any number of goroutines may
// use it. A nil Filter matches every event.
type Filter struct {
	// source is the JSON as it was given, without spaces.
	source  []byte
	clauses []clause
}

// clause is one dialect of the tree.
type clause interface {
	match(v *View) bool
	// explain tells of the clause at a path; it evaluates all of it.
	explain(v *View, at *path) Clause
}

// Parse reads a filter from JSON. A filter that is refused is an [*Error]. Nothing
// and null are the empty filter.
func Parse(source []byte) (*Filter, error) {
	source = bytes.TrimSpace(source)
	switch {
	case len(source) > MaxSize:
		return nil, root.refuse("has %d bytes; at most %d are possible", len(source), MaxSize)
	case len(source) == 0, string(source) == "null":
		source = []byte("[]")
	case !utf8.Valid(source):
		return nil, root.refuse("must be UTF-8")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, source); err != nil {
		return nil, root.refuse("is not valid JSON: %s", err)
	}
	var p reader
	clauses, err := p.filters(root, compact.Bytes())
	if err != nil {
		return nil, err
	}
	return &Filter{source: compact.Bytes(), clauses: clauses}, nil
}

// Empty tells whether the filter matches every event because it says nothing.
func (f *Filter) Empty() bool { return f == nil || len(f.clauses) == 0 }

// Match tells whether the event matches.
func (f *Filter) Match(v *View) bool {
	if f == nil {
		return true
	}
	v.stopped = false
	return matchAll(f.clauses, v) && !v.stopped
}

// MarshalJSON returns the filter as it was given, without spaces.
func (f *Filter) MarshalJSON() ([]byte, error) {
	if f == nil {
		return []byte("[]"), nil
	}
	return bytes.Clone(f.source), nil
}

// String returns the filter's JSON.
func (f *Filter) String() string {
	if f == nil {
		return "[]"
	}
	return string(f.source)
}
