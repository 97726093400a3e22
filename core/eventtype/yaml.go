package eventtype

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

const (
	// maxDocumentValues bounds a document, with what its aliases repeat.
	maxDocumentValues = 200_000
	maxDocumentDepth  = 128
)

// parseDocument reads a document as JSON, or else as YAML.
func parseDocument(text []byte) (map[string]any, error) {
	if v, err := decode(text); err == nil {
		if m, ok := v.(map[string]any); ok {
			return m, nil
		}
		return nil, malformed("The body must be an OpenAPI document: an object")
	}
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' {
		_, err := decode(text)
		return nil, malformed("The body looks like JSON, but it %s", err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, malformed("The body is neither JSON nor YAML: %s", short(err.Error()))
	}
	r := yamlReader{}
	v, err := r.value(&node, 0)
	if err != nil {
		return nil, malformed("The body cannot be read: %s", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("The body must be an OpenAPI document: an object")
	}
	return m, nil
}

// yamlReader turns YAML into the values of JSON. Dates stay the text that they
// are, and numbers keep their digits.
type yamlReader struct{ count int }

func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if r.count++; r.count > maxDocumentValues || depth > maxDocumentDepth {
		return nil, fmt.Errorf("line %d: more than %d values or %d levels", n.Line, maxDocumentValues, maxDocumentDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return nil, fmt.Errorf("there must be one document")
		}
		return r.value(n.Content[0], depth)
	case yaml.AliasNode:
		return r.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, child := range n.Content {
			var err error
			if out[i], err = r.value(child, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case yaml.MappingNode:
		return r.mapping(n, depth)
	case yaml.ScalarNode:
		return scalar(n)
	default:
		return nil, fmt.Errorf("the body is empty")
	}
}

func (r *yamlReader) mapping(n *yaml.Node, depth int) (any, error) {
	out := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode || name.Tag == "!!merge" {
			return nil, fmt.Errorf("line %d: names must be plain texts, and << is not followed", name.Line)
		}
		if _, twice := out[name.Value]; twice {
			return nil, fmt.Errorf("line %d: %s is given twice", name.Line, short(name.Value))
		}
		v, err := r.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		out[name.Value] = v
	}
	return out, nil
}

// scalar is a value by its tag (YAML 1.2.2, chapter 10).
func scalar(n *yaml.Node) (any, error) {
	bad := fmt.Errorf("line %d: %s is no %s that JSON has", n.Line, short(n.Value), n.Tag)
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		var v bool
		if n.Decode(&v) != nil {
			return nil, bad
		}
		return v, nil
	case "!!int", "!!float":
		if number := json.Number(n.Value); json.Valid([]byte(n.Value)) {
			if !plainNumbers(number) {
				return nil, bad
			}
			return number, nil
		}
		var v float64
		if n.Decode(&v) != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, bad
		}
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64)), nil
	default:
		return n.Value, nil
	}
}
