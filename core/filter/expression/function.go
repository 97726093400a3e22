package expression

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// functionNames are all of them, for errors.
const functionNames = "abs, all, any, ceil, count, date, filter, find, float, floor, int, len, lower, map, none, one, round, string, sum, trim and upper"

// function is one of a value. Errors that [mismatch] cannot say are about the
// value itself.
type function struct {
	takes string
	apply func(m *Machine, v value) (value, error)
}

var (
	errKind     = errors.New("wrong kind")
	errOverflow = errors.New("the result has more than 64 bits")
)

var functions = map[string]function{
	"len":    {"a text, an array or an object", length},
	"lower":  {"a text", remade(strings.ToLower)},
	"upper":  {"a text", remade(strings.ToUpper)},
	"trim":   {"a text", remade(strings.TrimSpace)},
	"int":    {"a number or a text", toInt},
	"float":  {"a number or a text", toFloat},
	"string": {"a text, a number or a boolean", toText},
	"abs":    {"a number", abs},
	"ceil":   {"a number", rounded(math.Ceil)},
	"floor":  {"a number", rounded(math.Floor)},
	"round":  {"a number", rounded(math.Round)},
	"date":   {"a text", date},
}

func unknownFunction(n ast.Node, name string) error {
	return refuse(n, "there is no function %s; the functions are %s", cut(name, maxQuoted), functionNames)
}

func (c *compiler) builtin(n *ast.BuiltinNode) (eval, error) {
	if kind, ok := loops[n.Name]; ok {
		return c.loop(n, kind)
	}
	f, ok := functions[n.Name]
	if !ok {
		return nil, unknownFunction(n, n.Name)
	}
	if len(n.Arguments) != 1 {
		return nil, refuse(n, "%s takes one value, %s", n.Name, f.takes)
	}
	argument, err := c.compile(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	call := func(m *Machine) (value, error) {
		v, err := argument(m)
		if err != nil {
			return value{}, err
		}
		out, err := f.apply(m, v)
		switch {
		case err == nil, errors.Is(err, errBudget):
			return out, err
		case errors.Is(err, errKind):
			return value{}, &mismatch{n, f.takes, v.kind}
		default:
			return value{}, &failure{n, err.Error()}
		}
	}
	if text, ok := n.Arguments[0].(*ast.StringNode); ok && n.Name == "date" {
		v, err := date(&Machine{left: Steps}, textValue(text.Value))
		if err != nil {
			return nil, refuse(n, "%s", err)
		}
		return constant(v), nil
	}
	return call, nil
}

func length(m *Machine, v value) (value, error) {
	switch v.kind {
	case kindText:
		return intValue(int64(utf8.RuneCountInString(v.text))), m.look(len(v.text))
	case kindArray:
		return intValue(int64(len(v.array()))), nil
	case kindObject:
		return intValue(int64(len(v.fields()))), nil
	default:
		return value{}, errKind
	}
}

func remade(f func(string) string) func(*Machine, value) (value, error) {
	return func(m *Machine, v value) (value, error) {
		if v.kind != kindText {
			return value{}, errKind
		}
		if err := m.make(len(v.text)); err != nil {
			return value{}, err
		}
		return textValue(f(v.text)), nil
	}
}

func toInt(m *Machine, v value) (value, error) {
	switch v.kind {
	case kindInt:
		return v, nil
	case kindFloat:
		f := math.Trunc(v.num)
		if !(f >= -1<<63 && f < 1<<63) {
			return value{}, errOverflow
		}
		return intValue(int64(f)), nil
	case kindText:
		if err := m.make(len(v.text)); err != nil {
			return value{}, err
		}
		i, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil {
			return value{}, errors.New(Quote(v.text) + " is no integer of 64 bits")
		}
		return intValue(i), nil
	default:
		return value{}, errKind
	}
}

func toFloat(m *Machine, v value) (value, error) {
	if v.kind.number() {
		return floatValue(v.float()), nil
	}
	if v.kind != kindText {
		return value{}, errKind
	}
	if err := m.make(len(v.text)); err != nil {
		return value{}, err
	}
	f, err := strconv.ParseFloat(v.text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return value{}, errors.New(Quote(v.text) + " is no number")
	}
	return floatValue(f), nil
}

func toText(_ *Machine, v value) (value, error) {
	switch v.kind {
	case kindText:
		return v, nil
	case kindBool, kindInt, kindFloat:
		return textValue(v.show()), nil
	default:
		return value{}, errKind
	}
}

func abs(_ *Machine, v value) (value, error) {
	switch {
	case v.kind == kindFloat:
		return floatValue(math.Abs(v.num)), nil
	case v.kind != kindInt:
		return value{}, errKind
	case v.int == math.MinInt64:
		return value{}, errOverflow
	default:
		return intValue(max(v.int, -v.int)), nil
	}
}

func rounded(f func(float64) float64) func(*Machine, value) (value, error) {
	return func(_ *Machine, v value) (value, error) {
		if !v.kind.number() {
			return value{}, errKind
		}
		return floatValue(f(v.float())), nil
	}
}

// date reads a day or an RFC 3339 timestamp.
func date(_ *Machine, v value) (value, error) {
	if v.kind != kindText {
		return value{}, errKind
	}
	for _, layout := range [...]string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, cut(v.text, maxShown)); err == nil {
			return timeValue(&t), nil
		}
	}
	return value{}, errors.New(Quote(v.text) + ` is no date; write 2026-01-31 or 2026-01-31T12:00:00Z`)
}
