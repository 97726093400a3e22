package expression

import (
	"math"
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) unary(n *ast.UnaryNode) (eval, error) {
	operand, err := c.compile(n.Node)
	if err != nil {
		return nil, err
	}
	apply := negate
	switch n.Operator {
	case "!", "not":
		apply = not
	case "+":
		apply = plus
	}
	return func(m *Machine) (value, error) {
		v, err := operand(m)
		if err != nil {
			return value{}, err
		}
		return apply(n, v)
	}, nil
}

func not(n *ast.UnaryNode, v value) (value, error) {
	if v.kind != kindBool {
		return value{}, &mismatch{n, "true or false", v.kind}
	}
	return boolValue(!v.truth()), nil
}

func plus(n *ast.UnaryNode, v value) (value, error) {
	if !v.kind.number() {
		return value{}, &mismatch{n, "a number", v.kind}
	}
	return v, nil
}

func negate(n *ast.UnaryNode, v value) (value, error) {
	switch {
	case v.kind == kindFloat:
		return floatValue(-v.num), nil
	case v.kind != kindInt:
		return value{}, &mismatch{n, "a number", v.kind}
	case v.int == math.MinInt64:
		return value{}, overflow(n)
	default:
		return intValue(-v.int), nil
	}
}

func overflow(n ast.Node) error { return &failure{n, "the result has more than 64 bits"} }

// operation is a binary operator on values.
type operation func(m *Machine, n *ast.BinaryNode, a, b value) (value, error)

var operations = map[string]operation{
	"==":         func(m *Machine, _ *ast.BinaryNode, a, b value) (value, error) { return truth(m.equal(a, b)) },
	"!=":         func(m *Machine, _ *ast.BinaryNode, a, b value) (value, error) { return falsehood(m.equal(a, b)) },
	"<":          func(m *Machine, n *ast.BinaryNode, a, b value) (value, error) { return order(m, n, a, b, isLess) },
	"<=":         func(m *Machine, n *ast.BinaryNode, a, b value) (value, error) { return order(m, n, a, b, isNotMore) },
	">":          func(m *Machine, n *ast.BinaryNode, a, b value) (value, error) { return order(m, n, a, b, isMore) },
	">=":         func(m *Machine, n *ast.BinaryNode, a, b value) (value, error) { return order(m, n, a, b, isNotLess) },
	"in":         func(m *Machine, n *ast.BinaryNode, a, b value) (value, error) { return truth(m.contained(n, a, b)) },
	"contains":   textOperation(strings.Contains),
	"startsWith": textOperation(strings.HasPrefix),
	"endsWith":   textOperation(strings.HasSuffix),
	"+":          add,
	"-":          arithmetic(subtractInts, func(x, y float64) float64 { return x - y }),
	"*":          arithmetic(multiplyInts, func(x, y float64) float64 { return x * y }),
	"/":          divide,
	"%":          modulo,
}

func (c *compiler) binary(n *ast.BinaryNode) (eval, error) {
	if n.Operator == "matches" {
		return c.matches(n)
	}
	if id, ok := n.Right.(*ast.IdentifierNode); ok && n.Operator == "in" && id.Value == nameAttributes {
		return c.hasAttribute(n)
	}
	apply, known := operations[n.Operator]
	switch n.Operator {
	case "..":
		return nil, refuse(n, "ranges are not supported; compare with >= and <=")
	case "**", "^":
		return nil, refuse(n, "powers are not supported; multiply")
	}
	a, b, err := c.both(n.Left, n.Right)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case "and", "&&":
		return decide(n, a, b, false), nil
	case "or", "||":
		return decide(n, a, b, true), nil
	case "??":
		return coalesce(a, b), nil
	}
	if !known {
		return nil, unsupported(n)
	}
	return func(m *Machine) (value, error) {
		x, err := a(m)
		if err != nil {
			return value{}, err
		}
		y, err := b(m)
		if err != nil {
			return value{}, err
		}
		return apply(m, n, x, y)
	}, nil
}

// decide is "and" and "or": a left side that equals decisive is the result.
func decide(n *ast.BinaryNode, a, b eval, decisive bool) eval {
	return func(m *Machine) (value, error) {
		for _, side := range [...]eval{a, b} {
			v, err := side(m)
			if err != nil {
				return value{}, err
			}
			if v.kind != kindBool {
				return value{}, &mismatch{n, "true or false on both sides", v.kind}
			}
			if v.truth() == decisive {
				return v, nil
			}
		}
		return boolValue(!decisive), nil
	}
}

func (c *compiler) hasAttribute(n *ast.BinaryNode) (eval, error) {
	name, err := c.compile(n.Left)
	return func(m *Machine) (value, error) {
		v, err := name(m)
		if err != nil {
			return value{}, err
		}
		if v.kind != kindText {
			return value{}, &mismatch{n, "the name of an attribute", v.kind}
		}
		_, ok := m.attribute(v.text)
		return boolValue(ok), nil
	}, err
}

func textOperation(holds func(text, part string) bool) operation {
	return func(m *Machine, n *ast.BinaryNode, a, b value) (value, error) {
		for _, v := range [...]value{a, b} {
			if v.kind != kindText {
				return value{}, &mismatch{n, "texts", v.kind}
			}
		}
		if err := m.look(len(a.text) + len(b.text)); err != nil {
			return value{}, err
		}
		return boolValue(holds(a.text, b.text)), nil
	}
}

func truth(b bool, err error) (value, error)     { return boolValue(b), err }
func falsehood(b bool, err error) (value, error) { return boolValue(!b), err }
