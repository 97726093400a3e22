package egress

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// ParseAllow reads networks separated by commas: CIDRs such as 10.0.0.0/8 or
// single addresses. An empty text is no network.
func ParseAllow(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, item := range splitList(text) {
		p, err := parsePrefix(item)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePrefix(item string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(item); err == nil && addr.Zone() == "" && !addr.Is4In6() {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(item)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a network: write a CIDR such as 127.0.0.0/8 or one address", item)
	}
	if p.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is an IPv4 network in IPv6 form: write it in IPv4 form", item)
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("%q has bits beyond its length: write %s", item, p.Masked())
	}
	return p, nil
}

// ParseResolve reads mappings separated by commas, each host:port=host:port, such
// as hooks.example.com:443=127.0.0.1:9443. An empty text is no mapping.
func ParseResolve(text string) (map[string]string, error) {
	items := splitList(text)
	if len(items) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(items))
	for _, item := range items {
		from, to, ok := strings.Cut(item, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not a mapping: write host:port=address:port, "+
				"such as hooks.example.com:443=127.0.0.1:9443", item)
		}
		key, target, err := parseMapping(from, to)
		if err != nil {
			return nil, err
		}
		if _, dup := out[key]; dup {
			return nil, fmt.Errorf("%q is mapped twice: keep one", key)
		}
		out[key] = target
	}
	return out, nil
}

func normalizeResolve(in map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(in))
	for from, to := range in {
		key, target, err := parseMapping(from, to)
		if err != nil {
			return nil, fmt.Errorf("egress.resolve: %w", err)
		}
		out[key] = target
	}
	return out, nil
}

func parseMapping(from, to string) (key, target string, err error) {
	for _, s := range []*string{&from, &to} {
		*s = strings.TrimSpace(*s)
		if err := checkHostPort(*s); err != nil {
			return "", "", err
		}
	}
	return normalizeAddr(from), to, nil
}

func checkHostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.Trim(host, ".") == "" || strings.ContainsAny(host, " \t\r\n/@=,") {
		return fmt.Errorf("%q is not host:port: write a host name or address and a port, such as hooks.example.com:443", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q has no valid port: write a number from 1 to 65535", s)
	}
	return nil
}

// normalizeAddr is the form in which host:port pairs are compared: lower case,
// without the root's dot.
func normalizeAddr(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		port = strconv.FormatUint(n, 10)
	}
	return net.JoinHostPort(normalizeHost(host), port)
}

func normalizeHost(host string) string {
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

func splitList(text string) []string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
