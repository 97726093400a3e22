package egress

import (
	"context"
	"net/netip"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/require"
)

// forbidden are addresses that no subscriber may name, by network.
var forbidden = map[string]string{
	"this network":           "0.0.0.0",
	"this network, other":    "0.1.2.3",
	"private 10":             "10.0.0.1",
	"carrier-grade NAT":      "100.64.0.1",
	"loopback":               "127.0.0.1",
	"loopback, other":        "127.255.255.254",
	"link-local":             "169.254.1.1",
	"cloud metadata":         "169.254.169.254",
	"container metadata":     "169.254.170.2",
	"Alibaba metadata":       "100.100.100.200",
	"Oracle metadata":        "192.0.0.192",
	"private 172.16":         "172.16.0.1",
	"private 172.31":         "172.31.255.255",
	"private 192.168":        "192.168.1.1",
	"test network 1":         "192.0.2.1",
	"6to4 relay":             "192.88.99.1",
	"benchmarking":           "198.18.0.1",
	"test network 2":         "198.51.100.1",
	"test network 3":         "203.0.113.1",
	"multicast":              "224.0.0.1",
	"reserved":               "240.0.0.1",
	"broadcast":              "255.255.255.255",
	"v6 unspecified":         "::",
	"v6 loopback":            "::1",
	"v6 mapped loopback":     "::ffff:127.0.0.1",
	"v6 mapped metadata":     "::ffff:169.254.169.254",
	"v6 mapped, public":      "::ffff:8.8.8.8",
	"v6 compatible loopback": "::127.0.0.1",
	"v6 NAT64":               "64:ff9b::7f00:1",
	"v6 local NAT64":         "64:ff9b:1::a00:1",
	"v6 discard":             "100::1",
	"v6 Teredo":              "2001::7f00:1",
	"v6 documentation":       "2001:db8::1",
	"v6 6to4":                "2002:7f00:1::",
	"v6 documentation, new":  "3fff::1",
	"v6 unique local":        "fd00:ec2::254",
	"v6 link-local":          "fe80::1",
	"v6 link-local, zone":    "fe80::1%eth0",
	"v6 site-local":          "fec0::1",
	"v6 multicast":           "ff02::1",
}

func TestGuardRefuses(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	require.NoError(t, err)
	for name, addr := range forbidden {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := netip.MustParseAddr(addr)
			network, host := "tcp6", "["+addr+"]"
			if a.Is4() {
				network, host = "tcp4", addr
			}
			require.ErrorIs(t, c.guarded.Control(network, host+":443", nil), ssrf.ErrProhibitedIP)
			if addr == "::ffff:8.8.8.8" {
				return // public, once unmapped: only the dialed form is refused
			}
			if a.Zone() == "" {
				require.Error(t, c.CheckURL("https://"+host+"/"))
			}
			if !a.Is4() {
				return // this machine may have no IPv6
			}
			_, err := c.Do(context.Background(), Request{Method: "POST", URL: "http://" + host + ":8443/"})
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, KindForbiddenAddress, e.Kind)
			require.NotContains(t, err.Error(), addr)
		})
	}
}

func TestGuardLetsPublicAddressesPassOnAnyPort(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	require.NoError(t, err)
	for _, addr := range []string{"1.1.1.1:80", "8.8.8.8:443", "203.0.114.7:8443", "172.32.0.1:1"} {
		require.NoError(t, c.guarded.Control("tcp4", addr, nil))
	}
	require.NoError(t, c.guarded.Control("tcp6", "[2606:4700::1111]:9443", nil))
	require.ErrorIs(t, c.guarded.Control("udp4", "1.1.1.1:443", nil), ssrf.ErrProhibitedNetwork)
}

func TestGuardAllowsWhatTheOperatorOpens(t *testing.T) {
	t.Parallel()
	allow, err := ParseAllow("10.1.0.0/16, fd00::/8")
	require.NoError(t, err)
	c, err := New(Config{Allow: allow})
	require.NoError(t, err)
	require.NoError(t, c.guarded.Control("tcp4", "10.1.2.3:443", nil))
	require.NoError(t, c.guarded.Control("tcp6", "[fd12::1]:443", nil))
	require.Error(t, c.guarded.Control("tcp4", "10.2.0.1:443", nil))
	require.Error(t, c.guarded.Control("tcp4", "127.0.0.1:443", nil))
}

func TestProxyVariablesAreIgnored(t *testing.T) {
	t.Parallel()
	c, err := New(Config{})
	require.NoError(t, err)
	require.Nil(t, c.transport.Proxy)
}
