package expression

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// member is a.b, a["b"], a[0] and their optional forms.
func (c *compiler) member(n *ast.MemberNode) (eval, error) {
	if n.Method {
		return nil, refuse(n, "values have no methods; the functions are %s", functionNames)
	}
	if id, ok := n.Node.(*ast.IdentifierNode); ok && id.Value == nameAttributes {
		return c.attribute(n)
	}
	base, property, err := c.both(n.Node, n.Property)
	if err != nil {
		return nil, err
	}
	missing := &absence{n}
	get := func(m *Machine) (value, error) {
		from, err := base(m)
		if err != nil {
			return value{}, err
		}
		key, err := property(m)
		if err != nil {
			return value{}, err
		}
		v, found, err := m.fetch(n, from, key)
		if err == nil && !found {
			err = missing
		}
		return v, err
	}
	return optional(n, get), nil
}

// optional ends the path where an optional member finds nothing.
func optional(n *ast.MemberNode, get eval) eval {
	if !n.Optional {
		return get
	}
	return func(m *Machine) (value, error) {
		v, err := get(m)
		if isAbsent(err) {
			return value{}, errChainEnd
		}
		return v, err
	}
}

// chain is a path with optional members.
func (c *compiler) chain(n *ast.ChainNode) (eval, error) {
	inner, err := c.compile(n.Node)
	return func(m *Machine) (value, error) {
		v, err := inner(m)
		if errors.Is(err, errChainEnd) {
			return nilValue, nil
		}
		return v, err
	}, err
}

// fetch takes a field of an object or an element of an array.
func (m *Machine) fetch(n *ast.MemberNode, from, key value) (_ value, found bool, err error) {
	switch from.kind {
	case kindNil:
		return value{}, false, nil
	case kindObject:
		if key.kind != kindText {
			return value{}, false, &mismatch{n, "the name of a field", key.kind}
		}
		if err := m.look(len(key.text)); err != nil {
			return value{}, false, err
		}
		field, found := from.fields()[key.text]
		v, err := m.load(field)
		return v, found, err
	case kindArray:
		if key.kind != kindInt {
			return value{}, false, &mismatch{n, "the number of an element", key.kind}
		}
		items, i := from.array(), key.int
		if i < 0 {
			i += int64(len(items))
		}
		if i < 0 || i >= int64(len(items)) {
			return value{}, false, nil
		}
		v, err := m.load(items[i])
		return v, true, err
	default:
		return value{}, false, &mismatch{n, "an object or an array", from.kind}
	}
}

// attribute is attributes.type and attributes["type"].
func (c *compiler) attribute(n *ast.MemberNode) (eval, error) {
	if name, ok := n.Property.(*ast.StringNode); ok && !IsAttributeName(name.Value) {
		return nil, refuse(n.Property, "%s is no attribute name; they have lower-case letters and digits alone", Quote(name.Value))
	}
	name, err := c.compile(n.Property)
	if err != nil {
		return nil, err
	}
	missing := &absence{n}
	return optional(n, func(m *Machine) (value, error) {
		key, err := name(m)
		if err != nil {
			return value{}, err
		}
		if key.kind != kindText {
			return value{}, &mismatch{n, "the name of an attribute", key.kind}
		}
		if v, ok := m.attribute(key.text); ok {
			return v, nil
		}
		return value{}, missing
	}), nil
}

func (m *Machine) attribute(name string) (value, bool) {
	if name == attributeTime {
		t := m.in.Time()
		return timeValue(t), t != nil
	}
	if !IsAttributeName(name) {
		return value{}, false
	}
	text, ok := m.in.Attribute(name)
	return textValue(text), ok
}

// maxAttributeName is the longest name of an attribute that events may have.
const maxAttributeName = 64

// IsAttributeName tells whether an event can have an attribute of this name
// (CloudEvents 1.0, section "Attribute Naming Convention").
func IsAttributeName(name string) bool {
	return name != "" && name != nameData && len(name) <= maxAttributeName &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
