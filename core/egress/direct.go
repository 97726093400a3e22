package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/switchhook/switchhook/core/egress/http1"
)

// errHTTP2 means that a host agreed upon HTTP/2.
var errHTTP2 = errors.New("the server speaks HTTP/2")

// direct tells whether a request goes over a connection of our own: it is small,
// and for HTTP/1.1.
func (c *Client) direct(x *exchange) bool {
	return len(x.req.Body) <= http1.MaxBody && (x.url.Scheme == "http" || x.lane.http1Hosts.has(x.url.Host))
}

// exchangeDirectly uses a kept connection, or a new one. What a server sends on a
// kept one meanwhile, its end above all, is only seen now: then another is dialed,
// once.
func (c *Client) exchangeDirectly(x *exchange) (Response, error) {
	hr := c.newRequest(x)
	if err := http1.Check(hr); err != nil {
		return Response{}, err
	}
	to := http1.Target{Secure: x.url.Scheme == "https", Host: x.url.Host}
	if conn := x.lane.http1Conns.Take(to); conn != nil {
		out, begun, err := c.over(x, conn, hr)
		if err == nil || begun || x.ended() != nil {
			return out, err
		}
		hr = c.newRequest(x) // the body of the other may have been read
	}
	conn, err := c.connect(x, to)
	if err != nil {
		return Response{}, err
	}
	out, _, err := c.over(x, conn, hr)
	return out, err
}

// connect dials a target, and remembers no longer that it speaks HTTP/1.1 where it
// does not.
func (c *Client) connect(x *exchange, to http1.Target) (*http1.Conn, error) {
	ctx, cancel := context.WithDeadline(x.rec, x.deadline)
	defer cancel()
	conn, err := c.dial(ctx, "tcp", net.JoinHostPort(x.url.Hostname(), effectivePort(x.url)))
	if err != nil || !to.Secure {
		return http1.NewConn(conn, to), err
	}
	secure, err := c.handshake(ctx, x, conn)
	if err == nil && secure.ConnectionState().NegotiatedProtocol == "h2" {
		x.lane.http1Hosts.remove(to.Host)
		err = errHTTP2
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return http1.NewConn(secure, to), nil
}

func (c *Client) handshake(ctx context.Context, x *exchange, conn net.Conn) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	cfg := x.lane.transport.TLSClientConfig.Clone()
	cfg.ServerName = x.url.Hostname()
	cfg.NextProtos = []string{"h2", "http/1.1"}
	secure := tls.Client(conn, cfg)
	x.rec.tlsStart()
	err := secure.HandshakeContext(ctx)
	x.rec.tlsDone(secure.ConnectionState(), err)
	return secure, err
}

// over makes an exchange over a connection, which is kept or closed afterwards.
// begun tells that an answer began.
func (c *Client) over(x *exchange, conn *http1.Conn, hr *http.Request) (out Response, begun bool, err error) {
	x.rec.gotConn(httptrace.GotConnInfo{Conn: conn.Conn, Reused: conn.Reused})
	if err := conn.SetDeadline(x.deadline); err != nil {
		_ = conn.Close()
		return Response{}, false, err
	}
	stop := context.AfterFunc(x.ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	again := false
	defer func() {
		if stop() && again {
			x.lane.http1Conns.Keep(conn)
		} else {
			_ = conn.Close()
		}
		if why := x.ended(); err != nil && why != nil {
			err = fmt.Errorf("%w: %w", why, err)
		}
	}()
	if err := conn.Send(hr); err != nil {
		return Response{}, false, err
	}
	x.rec.wroteRequest(httptrace.WroteRequestInfo{})
	if err := conn.Await(c.cfg.MaxResponseHeader); err != nil {
		return Response{}, false, err
	}
	x.rec.firstByte()
	res, err := conn.Receive(hr) //nolint:bodyclose // its end is that of the connection's use
	if err != nil {
		return Response{}, true, err
	}
	drain := func() { _ = conn.SetReadDeadline(earlier(x.deadline, time.Now().Add(drainTime))) }
	out, whole, err := c.read(x, res, drain)
	again = err == nil && whole && !res.Close
	return out, true, err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
