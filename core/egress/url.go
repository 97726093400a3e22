package egress

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// MaxURL is the longest URL of a request in bytes: a subscriber's, with what its
// provider adds to the query.
const MaxURL = 16 << 10

// CheckURL tells, without asking DNS, whether a subscriber URL may be used: an
// absolute http or https URL without credentials, whose host is a name or a
// public address in its usual form. The error says what is wrong and the remedy;
// it shows the host at most, since queries may hold secrets. Where the name leads
// is checked again at every dial.
func (c *Client) CheckURL(raw string) error {
	u, err := parseURL(raw)
	if err != nil {
		return err
	}
	host := normalizeHost(u.Hostname())
	if _, ok := c.cfg.Resolve[net.JoinHostPort(host, effectivePort(u))]; ok {
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return c.checkAddr(addr)
	}
	if err := checkHostName(host); err != nil {
		return err
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		if !c.allowsLoopback() {
			return fmt.Errorf("the URL's host %s is this machine: use a public host, "+
				"or let the operator add 127.0.0.0/8 to egress.allow", host)
		}
	}
	return nil
}

// parseURL checks all that does not depend on what the operator allows.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > MaxURL {
		return nil, fmt.Errorf("the URL has %d bytes: use at most %d", len(raw), MaxURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("the URL is malformed: write it as https://host/path")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the URL's scheme must be http or https: write it as https://host/path")
	case u.Opaque != "" || u.Hostname() == "":
		return nil, errors.New("the URL has no host: write it as https://host/path")
	case u.User != nil:
		return nil, errors.New("the URL holds credentials: remove them, and put them in a header where one is needed")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errors.New("the URL's port is not valid: use a number from 1 to 65535")
		}
	}
	return u, nil
}

func effectivePort(u *url.URL) string {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return strconv.FormatUint(n, 10)
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

func (c *Client) checkAddr(addr netip.Addr) error {
	if addr.Zone() == "" && c.guard.SafeAddr(addr.Unmap()) == nil {
		return nil
	}
	return fmt.Errorf("the URL's address %s is not public: use a public host, "+
		"or let the operator add its network to egress.allow", addr)
}

// checkHostName takes names of letters, digits, hyphens and underscores only, and
// refuses the numeric forms that resolvers read as IPv4 addresses (decimal, hex,
// octal, short), by the rule of https://url.spec.whatwg.org/#ends-in-a-number-checker.
func checkHostName(host string) error {
	if len(host) > 253 {
		return errors.New("the URL's host is longer than 253 characters: use a valid host name")
	}
	var label string
	for label = range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, hostCharacters) != "" {
			return fmt.Errorf("the URL's host %q is not a host name: use letters, digits, hyphens and dots, "+
				"and punycode (xn--) for other characters", host)
		}
	}
	if isNumber(label) {
		return fmt.Errorf("the URL's host %q is a number: write the address in dotted decimal, such as 203.0.114.7", host)
	}
	return nil
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_"

// isNumber tells whether a resolver may read the last label as part of an IPv4
// address. No top-level domain is one (RFC 3696, section 2).
func isNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(label, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}
