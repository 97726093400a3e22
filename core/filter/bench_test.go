package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/filter"
)

// attributeFilters use every dialect of attributes, and match.
const attributeFilters = `[
	{"exact": {"type": "order.created", "tenant": "acme"}}, {"prefix": {"source": "/sh", "time": "2026-01-31T"}},
	{"any": [{"suffix": {"type": ".deleted"}}, {"suffix": {"type": ".created"}}]},
	{"not": {"all": [{"exact": {"subject": "x"}}, {"exact": {"specversion": "1.0"}}]}},
	{"exact": {"time": "2026-01-31T12:00:00Z"}}
]`

func TestAttributeDialectsAllocateNothing(t *testing.T) {
	f, view := parse(t, attributeFilters), filter.NewView(newEvent())
	require.True(t, f.Match(view))
	require.Zero(t, testing.AllocsPerRun(100, func() { f.Match(view) }))
}

func BenchmarkMatch(b *testing.B) {
	for name, source := range map[string]string{
		"exact":      `[{"exact":{"type":"order.created"}}]`,
		"attributes": attributeFilters,
		"expr":       `[{"expr":"attributes.type == \"order.created\" and data.total > 100"}]`,
		"any":        `[{"expr":"any(data.items, .price == 5)"}]`,
	} {
		b.Run(name, func(b *testing.B) {
			f, view := parse(b, source), filter.NewView(newEvent())
			b.ReportAllocs()
			for b.Loop() {
				if !f.Match(view) {
					b.Fatal("does not match")
				}
			}
		})
	}
}

// An event on its way through the filters of a hundred subscriptions.
func BenchmarkEvent(b *testing.B) {
	filters := make([]*filter.Filter, 100)
	for i := range filters {
		filters[i] = parse(b, `[{"prefix":{"type":"order."}},{"expr":"data.total > 100"}]`)
	}
	e := newEvent()
	b.ReportAllocs()
	for b.Loop() {
		view := filter.NewView(e)
		for _, f := range filters {
			f.Match(view)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	source := []byte(`[{"prefix":{"type":"order."}},{"expr":"data.total > 100 and any(data.items, .price > 5)"}]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := filter.Parse(source); err != nil {
			b.Fatal(err)
		}
	}
}
