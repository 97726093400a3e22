package apply

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

const exportHead = `For: switchhook apply -f FILE
The gateway does not show secrets: they are left out, or stand as ` + hidden + `,
which keeps the value that the gateway has. To make the subscriptions elsewhere,
state them, for instance as secret: ${VARIABLE}.`

// Export writes what was read of an account as a file that declares it.
func (s *State) Export(w io.Writer) error {
	doc := &yaml.Node{Kind: yaml.MappingNode}
	if s.account != nil {
		takes, err := accountEntry()
		if err != nil {
			return err
		}
		value, err := exported(s.account.members, takes, nil, nil)
		if err != nil {
			return err
		}
		add(doc, Settings, value)
	}
	for _, k := range kinds {
		if s.lists[k] == nil {
			continue
		}
		value, err := k.exported(s.lists[k])
		if err != nil {
			return err
		}
		add(doc, k.member, value)
	}
	if len(doc.Content) > 0 {
		doc.Content[0].HeadComment = exportHead
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return err
	}
	return e.Close()
}

func add(m *yaml.Node, name string, value *yaml.Node) {
	m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
}

func (k *kind) exported(list []map[string]any) (*yaml.Node, error) {
	takes, err := k.takes()
	if err != nil {
		return nil, err
	}
	items := &yaml.Node{Kind: yaml.SequenceNode}
	for _, members := range list {
		item, err := exported(members, takes, k.order, k.verbatim)
		if err != nil {
			return nil, err
		}
		items.Content = append(items.Content, item)
	}
	if len(items.Content) == 0 {
		items.Style = yaml.FlowStyle
	}
	return items, nil
}

// exported are the members that can be stated, without those that say nothing.
func exported(members map[string]any, takes *openapi3.Schema, order, verbatim []string) (*yaml.Node, error) {
	item := &yaml.Node{Kind: yaml.MappingNode}
	names := slices.Clone(order)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(order, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		v := members[name]
		switch {
		case takes.Properties[name] == nil, v == nil:
			continue
		case slices.Contains(verbatim, name), name == "events":
		case empty(v):
			continue
		}
		var key, value yaml.Node
		if err := key.Encode(name); err != nil {
			return nil, err
		}
		if err := value.Encode(escaped(writable(v, takes.Properties[name].Value))); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		if name == "events" {
			value.Style = yaml.FlowStyle
		}
		item.Content = append(item.Content, &key, &value)
	}
	return item, nil
}

// writable leaves out members that the API shows and does not take.
func writable(v any, takes *openapi3.Schema) any {
	members, ok := v.(map[string]any)
	if !ok || takes == nil {
		return v
	}
	out := make(map[string]any, len(members))
	for name, member := range members {
		switch p := takes.Properties[name]; {
		case p == nil || p.Value == nil:
			out[name] = member
		case !p.Value.ReadOnly:
			out[name] = writable(member, p.Value)
		}
	}
	return out
}

func empty(v any) bool {
	switch v := v.(type) {
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

// escaped keeps what looks like a reference from being read as one, and writes
// whole numbers as such.
func escaped(v any) any {
	switch v := v.(type) {
	case string:
		return references.ReplaceAllString(v, "$$$0")
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < maxExact {
			return int64(v)
		}
		return v
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
