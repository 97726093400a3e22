package egress

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// meteredSlack is what a connection may send beside headers and bodies: the TLS
// handshake, and frames of HTTP/2 that no window bounds.
const meteredSlack = 128 << 10

var errFlood = errors.New("the server sends more than any answer takes")

// meteredConn closes its connection when the server sends more than the exchanges
// on it may take. HTTP/2 knows frames that flow control does not hold back, such as
// PING and empty DATA: without a bound a server keeps a processor busy for as long
// as the connection lives, which is past the end of the exchange.
type meteredConn struct {
	net.Conn
	share int64 // of one exchange
	count *connections
	// closed tells that it is not counted any more.
	closed atomic.Bool

	mu        sync.Mutex
	left      int64
	exchanges int64 // under way
}

func (c *Client) metered(conn net.Conn, err error) (net.Conn, error) {
	c.connections.dialed(err)
	if err != nil {
		return nil, err
	}
	share := c.cfg.MaxResponseHeader + c.cfg.MaxBody + drainBytes + h2StreamBuffer + meteredSlack
	return &meteredConn{Conn: conn, share: share, left: share, count: &c.connections}, nil
}

// meterOf finds the meter of a connection of the transport; nil if there is none.
func meterOf(conn net.Conn) *meteredConn {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	m, _ := conn.(*meteredConn)
	return m
}

// Read implements [net.Conn].
func (m *meteredConn) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	if m.spend(n) {
		_ = m.Close()
		return 0, errFlood
	}
	return n, err
}

// Write implements [net.Conn].
func (m *meteredConn) Write(b []byte) (int, error) {
	n, err := m.Conn.Write(b)
	if err != nil && m.spend(0) {
		err = errFlood // what closed the connection
	}
	return n, err
}

// Close implements [net.Conn].
func (m *meteredConn) Close() error {
	if !m.closed.Swap(true) {
		m.count.open.Add(-1)
	}
	return m.Conn.Close()
}

// spend counts n bytes of the server and tells whether it sent too many.
func (m *meteredConn) spend(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left -= int64(n)
	return m.left < 0
}

// begin adds an exchange's share.
func (m *meteredConn) begin() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.exchanges++; m.exchanges == 1 {
		m.count.used.Add(1)
	}
	m.left += m.share
}

// end takes back what was not used, but for one share that stays with the connection.
func (m *meteredConn) end() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.exchanges--; m.exchanges == 0 {
		m.count.used.Add(-1)
	}
	m.left = min(m.left, (m.exchanges+1)*m.share)
}
