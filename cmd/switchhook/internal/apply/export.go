package apply

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// order is that of a subscription's first members in an exported file; others
// follow by name.
var order = []string{"name", "provider", "namespace", "url", "events"}

const exportHead = `Subscriptions of an account, for: switchhook apply -f FILE
The gateway does not show secrets: they are left out, or stand as ` + hidden + `,
which keeps the value that the gateway has. To make the subscriptions elsewhere,
state them, for instance as secret: ${VARIABLE}.`

// Export writes subscriptions as a file that declares them.
func Export(w io.Writer, subscriptions []map[string]any) error {
	takes, err := subscriptionSchema()
	if err != nil {
		return err
	}
	items := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range subscriptions {
		item, err := exported(s, func(name string) bool { return takes.Properties[name] != nil })
		if err != nil {
			return err
		}
		items.Content = append(items.Content, item)
	}
	if len(items.Content) == 0 {
		items.Style = yaml.FlowStyle
	}
	doc := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: list, HeadComment: exportHead}, items}}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return err
	}
	return e.Close()
}

// exported is a subscription with the members that can be stated, without those
// that say nothing.
func exported(s map[string]any, takes func(string) bool) (*yaml.Node, error) {
	item := &yaml.Node{Kind: yaml.MappingNode}
	names := slices.Clone(order)
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(order, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		v := s[name]
		if !takes(name) || empty(v) && name != "events" {
			continue
		}
		var key, value yaml.Node
		if err := key.Encode(name); err != nil {
			return nil, err
		}
		if err := value.Encode(escaped(v)); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		if name == "events" {
			value.Style = yaml.FlowStyle
		}
		item.Content = append(item.Content, &key, &value)
	}
	return item, nil
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

// escaped keeps what looks like a reference from being read as one.
func escaped(v any) any {
	switch v := v.(type) {
	case string:
		return references.ReplaceAllString(v, "$$$0")
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = escaped(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = escaped(item)
		}
		return out
	default:
		return v
	}
}
