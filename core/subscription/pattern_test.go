package subscription

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPatternMatch(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ yes, no []string }{
		"*":         {[]string{"a", "a.b", "a.b.c"}, nil},
		"a":         {[]string{"a"}, []string{"b", "a.b", "aa", "A"}},
		"a.b":       {[]string{"a.b"}, []string{"a", "b", "a.c", "a.b.c", "x.a.b"}},
		"a.*":       {[]string{"a.b", "a.b.c"}, []string{"a", "a.", "b.a", "ab.c"}},
		"*.b":       {[]string{"a.b", "x.b"}, []string{"b", "a.c", "a.x.b", "a.b.c", ".b"}},
		"*.*":       {[]string{"a.b", "a.b.c"}, []string{"a"}},
		"a.*.c":     {[]string{"a.b.c"}, []string{"a.c", "a.b.b.c", "a.b", "a.b.c.d", "x.b.c"}},
		"*.b.*":     {[]string{"a.b.c", "a.b.c.d"}, []string{"a.b", "b.b", "a.c.b"}},
		"a.*.*":     {[]string{"a.b.c", "a.b.c.d"}, []string{"a.b", "a"}},
		"*.created": {[]string{"order.created"}, []string{"created", "order.updated", "a.order.created"}},
	}
	for text, test := range tests {
		p, err := ParsePattern(text)
		require.NoError(t, err, text)
		require.Equal(t, text, p.String())
		require.Equal(t, !strings.Contains(text, "*"), p.Exact(), text)
		for _, name := range test.yes {
			require.True(t, p.Match(name), "%s selects %s", text, name)
		}
		for _, name := range test.no {
			require.False(t, p.Match(name), "%s does not select %s", text, name)
		}
	}
}

func TestParsePatternSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "must not be empty",
		".a":                     "empty segments",
		"a.":                     "empty segments",
		"a..b":                   "empty segments",
		"a*":                     `* only as a whole segment, not in "a*"`,
		"a.**":                   "* only as a whole segment",
		"a b":                    "must not contain ' '",
		"a,b":                    "must not contain ','",
		"a\x00":                  `must not contain '\x00'`,
		strings.Repeat("a", 256): "at most 255",
	} {
		_, err := ParsePattern(text)
		require.ErrorContains(t, err, want, "%q", text)
	}
}

func TestPatternCouldMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, entry string
		want           bool
	}{
		{"whatsapp.*", "{platform}.inbound", true},
		{"*.inbound", "{platform}.inbound", true},
		{"a.*.outbound", "{platform}.inbound", false},
		{"*.outbound", "{platform}.inbound", false},
		{"a.*", "a.b", true},
		{"b.*", "a.b", false},
	} {
		p, err := ParsePattern(c.pattern)
		require.NoError(t, err)
		require.Equal(t, c.want, p.couldMatch(c.entry), "%s, %s", c.pattern, c.entry)
	}
}

// byHand is what the documentation of Pattern says, in the plainest way.
func byHand(pattern, name []string) bool {
	switch {
	case len(pattern) == 1 && pattern[0] == "*":
		return len(name) >= 1
	case len(pattern) == 0 || len(name) == 0:
		return len(pattern) == len(name)
	}
	return (pattern[0] == "*" || pattern[0] == name[0]) && byHand(pattern[1:], name[1:])
}

func TestPatternMatchIsByHand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SliceOfN(rapid.SampledFrom([]string{"*", "a", "b"}), 1, 5).Draw(t, "pattern")
		name := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 6).Draw(t, "name")
		p, err := ParsePattern(strings.Join(pattern, "."))
		require.NoError(t, err)
		require.Equal(t, byHand(pattern, name), p.Match(strings.Join(name, ".")))
	})
}

func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"*", "a"}, {"a.*", "a.b"}, {"*.b", ""}, {"a", "a"}, {"a.*.c", "a..c"}, {"\xff", "\xff"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		p, err := ParsePattern(text)
		if err != nil {
			return
		}
		if !strings.Contains(text, "*") {
			require.Equal(t, text == name, p.Match(name))
			require.True(t, p.Match(text))
			return
		}
		if p.Match(name) && text != "*" {
			require.GreaterOrEqual(t, strings.Count(name, "."), strings.Count(text, "."))
		}
		require.True(t, p.Match(strings.ReplaceAll(text, "*", "x")), "a wildcard selects a word")
	})
}
