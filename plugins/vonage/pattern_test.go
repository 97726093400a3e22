package vonage

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
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

func TestDecodeSecret(t *testing.T) {
	t.Parallel()
	for secret, bytes := range map[string]int{
		"OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu=": 63,
		"AAAA": 3, "AAA=": 2, "AAA": 2, "AA==": 1, "AA====": 1,
	} {
		key, err := decodeSecret(sdk.Secret(secret))
		require.NoError(t, err, secret)
		require.Len(t, key, bytes)
	}
	for _, secret := range []string{"", "=", "A", "AAAA AAAA", "AA\nAA", "_-_-", "AA=A"} {
		_, err := decodeSecret(sdk.Secret(secret))
		require.Error(t, err, "%q", secret)
	}
}

func FuzzDecodeSecret(f *testing.F) {
	f.Add("OFd4WHqXISxMAgoYneiFhgdGrOgYeToYPN3HjIO4xAxDvWd/oIKTW1P4A6GLXN0McDGlLtnTn1KCGCa+W5Gu=")
	f.Add("AA\nAA")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := decodeSecret(sdk.Secret(text))
		if err != nil {
			require.Equal(t, errBadSecret, err, "the error does not repeat the secret")
			return
		}
		require.NotEmpty(t, key)
		again, err := decodeSecret(sdk.Secret(base64.StdEncoding.EncodeToString(key)))
		require.NoError(t, err)
		require.Equal(t, key, again)
	})
}
