package expression

import (
	"math"

	"github.com/expr-lang/expr/ast"
)

// arithmetic is an operator on numbers: exact for integers, else on doubles.
func arithmetic(ints func(x, y int64) (int64, bool), floats func(x, y float64) float64) operation {
	return func(_ *Machine, n *ast.BinaryNode, a, b value) (value, error) {
		if err := numbers(n, a, b); err != nil {
			return value{}, err
		}
		if a.kind == kindInt && b.kind == kindInt {
			sum, ok := ints(a.int, b.int)
			if !ok {
				return value{}, overflow(n)
			}
			return intValue(sum), nil
		}
		return floatValue(floats(a.float(), b.float())), nil
	}
}

func numbers(n ast.Node, operands ...value) error {
	for _, v := range operands {
		if !v.kind.number() {
			return &mismatch{n, "numbers", v.kind}
		}
	}
	return nil
}

var addNumbers = arithmetic(addInts, func(x, y float64) float64 { return x + y })

// add is + of numbers, and of texts.
func add(m *Machine, n *ast.BinaryNode, a, b value) (value, error) {
	if a.kind != kindText {
		return addNumbers(m, n, a, b)
	}
	if b.kind != kindText {
		return value{}, &mismatch{n, "texts on both sides", b.kind}
	}
	if err := m.make(len(a.text) + len(b.text)); err != nil {
		return value{}, err
	}
	return textValue(a.text + b.text), nil
}

// divide gives a double, of integers too.
func divide(_ *Machine, n *ast.BinaryNode, a, b value) (value, error) {
	if err := numbers(n, a, b); err != nil {
		return value{}, err
	}
	if b.float() == 0 {
		return value{}, &failure{n, "division by zero"}
	}
	return floatValue(a.float() / b.float()), nil
}

func modulo(_ *Machine, n *ast.BinaryNode, a, b value) (value, error) {
	for _, v := range [...]value{a, b} {
		if v.kind != kindInt {
			return value{}, &mismatch{n, "integers", v.kind}
		}
	}
	switch b.int {
	case 0:
		return value{}, &failure{n, "division by zero"}
	case -1: // the smallest integer has no opposite
		return intValue(0), nil
	default:
		return intValue(a.int % b.int), nil
	}
}

func addInts(x, y int64) (int64, bool) {
	sum := x + y
	return sum, (sum > x) == (y > 0)
}

func subtractInts(x, y int64) (int64, bool) {
	difference := x - y
	return difference, (difference < x) == (y > 0)
}

func multiplyInts(x, y int64) (int64, bool) {
	if x == 0 || y == 0 {
		return 0, true
	}
	product := x * y
	// The smallest integer times -1 is itself again, and its quotient looks right.
	wrapped := product == math.MinInt64 && (x == -1 || y == -1)
	return product, product/y == x && !wrapped
}
