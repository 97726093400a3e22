package event

import (
	"mime"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What is known at a glance is what the parsers would say.
func TestShortcutsAgreeWithTheParsers(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.StringMatching(`/?/?[-a-zA-Z0-9._~/:%?#@! ]{0,20}`), rapid.String(),
		rapid.SampledFrom([]string{
			"application/json", "application/json; a=b", "text", "/", "//", "/a\x7f", "\xff", "é\x00", "\u0085", "\ufdd0", "\U0010ffff", "\ufffd",
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		_, err := url.Parse(s)
		require.Equal(t, err == nil, isReference(s))
		media, _, err := mime.ParseMediaType(s)
		require.Equal(t, err == nil && strings.Contains(media, "/"), isMediaType(s))
		refused := strings.IndexFunc(s, func(r rune) bool {
			return r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe
		}) >= 0
		require.Equal(t, utf8.ValidString(s) && !refused, printable(s))
	})
}
