package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilterExplain(t *testing.T) {
	t.Parallel()
	x := newTerminal(t)
	x.run("filter", "explain", "-f", "testdata/filters.json", "--event", "testdata/event.json")
	x.run("filter", "explain", "--filter", `{"prefix":{"type":"order."}}`, "--filter", `[{"expr":"data.total < 100"}]`, "--event", "testdata/event.json")
	event := x.run("event", "publish", "--type", "order.created", "--data", `{"total":500}`)
	x.run("filter", "explain", "--filter", "@testdata/filters.json", "--event-id", event)
	sub := x.run("subscription", "create", "--url", "https://example.com/hooks")
	x.run("filter", "explain", "--subscription", sub, "--event-id", event)
	x.fail("filter", "explain", "--filter", `{"exact":{"type":""}}`, "--event-id", event)
	x.fail("filter", "explain", "--filter", "data.total > 100", "--event-id", event)
	x.fail("filter", "explain", "--filter", "1", "--event-id", event)
	x.fail("filter", "explain", "-f", "testdata/nothing.json", "--event-id", event)
	x.fail("filter", "explain", "--event-id", event)
	x.fail("filter", "explain", "--filter", "[]")
	x.golden("filters")

	for stdin, args := range map[string][]string{
		`[{"expr":"data.total > 100"}]`:                 {"-f", "-", "--event-id", event},
		`{"expr":"data.total > 100"}`:                   {"--filter", "-", "--event-id", event},
		`{"type":"order.created","data":{"total":101}}`: {"--filter", `{"expr":"data.total > 100"}`, "--event", "-"},
	} {
		out, err := x.try(stdin, append([]string{"filter", "explain"}, args...)...)
		require.NoError(t, err)
		require.Contains(t, out, "match\n\nCLAUSE")
		require.NotContains(t, out, "no match")
	}
	_, err := x.try("[]", "filter", "explain", "-f", "-", "--event", "-")
	require.ErrorContains(t, err, "--file and --event cannot both read standard input")
	out, err := x.try("", "filter", "explain", "-f", "testdata/filters.json", "--event", "testdata/event.json", "-o", "json")
	require.NoError(t, err)
	require.Contains(t, out, `"first_failing": "filters[1].expr"`)
}
