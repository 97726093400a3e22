// Package http1 exchanges small requests over kept HTTP/1.1 connections.
//
// The transport of net/http runs two goroutines for each connection, so that it
// can read an answer while it still writes. A webhook's request fits into the
// buffer of a socket: it is written in one piece, and then the goroutine that asks
// reads the answer itself. That takes about half of the processor time. Requests
// are formatted and answers parsed by net/http all the same.
package http1

import (
	"bufio"
	"bytes"
	"errors"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// MaxBody is the largest body of a request in bytes. A server may answer before it
// has read the request, and both sides would wait if that did not fit between them.
const MaxBody = 32 << 10

// mostKept bounds a buffer that is kept for other requests.
const mostKept = 8 << 10

var (
	// ErrHeader means that the answer's header is over the bound.
	ErrHeader = errors.New("the answer's header is over the bound")
	// ErrMethod means that HTTP does not allow the request's method.
	ErrMethod = errors.New("HTTP does not allow the request's method")
	// ErrField means that HTTP does not allow a field of the request's header.
	ErrField = errors.New("HTTP does not allow a field of the request's header")
)

// Target is whom a connection leads to.
type Target struct {
	Secure bool
	// Host as in the URL, with the port if it has one.
	Host string
}

// Conn is a connection to a server. An exchange is Send, Await and Receive, in one
// goroutine, under a deadline set beforehand; then the connection is kept with
// [Pool.Keep] or closed.
type Conn struct {
	net.Conn
	// Reused tells that it had an exchange before.
	Reused bool

	to     Target
	answer *bufio.Reader // while one is read
	left   int64         // bytes that may still be read
	rests  time.Time     // since when it is kept
}

// NewConn returns a connection that was dialed to a target. HTTP/1.1 was agreed
// upon where there was a choice.
func NewConn(c net.Conn, to Target) *Conn { return &Conn{Conn: c, to: to} }

var requests = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Check tells whether a request may be sent, as the transport of net/http does:
// formatting it drops bad fields silently.
func Check(r *http.Request) error {
	if !httpguts.ValidHeaderFieldName(r.Method) {
		return ErrMethod
	}
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return ErrField
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return ErrField
			}
		}
	}
	return nil
}

// Send writes a checked request, whose body is at most [MaxBody] bytes.
func (c *Conn) Send(r *http.Request) error {
	b := requests.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is put there
	b.Reset()
	err := r.Write(b)
	if err == nil {
		_, err = c.Write(b.Bytes())
	}
	if b.Cap() <= mostKept {
		requests.Put(b)
	}
	return err
}

var readers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// Await waits for the first byte of the answer, whose header may have maxHeader
// bytes, about.
func (c *Conn) Await(maxHeader int64) error {
	c.left = maxHeader
	c.answer = readers.Get().(*bufio.Reader) //nolint:forcetypeassert // nothing else is put there
	c.answer.Reset(bounded{c})
	_, err := c.answer.Peek(1)
	return err
}

// Receive reads the answer's header, past those of interim answers. Its body is
// read through the connection.
func (c *Conn) Receive(r *http.Request) (*http.Response, error) {
	for {
		res, err := http.ReadResponse(c.answer, r)
		if err != nil {
			if c.left <= 0 {
				err = ErrHeader // a line was cut
			}
			return nil, err
		}
		if res.StatusCode < 100 || res.StatusCode > 199 || res.StatusCode == http.StatusSwitchingProtocols {
			c.left = math.MaxInt64
			return res, nil
		}
	}
}

// finish ends the exchange, and tells whether the server said nothing beyond it.
func (c *Conn) finish() bool {
	if c.answer == nil {
		return false
	}
	clean := c.answer.Buffered() == 0
	c.answer.Reset(nil)
	readers.Put(c.answer)
	c.answer = nil
	return clean
}

// Close closes the connection. It is for the goroutine of the exchange; others end
// one by a deadline in the past.
func (c *Conn) Close() error {
	c.finish()
	return c.Conn.Close()
}

// bounded reads from a connection what may be read.
type bounded struct{ c *Conn }

func (b bounded) Read(p []byte) (int, error) {
	if b.c.left <= 0 {
		return 0, ErrHeader
	}
	n, err := b.c.Read(p[:min(int64(len(p)), b.c.left)])
	b.c.left -= int64(n)
	return n, err
}
