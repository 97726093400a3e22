package egress_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
)

func newClient(t require.TestingT, cfg egress.Config) *egress.Client {
	c, err := egress.New(cfg)
	require.NoError(t, err)
	return c
}

func TestCheckURLTakes(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{})
	for _, u := range []string{
		"https://example.com", "http://example.com/", "HTTPS://EXAMPLE.com/a?b=c#d",
		"https://hooks.example.com:8443/path", "https://example.com./", "https://xn--mnchen-3ya.example/",
		"https://8.8.8.8/", "https://[2606:4700::1111]:8443/", "https://under_score.example/",
		"https://receiver:9443/hook", "https://1.example/", "https://0x7f.example/",
		"https://" + strings.Repeat("a", 60) + ".example/" + strings.Repeat("p", 1900),
	} {
		require.NoError(t, c.CheckURL(u), u)
	}
}

func TestCheckURLRefuses(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{})
	tests := map[string]string{
		"":                              "scheme must be http or https",
		"example.com/hook":              "scheme must be http or https",
		"//example.com/hook":            "scheme must be http or https",
		"/hook":                         "scheme must be http or https",
		"ftp://example.com/":            "scheme must be http or https",
		"file:///etc/passwd":            "scheme must be http or https",
		"javascript:alert(1)":           "scheme must be http or https",
		"https:example.com":             "has no host",
		"https:///hook":                 "has no host",
		"https://:443/":                 "has no host",
		"https://user:s3cr3t@a.example": "holds credentials",
		"https://user@a.example/":       "holds credentials",
		"https://a.example:0/":          "port is not valid",
		"https://a.example:65536/":      "port is not valid",
		"https://a.example:x/":          "malformed",
		"https://a b.example/":          "malformed",
		"https://a.example/\x7f":        "malformed",
		"https://a..example/":           "is not a host name",
		"https://.example/":             "is not a host name",
		"https://münchen.example/":      "punycode",
		"https://１２７.0.0.1/":            "punycode",
		"https://a.example\\@b.example": "malformed",
		"https://" + strings.Repeat("a", 64) + ".example/":          "is not a host name",
		"https://" + strings.Repeat("a.", 130) + "example/":         "longer than 253",
		"https://example.com/" + strings.Repeat("p", egress.MaxURL): "use at most 16384",
		"http://localhost/":             "add 127.0.0.0/8 to egress.allow",
		"http://LOCALHOST.:8080/":       "this machine",
		"http://app.localhost/":         "this machine",
		"http://2130706433/":            "is a number",
		"http://0x7f000001/":            "is a number",
		"http://0x7f.1/":                "is a number",
		"http://0X7F.0.0.0X1/":          "is a number",
		"http://127.1/":                 "is a number",
		"http://017700000001/":          "is a number",
		"http://0177.0.0.01/":           "is a number",
		"http://127.0.0.0x1/":           "is a number",
		"http://127.0.0.1./":            "is not public",
		"http://1.2.3.4.5/":             "is a number",
		"http://[::ffff:127.0.0.1]/":    "is not public",
		"http://[::ffff:7f00:1]/":       "is not public",
		"http://[fe80::1%25eth0]/":      "is not public",
		"http://169.254.169.254/latest": "is not public",
	}
	for in, want := range tests {
		err := c.CheckURL(in)
		require.ErrorContains(t, err, want, in)
		require.NotContains(t, err.Error(), "s3cr3t")
	}
}

func TestCheckURLHearsTheOperator(t *testing.T) {
	t.Parallel()
	allow, err := egress.ParseAllow("127.0.0.0/8")
	require.NoError(t, err)
	open := newClient(t, egress.Config{Allow: allow})
	for _, u := range []string{"http://localhost:8080/", "http://a.localhost/", "http://127.0.0.1:9/", "http://[::ffff:127.0.0.1]/"} {
		require.NoError(t, open.CheckURL(u), u)
	}
	require.Error(t, open.CheckURL("http://10.0.0.1/"))
	require.Error(t, open.CheckURL("http://2130706433/"))

	mapped := newClient(t, egress.Config{Resolve: map[string]string{
		"localhost:443": "127.0.0.1:9443", "10.0.0.1:80": "127.0.0.1:9080",
	}})
	require.NoError(t, mapped.CheckURL("https://LocalHost/"))
	require.NoError(t, mapped.CheckURL("http://10.0.0.1/"))
	require.Error(t, mapped.CheckURL("http://localhost/"), "another port")
	require.Error(t, mapped.CheckURL("https://10.0.0.1/"), "another port")
}

func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{
		"https://example.com/hook?a=b", "http://127.1/", "http://[::1%25lo]:80/", "https://a:b@c", "http://0x7f.1",
	} {
		f.Add(s)
	}
	c := newClient(f, egress.Config{})
	f.Fuzz(func(t *testing.T, in string) {
		if c.CheckURL(in) != nil {
			return
		}
		u, err := url.Parse(in)
		require.NoError(t, err)
		require.Nil(t, u.User)
		require.NotEmpty(t, u.Hostname())
		require.LessOrEqual(t, len(in), egress.MaxURL)
		require.NotEqual(t, "localhost", strings.TrimSuffix(strings.ToLower(u.Hostname()), "."))
		_, err = http.NewRequest(http.MethodPost, in, nil)
		require.NoError(t, err)
	})
}
