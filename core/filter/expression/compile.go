package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// compiler turns nodes into functions. Whatever it does not know is refused, so
// that a newer parser brings nothing unseen.
type compiler struct {
	// weight counts the nodes so far.
	weight int
	// slots in use: of variables, and of the elements that loops are at.
	slots, maxSlots int
	variables       []variable
	elements        []int
}

type variable struct {
	name string
	slot int
}

func (c *compiler) slot() int {
	c.slots++
	c.maxSlots = max(c.maxSlots, c.slots)
	return c.slots - 1
}

func constant(v value) eval { return func(*Machine) (value, error) { return v, nil } }

func (c *compiler) compile(n ast.Node) (eval, error) {
	// The parser lets a < b < c, and a ?: b, share a node, so that what is written
	// once may be visited very often: by the checker too, which comes later.
	if c.weight++; c.weight > MaxNodes {
		return nil, tooManyNodes(n)
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return constant(nilValue), nil
	case *ast.BoolNode:
		return constant(boolValue(n.Value)), nil
	case *ast.IntegerNode:
		return constant(intValue(int64(n.Value))), nil
	case *ast.FloatNode:
		return constant(floatValue(n.Value)), nil
	case *ast.StringNode:
		return constant(textValue(n.Value)), nil
	case *ast.ArrayNode:
		return c.array(n)
	case *ast.IdentifierNode:
		return c.identifier(n)
	case *ast.PointerNode:
		return c.element(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.ChainNode:
		return c.chain(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.VariableDeclaratorNode:
		return c.let(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	default:
		return nil, unsupported(n)
	}
}

func tooManyNodes(n ast.Node) error {
	return refuse(n, "has more than %d names, values and operators", MaxNodes)
}

func unsupported(n ast.Node) error {
	switch n := n.(type) {
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			return unknownFunction(n, name.Value)
		}
		return refuse(n, "values have no methods; the functions are %s", functionNames)
	case *ast.SequenceNode:
		return refuse(n, "must be one condition; join several by and")
	case *ast.SliceNode:
		return refuse(n, "slices such as [1:2] are not supported; take one element, such as [0]")
	case *ast.MapNode:
		return refuse(n, "objects in braces are not supported; compare their fields")
	default:
		return refuse(n, "%s is not supported", cut(n.String(), maxQuoted))
	}
}

func (c *compiler) both(a, b ast.Node) (x, y eval, err error) {
	if x, err = c.compile(a); err != nil {
		return nil, nil, err
	}
	y, err = c.compile(b)
	return x, y, err
}

func (c *compiler) array(n *ast.ArrayNode) (eval, error) {
	items := make([]eval, len(n.Nodes))
	fixed := true
	for i, item := range n.Nodes {
		var err error
		if items[i], err = c.compile(item); err != nil {
			return nil, err
		}
		fixed = fixed && isLiteral(item)
	}
	build := func(m *Machine) (value, error) {
		out := make([]any, len(items))
		for i, item := range items {
			v, err := item(m)
			if err != nil {
				return value{}, err
			}
			out[i] = v.any()
		}
		return arrayValue(out), nil
	}
	if !fixed {
		return build, nil
	}
	v, err := build(nil)
	return constant(v), err
}

func isLiteral(n ast.Node) bool {
	switch n.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
		return true
	default:
		return false
	}
}

func (c *compiler) identifier(n *ast.IdentifierNode) (eval, error) {
	i := slices.IndexFunc(c.variables, func(v variable) bool { return v.name == n.Value })
	switch {
	case i >= 0:
		slot := c.variables[i].slot
		return func(m *Machine) (value, error) { return m.slots[slot], nil }, nil
	case n.Value == nameData:
		missing := &absence{n}
		return func(m *Machine) (value, error) {
			data, ok := m.in.Data()
			if !ok {
				return value{}, missing
			}
			return m.load(data)
		}, nil
	case n.Value == nameAttributes:
		return nil, refuse(n, "attributes cannot stand alone; name one, such as attributes.type")
	default:
		return nil, refuse(n, "unknown name %s; the names are attributes and data", cut(n.Value, maxQuoted))
	}
}

// let gives a value a name. The checker has refused names that are taken.
func (c *compiler) let(n *ast.VariableDeclaratorNode) (eval, error) {
	given, err := c.compile(n.Value)
	if err != nil {
		return nil, err
	}
	slot := c.slot()
	c.variables = append(c.variables, variable{n.Name, slot})
	body, err := c.compile(n.Expr)
	c.variables = c.variables[:len(c.variables)-1]
	c.slots--
	return func(m *Machine) (value, error) {
		v, err := given(m)
		if err != nil {
			return value{}, err
		}
		m.slots[slot] = v
		return body(m)
	}, err
}

func (c *compiler) conditional(n *ast.ConditionalNode) (eval, error) {
	condition, err := c.compile(n.Cond)
	if err != nil {
		return nil, err
	}
	yes, no, err := c.both(n.Exp1, n.Exp2)
	return func(m *Machine) (value, error) {
		v, err := condition(m)
		switch {
		case err != nil:
			return value{}, err
		case v.kind != kindBool:
			return value{}, &mismatch{n.Cond, "to be true or false", v.kind}
		case v.truth():
			return yes(m)
		default:
			return no(m)
		}
	}, err
}

// coalesce is a ?? b.
func coalesce(a, b eval) eval {
	return func(m *Machine) (value, error) {
		v, err := a(m)
		if isAbsent(err) || err == nil && v.kind == kindNil {
			return b(m)
		}
		return v, err
	}
}
