package egress_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
)

func TestParseAllow(t *testing.T) {
	t.Parallel()
	got, err := egress.ParseAllow(" 127.0.0.0/8 ,10.1.2.3, ::1,fd00::/8,")
	require.NoError(t, err)
	require.Equal(t, []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.2.3/32"),
		netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fd00::/8"),
	}, got)
	got, err = egress.ParseAllow("")
	require.NoError(t, err)
	require.Empty(t, got)

	for in, want := range map[string]string{
		"localhost":              `"localhost" is not a network`,
		"127.0.0.1/8":            "write 127.0.0.0/8",
		"::ffff:10.0.0.0/104":    "write it in IPv4 form",
		"::ffff:10.0.0.1":        "is not a network",
		"10.0.0.0/33":            "is not a network",
		"fe80::1%eth0":           "is not a network",
		"127.0.0.0/8 10.0.0.0/8": "is not a network",
	} {
		_, err := egress.ParseAllow(in)
		require.ErrorContains(t, err, want, in)
	}
}

func TestParseResolve(t *testing.T) {
	t.Parallel()
	got, err := egress.ParseResolve("Hooks.Example.com.:443=127.0.0.1:9443, a.test:80=[::1]:8080,b.test:443=receiver:9443")
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"hooks.example.com:443": "127.0.0.1:9443",
		"a.test:80":             "[::1]:8080",
		"b.test:443":            "receiver:9443",
	}, got)
	got, err = egress.ParseResolve(" ")
	require.NoError(t, err)
	require.Empty(t, got)

	for in, want := range map[string]string{
		"a.test:443":                                "is not a mapping",
		"a.test=127.0.0.1:1":                        `"a.test" is not host:port`,
		"a.test:443=127.0.0.1":                      `"127.0.0.1" is not host:port`,
		"a.test:0=127.0.0.1:1":                      "no valid port",
		"a.test:443=127.0.0.1:65536":                "no valid port",
		"a.test:https=127.0.0.1:1":                  "no valid port",
		":443=127.0.0.1:1":                          "is not host:port",
		"https://a.test:443=127.0.0.1:1":            "is not host:port",
		"a.test:443=127.0.0.1:1,A.test:443=[::1]:1": "mapped twice",
	} {
		_, err := egress.ParseResolve(in)
		require.ErrorContains(t, err, want, in)
	}
}

func FuzzParseAllow(f *testing.F) {
	f.Add("127.0.0.0/8,10.1.2.3")
	f.Add("::1,fd00::/8")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := egress.ParseAllow(in)
		if err != nil {
			require.Empty(t, got)
			return
		}
		for _, p := range got {
			require.True(t, p.IsValid())
			require.Equal(t, p.Masked(), p)
			again, err := egress.ParseAllow(p.String())
			require.NoError(t, err)
			require.Equal(t, []netip.Prefix{p}, again)
		}
	})
}

func FuzzParseResolve(f *testing.F) {
	f.Add("hooks.example.com:443=127.0.0.1:9443,a.test:80=[::1]:8080")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := egress.ParseResolve(in)
		if err != nil {
			require.Empty(t, got)
			return
		}
		_, err = egress.New(egress.Config{Resolve: got})
		require.NoError(t, err, "a parsed mapping is not taken by New")
	})
}
