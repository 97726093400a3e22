package egress

// KnowsHTTP1 tells whether a host is known to speak HTTP/1.1 only.
func (c *Client) KnowsHTTP1(host string) bool { return c.http1Hosts.has(host) }

// RememberHTTP1 takes a host for one that speaks HTTP/1.1 only.
func (c *Client) RememberHTTP1(host string) { c.http1Hosts.add(host) }
