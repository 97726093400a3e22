package expression

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr/ast"
)

// Machine is the working memory of evaluations, to be used again. It serves one
// evaluation at a time; the zero value is ready.
type Machine struct {
	in    Input
	left  int
	slots []value
}

// eval is a compiled node.
type eval func(m *Machine) (value, error)

// Run evaluates the program: the expression's result, or why it has none.
func (p *Program) Run(m *Machine, in Input) (bool, error) {
	result, _, err := p.RunWithin(m, in, Steps)
	return result, err
}

// RunWithin is Run with a smaller budget. It returns how many steps were spent:
// all of the budget where it did not suffice.
func (p *Program) RunWithin(m *Machine, in Input, steps int) (result bool, spent int, err error) {
	steps = min(steps, Steps)
	result, err = p.run(m, in, steps)
	return result, steps - m.left, err
}

func (p *Program) run(m *Machine, in Input, steps int) (bool, error) {
	m.begin(p, in, steps)
	defer m.end()
	v, err := p.body(m)
	if err != nil {
		return false, err
	}
	if v.kind != kindBool {
		return false, resultError{v.kind}
	}
	return v.truth(), nil
}

func (m *Machine) begin(p *Program, in Input, steps int) {
	m.in, m.left = in, steps
	if len(m.slots) < p.slots {
		m.slots = make([]value, p.slots)
	}
}

// end lets go of the event.
func (m *Machine) end() {
	m.in = nil
	clear(m.slots)
}

// spend takes steps from the budget.
func (m *Machine) spend(steps int) error {
	m.left -= steps
	if m.left < 0 {
		m.left = 0
		return errBudget
	}
	return nil
}

// What a step pays for.
const (
	// stepBytes of text are looked at.
	stepBytes = 64
	// stepBuilt bytes of text are made.
	stepBuilt = 16
	// stepSorted is what it costs to put a name in order.
	stepSorted = 8
	// stepPattern is how often an instruction of a pattern meets a byte.
	stepPattern = 4
)

// look pays for looking at so many bytes.
func (m *Machine) look(bytes int) error {
	if bytes < stepBytes {
		return nil
	}
	return m.spend(bytes / stepBytes)
}

// make pays for making a text.
func (m *Machine) make(bytes int) error { return m.spend(1 + bytes/stepBuilt) }

// absence is the error of a path that names what the event has not.
type absence struct{ node ast.Node }

func (e *absence) Error() string { return cut(e.node.String(), maxQuoted) + " is absent" }

func isAbsent(err error) bool {
	if err == nil {
		return false
	}
	var missing *absence
	return errors.As(err, &missing)
}

// mismatch is the error of an operation on values of the wrong kind.
type mismatch struct {
	node ast.Node
	want string
	got  kind
}

func (e *mismatch) Error() string {
	return "type error: " + cut(e.node.String(), maxQuoted) + " needs " + e.want + ", not " + e.got.String()
}

// failure is the error of an operation on values that it has no result for.
type failure struct {
	node ast.Node
	why  string
}

func (e *failure) Error() string { return e.why + ": " + cut(e.node.String(), maxQuoted) }

type resultError struct{ got kind }

func (e resultError) Error() string {
	return "type error: the expression gives " + e.got.String() + ", not true or false"
}

var (
	errBudget = fmt.Errorf("stopped: the evaluation needs more than %d steps", Steps)
	// errChainEnd ends a path at an optional member; its chain turns it into nil.
	errChainEnd = errors.New("the path has ended")
)

// maxQuoted bounds what an error quotes of a source, in bytes.
const maxQuoted = 80
