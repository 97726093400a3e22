package expression

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// maxReads is how many paths of a source are told of.
const maxReads = 6

// read is a path of the source outside loops, such as data.customer.id.
type read struct {
	text string
	get  eval
	// slots of its own brackets; none in most.
	slots int
}

// Read tells what a path of an expression finds in an event.
type Read struct {
	// Path as written, and Value in words; both bounded.
	Path, Value string
}

// Reads returns what the first paths of the expression find.
func (p *Program) Reads(m *Machine, in Input) []Read {
	var out []Read
	for _, r := range p.reads {
		m.begin(&Program{slots: r.slots}, in, Steps)
		v, err := r.get(m)
		m.end()
		switch {
		case isAbsent(err):
			out = append(out, Read{r.text, "absent"})
		case err == nil:
			out = append(out, Read{r.text, v.show()})
		}
	}
	return out
}

func gatherReads(n ast.Node) []read {
	g := gatherer{}
	g.node(n)
	return g.reads
}

type gatherer struct{ reads []read }

// node looks for paths. Bodies of loops and let are left out: what they read has
// no one value, or not this name.
func (g *gatherer) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.MemberNode, *ast.ChainNode, *ast.IdentifierNode:
		g.path(n)
	case *ast.UnaryNode:
		g.node(n.Node)
	case *ast.BinaryNode:
		g.node(n.Left)
		g.node(n.Right)
	case *ast.ConditionalNode:
		g.node(n.Cond)
		g.node(n.Exp1)
		g.node(n.Exp2)
	case *ast.BuiltinNode:
		if len(n.Arguments) > 0 {
			g.node(n.Arguments[0])
		}
	case *ast.VariableDeclaratorNode:
		g.node(n.Value)
		g.node(n.Expr)
	}
}

func (g *gatherer) path(n ast.Node) {
	text := cut(n.String(), maxQuoted)
	if len(g.reads) == maxReads || slices.ContainsFunc(g.reads, func(r read) bool { return r.text == text }) {
		return
	}
	c := compiler{}
	if get, err := c.compile(n); err == nil { // a variable is not known here
		g.reads = append(g.reads, read{text, get, c.maxSlots})
	}
}
