package expression

import (
	"regexp"
	"regexp/syntax"

	"github.com/expr-lang/expr/ast"
)

// Bounds of a pattern: its length in bytes, and its instructions. Go's patterns
// take time in proportion to instructions and text, and no more.
const (
	maxPattern      = 256
	maxInstructions = 500
)

// matches compares with a pattern that the source states, so that it is compiled
// once and its cost is known.
func (c *compiler) matches(n *ast.BinaryNode) (eval, error) {
	literal, ok := n.Right.(*ast.StringNode)
	if !ok {
		return nil, refuse(n.Right, `the pattern after matches must be a text in quotes, such as "^ord-[0-9]+$"`)
	}
	pattern, instructions, err := compilePattern(literal)
	if err != nil {
		return nil, err
	}
	text, err := c.compile(n.Left)
	return func(m *Machine) (value, error) {
		v, err := text(m)
		if err != nil {
			return value{}, err
		}
		if v.kind != kindText {
			return value{}, &mismatch{n, "a text", v.kind}
		}
		if err := m.spend(1 + (1+len(v.text))*instructions/stepPattern); err != nil {
			return value{}, err
		}
		return boolValue(pattern.MatchString(v.text)), nil
	}, err
}

func compilePattern(n *ast.StringNode) (_ *regexp.Regexp, instructions int, err error) {
	if len(n.Value) > maxPattern {
		return nil, 0, refuse(n, "the pattern has %d bytes; at most %d are possible", len(n.Value), maxPattern)
	}
	parsed, err := syntax.Parse(n.Value, syntax.Perl)
	if err != nil {
		return nil, 0, refuse(n, "%s", cut(err.Error(), maxMessage))
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, 0, refuse(n, "%s", cut(err.Error(), maxMessage))
	}
	if len(prog.Inst) > maxInstructions {
		return nil, 0, refuse(n, "the pattern repeats too much: it has %d instructions; at most %d are possible", len(prog.Inst), maxInstructions)
	}
	pattern, err := regexp.Compile(n.Value)
	if err != nil {
		return nil, 0, refuse(n, "%s", cut(err.Error(), maxMessage))
	}
	return pattern, len(prog.Inst), nil
}
