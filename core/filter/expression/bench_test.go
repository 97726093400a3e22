package expression_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/filter/expression"
)

func BenchmarkRun(b *testing.B) {
	in := newInput(b, order)
	for name, source := range map[string]string{
		"compare": `attributes.type == "order.created" and data.total > 100`,
		"loop":    `any(data.items, .price > 10 and .sku == "b")`,
		"absent":  `data.missing > 5`,
	} {
		b.Run(name, func(b *testing.B) {
			program, err := expression.Compile(source)
			require.NoError(b, err)
			var m expression.Machine
			b.ReportAllocs()
			for b.Loop() {
				_, _ = program.Run(&m, in)
			}
		})
	}
}
