package expression

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// equal compares two values of any kinds. Arrays and objects are equal where
// their elements are.
func (m *Machine) equal(a, b value) (bool, error) {
	if a.kind != b.kind {
		return a.kind.number() && b.kind.number() && a.float() == b.float(), nil
	}
	switch a.kind {
	case kindNil:
		return true, nil
	case kindBool, kindInt:
		return a.int == b.int, nil
	case kindFloat:
		return a.num == b.num, nil
	case kindText:
		if len(a.text) != len(b.text) {
			return false, nil
		}
		return a.text == b.text, m.look(len(a.text))
	case kindTime:
		return a.time().Equal(*b.time()), nil
	case kindArray:
		return m.equalArrays(a.array(), b.array())
	default:
		return m.equalObjects(a.fields(), b.fields())
	}
}

func (m *Machine) equalArrays(a, b []any) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if same, err := m.equalAny(a[i], b[i]); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (m *Machine) equalObjects(a, b map[string]any) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	// In order, so that what is paid does not depend on that of a map.
	if err := m.spend(stepSorted * len(a)); err != nil {
		return false, err
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if err := m.look(len(name)); err != nil {
			return false, err
		}
		y, ok := b[name]
		if !ok {
			return false, nil
		}
		if same, err := m.equalAny(a[name], y); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (m *Machine) equalAny(a, b any) (bool, error) {
	if err := m.spend(1); err != nil {
		return false, err
	}
	x, err := m.load(a)
	if err != nil {
		return false, err
	}
	y, err := m.load(b)
	if err != nil {
		return false, err
	}
	return m.equal(x, y)
}

func isLess(c int) bool    { return c < 0 }
func isMore(c int) bool    { return c > 0 }
func isNotLess(c int) bool { return c >= 0 }
func isNotMore(c int) bool { return c <= 0 }

// order compares two numbers, two texts by their bytes, or two times.
func order(m *Machine, n *ast.BinaryNode, a, b value, holds func(int) bool) (value, error) {
	switch {
	case a.kind == kindInt && b.kind == kindInt:
		return boolValue(holds(cmp.Compare(a.int, b.int))), nil
	case a.kind.number() && b.kind.number():
		return boolValue(holds(cmp.Compare(a.float(), b.float()))), nil
	case a.kind == kindText && b.kind == kindText:
		return boolValue(holds(strings.Compare(a.text, b.text))), m.look(min(len(a.text), len(b.text)))
	case a.kind == kindTime && b.kind == kindTime:
		return boolValue(holds(a.time().Compare(*b.time()))), nil
	case a.kind.number() || a.kind == kindText || a.kind == kindTime:
		return value{}, &mismatch{n, a.kind.String() + " on both sides", b.kind}
	default:
		return value{}, &mismatch{n, "numbers, texts or times", a.kind}
	}
}

// contained is a in b: an element of an array, or the name of a field.
func (m *Machine) contained(n *ast.BinaryNode, a, b value) (bool, error) {
	switch b.kind {
	case kindArray:
		for _, item := range b.array() {
			if err := m.spend(1); err != nil {
				return false, err
			}
			v, err := m.load(item)
			if err != nil {
				return false, err
			}
			if same, err := m.equal(a, v); same || err != nil {
				return same, err
			}
		}
		return false, nil
	case kindObject:
		if a.kind != kindText {
			return false, &mismatch{n, "the name of a field", a.kind}
		}
		_, ok := b.fields()[a.text]
		return ok, m.look(len(a.text))
	default:
		return false, &mismatch{n, "an array or an object to look in", b.kind}
	}
}
