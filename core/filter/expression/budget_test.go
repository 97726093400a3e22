package expression_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/filter/expression"
)

// hostile expressions that would run for hours, or take all memory, over an event
// of some hundred kilobytes.
var hostile = map[string]string{
	"nested loops":      `any(data.n, let a = #; any(data.n, let b = #; any(data.n, # == a + b + 0.5)))`,
	"one wide loop":     `all(data.n, # >= 0 and # >= 0 and # >= 0 and # >= 0)`,
	"membership":        `any(data.n, -1 in data.n)`,
	"deep equality":     `all(data.n, data.n == data.m)`,
	"equal objects":     `all(data.n, data.o == data.p)`,
	"doubled text":      `let a = data.s + data.s; let b = a + a; let c = b + b; let d = c + c; let e = d + d; len(e) > 0`,
	"remade text":       `all(data.n, len(upper(data.s)) > 0)`,
	"long equal texts":  `all(data.n, data.s == data.t)`,
	"long texts":        `all(data.n, not (data.s contains "zz"))`,
	"ordered texts":     `all(data.n, data.s <= data.t)`,
	"pattern":           `data.s matches "(a|b|ab)*c"`,
	"patterns":          `all(data.k, not (# matches "(a|b|ab){1,50}c"))`,
	"length of text":    `all(data.n, len(data.s) > 0)`,
	"long field name":   `all(data.n, (data[data.s] ?? 0) == 0)`,
	"name in object":    `all(data.n, data.s not in data.o)`,
	"long number":       `all(data.n, data.digits > 0)`,
	"number from text":  `all(data.n, float(data.zeros) == 0)`,
	"integer from text": `all(data.n, int(data.zeros) == 0)`,
	"maps of maps":      `len(map(data.n, map(data.n, map(data.n, #)))) > 0`,
	"filters":           `count(data.n, len(filter(data.n, true)) > 0) > 0`,
	"sums":              `all(data.n, sum(data.n) > 0)`,
	"finds":             `all(data.n, find(data.n, # < 0) == nil)`,
	"optional in loop":  `all(data.n, (any(data.n, # < 0) ? nil : nil) ?? true)`,
}

func hostileInput(t testing.TB) *input {
	many, keys, object := make([]string, 30_000), make([]string, 10_000), make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for i := range keys {
		keys[i], object[i] = `"`+strings.Repeat("ab", 10)+`"`, fmt.Sprintf(`"k%d":%d`, i, i)
	}
	n, o, s := strings.Join(many, ","), strings.Join(object, ","), strings.Repeat("ab", 100_000)
	return newInput(t, fmt.Sprintf(`{"n":[%s],"m":[%s],"k":[%s],"o":{%s},"p":{%s},"s":"%s","t":"%s","digits":1%s,"zeros":"%s"}`,
		n, n, strings.Join(keys, ","), o, o, s, s, strings.Repeat("0", 300), strings.Repeat("0", 100_000)))
}

func TestHostileExpressionsAreStopped(t *testing.T) {
	in := hostileInput(t) // alone: it measures memory and time
	var m expression.Machine
	for name, source := range hostile {
		program, err := expression.Compile(source)
		require.NoError(t, err, name)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		_, err = program.Run(&m, in)
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		require.EqualError(t, err, "stopped: the evaluation needs more than 50000 steps", name)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "%s: memory", name)
		// Some milliseconds; the rest is room for a busy machine.
		require.Less(t, took, 2*time.Second, "%s: time", name)
		t.Logf("%-20s %8v %8d B", name, took, after.TotalAlloc-before.TotalAlloc)
	}
}

// What is paid for does not depend on the order of a map, nor on the evaluations
// before.
func TestBudgetIsDeterministic(t *testing.T) {
	t.Parallel()
	program, err := expression.Compile(`data.a == data.b`)
	require.NoError(t, err)
	var a, b []string
	for i := range 40 {
		a = append(a, fmt.Sprintf(`"k%d":[%s0]`, i, strings.Repeat("1,", 4000)))
		b = append(b, fmt.Sprintf(`"k%d":[%s%d]`, i, strings.Repeat("1,", 4000), i/39))
	}
	in := newInput(t, fmt.Sprintf(`{"a":{%s},"b":{%s}}`, strings.Join(a, ","), strings.Join(b, ",")))
	var m expression.Machine
	_, first := program.Run(&m, in)
	for range 50 {
		_, err := program.Run(&m, in)
		require.Equal(t, first, err)
	}
}
