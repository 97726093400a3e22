package whatsapp

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/plugins/sdk"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://a.example.com", "HTTPS://a.example.com/x"} {
		require.NoError(t, checkURL(url), url)
	}
	for _, url := range []string{"", "https:/", "http://a.example.com", "a.example.com", "ftp://a.example.com"} {
		require.EqualError(t, checkURL(url), "URL must be HTTPS", url)
	}
}

func TestLogExcerptKeepsWholeCharacters(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                              "",
		" ":                             "",
		"oops\n":                        "oops",
		"a\xffb":                        "a\uFFFDb",
		strings.Repeat("a", 300):        strings.Repeat("a", 256),
		strings.Repeat("a", 255) + "é":  strings.Repeat("a", 255),
		strings.Repeat("a", 254) + "éb": strings.Repeat("a", 254) + "é",
		strings.Repeat("a", 254) + "€":  strings.Repeat("a", 254),
	} {
		require.Equal(t, want, excerpt([]byte(body)), "%q", body)
	}
}

func FuzzEventNames(f *testing.F) {
	f.Add("message.received", "message.*")
	f.Add("test.ping", "test.ping")
	f.Fuzz(func(t *testing.T, a, b string) {
		names, err := eventNames([]string{a, b})
		if err != nil {
			require.True(t, sdk.IsCode(err, sdk.CodeInvalid))
			require.False(t, known(a) && known(b))
			return
		}
		require.True(t, known(a) && known(b))
		require.Len(t, names, map[bool]int{true: 1, false: 2}[a == b])
	})
}

func FuzzCheckID(f *testing.F) {
	for _, seed := range []string{"1", "0", "-1", "+1", "01", "1 ", "9223372036854775808", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if checkID(id) == nil {
			require.Regexp(t, `^[1-9][0-9]{0,18}$`, id)
		}
	})
}

// What stringify writes means the same, and escapes nothing that JavaScript's
// JSON.stringify does not.
func FuzzStringify(f *testing.F) {
	for _, seed := range []string{"<&>", "\u2028", `\u2028`, `\\u2029`, "\b\f\n\x01\"\\/", "é\u2029"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		out, err := stringify(text)
		require.NoError(t, err)
		var back string
		require.NoError(t, json.Unmarshal(out, &back))
		require.Equal(t, text, back)
		for _, char := range []string{"<", ">", "&", "\u2028", "\u2029", "/", "\x7f"} {
			require.Equal(t, strings.Count(text, char), strings.Count(string(out), char), "%q", char)
		}
	})
}

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{"+62 812", "1@g.us", "", "+", "ACME"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, number string) {
		if id := jid(&number); id != nil {
			require.Contains(t, *id, "@")
		} else {
			require.NotRegexp(t, `[0-9A-Za-z]`, number)
		}
	})
}
