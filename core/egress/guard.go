package egress

import (
	"net/netip"

	"code.dny.dev/ssrf"
)

// newGuard returns the guard that every dialed address passes. It denies the
// IANA special-purpose registries (RFC 6890) and, of IPv6, all but global
// unicast, which leaves out mapped and NAT64 forms of IPv4. Subscribers may use
// any port.
func newGuard(allow []netip.Prefix) *ssrf.Guardian {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
}

// allowsLoopback tells whether the operator opened this machine to subscribers.
func (c *Client) allowsLoopback() bool {
	return c.guard.SafeAddr(netip.AddrFrom4([4]byte{127, 0, 0, 1})) == nil ||
		c.guard.SafeAddr(netip.IPv6Loopback()) == nil
}
