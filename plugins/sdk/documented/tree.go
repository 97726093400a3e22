package documented

import (
	"bytes"
	"encoding/json"
	"strings"
)

// tree is a JSON value with its members in order and its scalars as written.
type tree struct {
	scalar   string
	names    []string // of an object
	children []tree
	kind     byte // '{', '[' or 0 for a scalar
}

// parseTree reads one JSON value. The text must be valid.
func parseTree(text []byte) (tree, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	return readTree(decoder)
}

func readTree(decoder *json.Decoder) (tree, error) {
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return tree{}, err
	}
	if raw[0] != '{' && raw[0] != '[' {
		return tree{scalar: string(raw)}, nil
	}
	t := tree{kind: raw[0]}
	inner := json.NewDecoder(bytes.NewReader(raw))
	if _, err := inner.Token(); err != nil {
		return tree{}, err
	}
	for inner.More() {
		if t.kind == '{' {
			name, err := inner.Token()
			if err != nil {
				return tree{}, err
			}
			text, _ := name.(string)
			t.names = append(t.names, text)
		}
		child, err := readTree(inner)
		if err != nil {
			return tree{}, err
		}
		t.children = append(t.children, child)
	}
	return t, nil
}

// String is the value as JSON in one line.
func (t tree) String() string {
	if t.kind == 0 {
		return t.scalar
	}
	parts := make([]string, len(t.children))
	for i, child := range t.children {
		if t.kind == '{' {
			name, _ := json.Marshal(t.names[i]) // a string always has a form
			parts[i] = string(name) + ":"
		}
		parts[i] += child.String()
	}
	if t.kind == '{' {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// member returns a member of an object.
func (t tree) member(name string) (tree, bool) {
	for i, n := range t.names {
		if n == name {
			return t.children[i], true
		}
	}
	return tree{}, false
}
