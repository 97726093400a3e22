package expression

import "github.com/expr-lang/expr/ast"

// loop goes over the elements of an array. visit gets what the body says of
// each, and tells whether to go on; result is what the loop gives in the end.
type loop struct {
	// bare: the loop may be written without a body, which then is the element.
	bare bool
	// condition: the body must be true or false.
	condition bool
	visit     func(m *Machine, n ast.Node, t *tally, item any, v value) (more bool, err error)
	result    func(t *tally) value
}

// tally is what a loop has gathered.
type tally struct {
	count int64
	sum   value
	items []any
	found any
}

var loops = map[string]loop{
	"all":    {condition: true, visit: until(false), result: func(t *tally) value { return boolValue(t.count == 0) }},
	"any":    {condition: true, visit: until(true), result: func(t *tally) value { return boolValue(t.count > 0) }},
	"none":   {condition: true, visit: until(true), result: func(t *tally) value { return boolValue(t.count == 0) }},
	"one":    {condition: true, visit: countTrue, result: func(t *tally) value { return boolValue(t.count == 1) }},
	"count":  {condition: true, bare: true, visit: countTrue, result: func(t *tally) value { return intValue(t.count) }},
	"filter": {condition: true, visit: keep, result: func(t *tally) value { return arrayValue(t.items) }},
	"map":    {visit: change, result: func(t *tally) value { return arrayValue(t.items) }},
	"find":   {condition: true, visit: find},
	"sum":    {bare: true, visit: sum, result: func(t *tally) value { return t.sum }},
}

// until stops at the first element of which the body says stop, and counts it.
func until(stop bool) func(*Machine, ast.Node, *tally, any, value) (bool, error) {
	return func(_ *Machine, _ ast.Node, t *tally, _ any, v value) (bool, error) {
		if v.truth() == stop {
			t.count++
			return false, nil
		}
		return true, nil
	}
}

func countTrue(_ *Machine, _ ast.Node, t *tally, _ any, v value) (bool, error) {
	t.count += v.int
	return true, nil
}

func keep(_ *Machine, _ ast.Node, t *tally, item any, v value) (bool, error) {
	if v.truth() {
		t.items = append(t.items, item)
	}
	return true, nil
}

func change(_ *Machine, _ ast.Node, t *tally, _ any, v value) (bool, error) {
	t.items = append(t.items, v.any())
	return true, nil
}

func find(_ *Machine, _ ast.Node, t *tally, item any, v value) (bool, error) {
	if v.truth() {
		t.found = item
	}
	return !v.truth(), nil
}

func sum(_ *Machine, n ast.Node, t *tally, _ any, v value) (bool, error) {
	if err := numbers(n, v); err != nil {
		return false, err
	}
	if t.sum.kind == kindInt && v.kind == kindInt {
		total, ok := addInts(t.sum.int, v.int)
		if !ok {
			return false, overflow(n)
		}
		t.sum.int = total
		return true, nil
	}
	t.sum = floatValue(t.sum.float() + v.float())
	return true, nil
}

// element is # and the dot before a field: the element that a loop is at.
func (c *compiler) element(n *ast.PointerNode) (eval, error) {
	if n.Name != "" || len(c.elements) == 0 {
		return nil, refuse(n, "#%s is not supported; # is the element that a loop is at", cut(n.Name, maxQuoted))
	}
	slot := c.elements[len(c.elements)-1]
	return func(m *Machine) (value, error) { return m.slots[slot], nil }, nil
}

func (c *compiler) loop(n *ast.BuiltinNode, l loop) (eval, error) {
	if len(n.Arguments) == 0 || len(n.Arguments) == 1 && !l.bare {
		return nil, refuse(n, "%s takes an array and a condition, such as %s(data.items, .price > 5)", n.Name, n.Name)
	}
	over, err := c.compile(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	slot, before := c.slot(), c.weight
	var body eval
	if len(n.Arguments) > 1 {
		predicate, ok := n.Arguments[1].(*ast.PredicateNode)
		if !ok || len(n.Arguments) > 2 {
			return nil, refuse(n, "%s takes an array and a condition", n.Name)
		}
		c.elements = append(c.elements, slot)
		body, err = c.compile(predicate.Node)
		c.elements = c.elements[:len(c.elements)-1]
	} else {
		body = func(m *Machine) (value, error) { return m.slots[slot], nil }
	}
	c.slots--
	r := loopRun{loop: l, node: n, over: over, body: body, slot: slot, cost: 1 + c.weight - before}
	return r.run, err
}

// loopRun is a compiled loop.
type loopRun struct {
	loop
	node *ast.BuiltinNode
	over eval
	body eval
	slot int
	// cost of a pass, in steps.
	cost int
}

func (r *loopRun) run(m *Machine) (value, error) {
	over, err := r.over(m)
	if err != nil {
		return value{}, err
	}
	if over.kind != kindArray {
		return value{}, &mismatch{r.node, "an array", over.kind}
	}
	t := tally{sum: intValue(0)}
	for _, item := range over.array() {
		more, err := r.pass(m, &t, item)
		if err != nil {
			return value{}, err
		}
		if !more {
			break
		}
	}
	if r.result == nil {
		return m.load(t.found)
	}
	return r.result(&t), nil
}

func (r *loopRun) pass(m *Machine, t *tally, item any) (more bool, err error) {
	if err := m.spend(r.cost); err != nil {
		return false, err
	}
	if m.slots[r.slot], err = m.load(item); err != nil {
		return false, err
	}
	v, err := r.body(m)
	if err != nil {
		return false, err
	}
	if r.condition && v.kind != kindBool {
		return false, &mismatch{r.node, "a condition that is true or false", v.kind}
	}
	return r.visit(m, r.node, t, item, v)
}
