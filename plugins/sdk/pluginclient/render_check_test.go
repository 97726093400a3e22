package pluginclient

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTargetIsNoBetterForBeingTheSubscriptions(t *testing.T) {
	t.Parallel()
	const own = "https://u:p@a.example/hook"
	long := "https://a.example/" + strings.Repeat("x", MaxURL)
	for _, test := range []struct{ subscription, rendered, problem string }{
		{own, own, ""},
		{own, "https://u:p@A.example:443/other?x=1", ""},
		{own, "https://a.example/hook", "user part"},
		{own, "https://u:p@b.example/hook", "another scheme, host or port"},
		{own, "http://u:p@a.example/hook", "another scheme, host or port"},
		{own, long, "more than"},
		{long, long, "more than"},
		{"https://a.example/%zz", "https://a.example/%zz", "cannot be parsed"},
		{"https://a.example/%zz", "https://a.example/", "cannot be parsed"},
		{"mailto:x@a.example", "mailto:x@a.example", "another scheme, host or port"},
		{"/hook", "/hook", "another scheme, host or port"},
		{"", "", "another scheme, host or port"},
	} {
		err := newTarget(test.subscription).check(test.rendered)
		if test.problem == "" {
			require.NoError(t, err, "%+v", test)
			continue
		}
		require.ErrorContains(t, err, test.problem, "%.80s", test.subscription)
	}
}

func TestNamesOfASetInWhateverCase(t *testing.T) {
	t.Parallel()
	for set, names := range map[*map[string]bool][]string{
		&hopByHop:       {"Connection", "TE", "proxy-AUTHORIZATION", "transfer-encoding"},
		&refusedHeaders: {"Upgrade", "Host", "Content-Length", "TraceParent"},
	} {
		for _, name := range names {
			require.True(t, is(*set, name), name)
		}
		for name := range *set {
			require.True(t, is(*set, strings.ToUpper(name)), name)
			require.False(t, is(*set, name+"x"), name)
		}
		require.False(t, is(*set, ""))
		require.False(t, is(*set, strings.Repeat("x", longestName+1)))
	}
}

func TestSampled(t *testing.T) {
	t.Parallel()
	const prefix = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"
	for traceParent, want := range map[string]bool{
		prefix + "01": true, prefix + "03": true, prefix + "0f": true,
		prefix + "00": false, prefix + "02": false, prefix: false, "": false, "00-zz": false,
	} {
		require.Equal(t, want, sampled(traceParent), traceParent)
	}
}
