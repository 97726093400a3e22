package expression_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// Where this evaluation gives a result, expr-lang's own machine gives the same:
// it is the same language, in which more is an error.
func TestAgreesWithExprLang(t *testing.T) {
	t.Parallel()
	results := 0
	rapid.Check(t, func(t *rapid.T) {
		source := condition(3).Draw(t, "source")
		data := map[string]any{
			"n": number.Draw(t, "n"), "f": rapid.Float64Range(-1e6, 1e6).Draw(t, "f"), "s": text.Draw(t, "s"),
			"t": rapid.Bool().Draw(t, "t"), "z": nil, "o": map[string]any{"n": number.Draw(t, "o.n"), "s": "b"},
			"a": anys(rapid.SliceOfN(number, 0, 4).Draw(t, "a")), "l": anys(rapid.SliceOfN(text, 0, 3).Draw(t, "l")),
		}
		raw, err := json.Marshal(data)
		require.NoError(t, err)
		program, err := expression.Compile(source)
		require.NoError(t, err, source)
		got, err := program.Run(&expression.Machine{}, newInput(t, string(raw)))
		if err != nil {
			return
		}
		theirs, err := expr.Compile(source, expr.AsBool())
		require.NoError(t, err, source)
		want, err := expr.Run(theirs, map[string]any{"data": data, "attributes": map[string]any{"type": "order.created", "sequence": "41"}})
		require.NoError(t, err, source)
		require.Equal(t, want, got, "%s over %s", source, raw)
		results++
	})
	require.Positive(t, results)
}

var (
	number = rapid.OneOf(rapid.IntRange(-3, 3), rapid.SampledFrom([]int{math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1}))
	text   = rapid.SampledFrom([]string{"", "a", "b", "ab", "Ä", "12", " x "})
)

func anys[T any](in []T) []any {
	out := []any{}
	for _, v := range in {
		out = append(out, v)
	}
	return out
}

// condition generates expressions that are true or false.
func condition(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 {
			return rapid.SampledFrom([]string{"data.t", "true", `("n" in data)`, `(attributes.type startsWith "order")`}).Draw(t, "leaf")
		}
		n, s, c := numeric(depth-1), textual(depth-1), condition(depth-1)
		draw := func(g *rapid.Generator[string]) string { return g.Draw(t, "part") }
		compare := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="})
		switch rapid.IntRange(0, 12).Draw(t, "form") {
		case 0:
			return fmt.Sprintf("(%s %s %s)", draw(n), compare.Draw(t, "op"), draw(n))
		case 1:
			return fmt.Sprintf("(%s %s %s)", draw(s), compare.Draw(t, "op"), draw(s))
		case 2:
			return fmt.Sprintf("(%s and %s)", draw(c), draw(c))
		case 3:
			return fmt.Sprintf("(%s || %s)", draw(c), draw(c))
		case 4:
			return fmt.Sprintf("!(%s)", draw(c))
		case 5:
			return fmt.Sprintf("(%s %s %s)", draw(s), rapid.SampledFrom([]string{"contains", "startsWith", "endsWith", "not contains"}).Draw(t, "op"), draw(s))
		case 6:
			return fmt.Sprintf("%s(data.a, # %s %s)", rapid.SampledFrom([]string{"any", "all", "none", "one"}).Draw(t, "loop"), compare.Draw(t, "op"), draw(n))
		case 7:
			return fmt.Sprintf("(%s in data.l)", draw(s))
		case 8:
			return fmt.Sprintf("(%s ? %s : %s)", draw(c), draw(c), draw(c))
		case 9:
			return fmt.Sprintf("(%s in [%s, %s])", draw(n), draw(n), draw(n))
		case 10:
			return fmt.Sprintf(`(%s matches "^[ab]+|.2$")`, draw(s))
		case 11:
			return fmt.Sprintf("(filter(data.a, # > %s) == data.a)", draw(n))
		default:
			return fmt.Sprintf("(data.z ?? %s)", draw(c))
		}
	})
}

func numeric(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		leaf := rapid.SampledFrom([]string{
			"data.n", "data.f", "data.o.n", "1", "2.5", "int(attributes.sequence)", "data.a[0]", "data.a[-1]", "len(data.s)", "len(data.l)",
			"count(data.a, # > 0)", "sum(data.a)", "(data.z ?? 7)", "(data?.o.n ?? 1)", "(let v = data.n; v)", "(find(data.a, # > 0) ?? 0)",
		})
		if depth == 0 || rapid.Bool().Draw(t, "leaf?") {
			return leaf.Draw(t, "leaf")
		}
		n := numeric(depth - 1)
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 0:
			return fmt.Sprintf("(%s %s %s)", n.Draw(t, "a"), rapid.SampledFrom([]string{"+", "-", "*", "/"}).Draw(t, "op"), n.Draw(t, "b"))
		case 1:
			return fmt.Sprintf("(int(%s) %% 3)", n.Draw(t, "a"))
		default:
			return fmt.Sprintf("%s(%s)", rapid.SampledFrom([]string{"abs", "ceil", "floor", "round", "float", "-"}).Draw(t, "function"), n.Draw(t, "a"))
		}
	})
}

func textual(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 || rapid.Bool().Draw(t, "leaf?") {
			return rapid.SampledFrom([]string{"data.s", "data.o.s", `"b"`, "attributes.type", "data.l[0]", "string(data.n)", "string(data.t)"}).Draw(t, "leaf")
		}
		s := textual(depth - 1)
		if rapid.Bool().Draw(t, "joined") {
			return fmt.Sprintf("(%s + %s)", s.Draw(t, "a"), s.Draw(t, "b"))
		}
		return fmt.Sprintf("%s(%s)", rapid.SampledFrom([]string{"lower", "upper", "trim"}).Draw(t, "function"), s.Draw(t, "a"))
	})
}

// Whatever the source and the data, compiling and running end without a panic.
func FuzzRun(f *testing.F) {
	f.Add(`data.total > 100`, order)
	f.Add(`any(data.items, any(.lots, # == 2)) ?? attributes?.x matches "a+"`, order)
	f.Add(`let a = data; a?.b["c"][-1].d in [1, "2", nil, 2.5] ? count(a) == 1 : if true {a} else {false}`, `[[{}]]`)
	for _, source := range hostile {
		f.Add(source, `{"n":[1,2],"s":"ab"}`)
	}
	f.Fuzz(func(t *testing.T, source, data string) {
		program, err := expression.Compile(source)
		if err != nil {
			var refused *expression.Error
			require.ErrorAs(t, err, &refused)
			require.NotEqual(t, "cannot be read; write it in another way", err.Error(), "the parser panicked")
			return
		}
		in := &input{attributes: map[string]string{"type": "x"}, noData: true}
		if json.Valid([]byte(data)) {
			in = newInput(t, data)
		}
		var m expression.Machine
		first := result(program.Run(&m, in))
		require.Equal(t, first, result(program.Run(&m, in)))
		require.NotContains(t, first, "the path has ended")
		program.Reads(&m, in)
	})
}
