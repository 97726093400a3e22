package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// The forms of answers.
const (
	Table = "table"
	JSON  = "json"
	YAML  = "yaml"
)

// Formats are the forms of answers.
var Formats = []string{Table, JSON, YAML}

// AddFormat registers --output.
func AddFormat(flags *pflag.FlagSet) {
	flags.StringP("output", "o", Table, "table, json or yaml")
}

// Format returns what --output says; it is [Table] where there is no such flag.
func Format(flags *pflag.FlagSet) (string, error) {
	flag := flags.Lookup("output")
	if flag == nil {
		return Table, nil
	}
	if format := flag.Value.String(); slices.Contains(Formats, format) {
		return format, nil
	}
	return "", fmt.Errorf("--output: %q must be %s or %s", flag.Value, strings.Join(Formats[:len(Formats)-1], ", "), Formats[len(Formats)-1])
}

// Print writes an answer's JSON as JSON or YAML.
func Print(w io.Writer, format string, body []byte) error {
	if format == YAML {
		return printYAML(w, body)
	}
	return printJSON(w, body)
}

// printJSON writes an answer indented, with its members and numbers as they are.
func printJSON(w io.Writer, body []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(body), "", "  "); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// printYAML writes an answer as YAML, with its members in their order and its
// numbers as they are.
func printYAML(w io.Writer, body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	node, err := yamlNode(d)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(node); err != nil {
		return err
	}
	return e.Close()
}

// yamlNode reads the next JSON value. A member map would lose their order.
func yamlNode(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		return yamlCollection(d, v)
	case string:
		return yamlString(v)
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(v.String(), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: v.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}, nil
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	}
}

// yamlString is quoted where it would be read as something else, by readers of
// YAML 1.1 too.
func yamlString(text string) (*yaml.Node, error) {
	var node yaml.Node
	err := node.Encode(text)
	return &node, err
}

func yamlCollection(d *json.Decoder, open json.Delim) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if open == '{' {
		node.Kind, node.Tag = yaml.MappingNode, "!!map"
	}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			text, ok := name.(string)
			if !ok {
				return nil, errors.New("a member has no name")
			}
			key, err := yamlString(text)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, key)
		}
		value, err := yamlNode(d)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, value)
	}
	if len(node.Content) == 0 {
		node.Style = yaml.FlowStyle
	}
	_, err := d.Token()
	return node, err
}
