package vonage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "agent.presencechanged.v1", true},
		{"agent.presencechanged.v1", "agent.presencechanged.v1", true},
		{"agent.presencechanged.v1", "agent.presencechanged.v0", false},
		{"agent.presencechanged", "agent.presencechanged.v0", false},
		{"channel.*", "channel.held.v1", true},
		{"channel.*", "channel", false},
		{"channel.*.v1", "channel.held.v1", true},
		{"channel.*.v1", "channel.held.v0", false},
		{"*.held.*", "channel.held.v0", true},
		{"*.*", "channel.held.v0", true},
		{"*.*.*.*", "channel.held.v0", false},
		{"channel.held.v1.more", "channel.held.v1", false},
	} {
		require.Equal(t, test.want, matches(strings.Split(test.pattern, "."), test.name), "%s on %s", test.pattern, test.name)
	}
}

func FuzzPatternProblem(f *testing.F) {
	for _, seed := range []string{"*", "agent.*", "agent*", "", ".", "channel.*.v1", "agent.presencechanged.v0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if patternProblem(pattern) != "" {
			return
		}
		segments, hit := strings.Split(pattern, "."), false
		for _, e := range eventTypes {
			hit = hit || matches(segments, e.Name)
		}
		require.True(t, hit, "an accepted pattern matches something")
		for _, s := range segments {
			require.True(t, s == "*" || !strings.Contains(s, "*"), "a wildcard is a whole segment")
		}
	})
}
