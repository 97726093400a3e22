package config

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// String is the effective configuration as YAML, each value with a comment that
// says where it came from. Secrets show as [REDACTED].
func (c Config) String() string {
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	err := enc.Encode(c.node(reflect.ValueOf(c), ""))
	if err := errors.Join(err, enc.Close()); err != nil {
		return "configuration cannot be shown: " + err.Error()
	}
	return buf.String()
}

func (c Config) node(v reflect.Value, prefix string) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for f := range fieldsOf(v.Type()) {
		name := f.Tag.Get("koanf")
		out.Content = append(out.Content, textNode(name), c.valueNode(v.FieldByIndex(f.Index), prefix+name))
	}
	return out
}

func (c Config) valueNode(v reflect.Value, key string) *yaml.Node {
	if v.Kind() == reflect.Struct {
		return c.node(v, key+".")
	}
	if key == "plugins" {
		return c.pluginNodes()
	}
	n := leaf(v)
	if !strings.HasPrefix(key, "plugins.") {
		n.LineComment = c.Source(key)
	}
	return n
}

// Source says where the value of a key such as log.level came from: "default",
// "file", "env SWITCHHOOK_LOG_LEVEL" or "flag --log-level".
func (c Config) Source(key string) string {
	if s, ok := c.sources[key]; ok {
		return s
	}
	return "default"
}

func (c Config) pluginNodes() *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Sorted(maps.Keys(c.Plugins)) {
		key := textNode(name)
		key.LineComment = "file"
		out.Content = append(out.Content, key, c.node(reflect.ValueOf(c.Plugins[name]), "plugins."))
	}
	return out
}

func leaf(v reflect.Value) *yaml.Node {
	n := &yaml.Node{}
	if err := n.Encode(v.Interface()); err != nil {
		return textNode("cannot be shown")
	}
	if n.Kind == yaml.SequenceNode {
		n.Style = yaml.FlowStyle // keeps the comment on the line
	}
	return n
}

func textNode(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }
