// Package egresstest has subscribers that do harm, and says what must come of a
// delivery to each. It is for tests of whatever sends to subscribers.
package egresstest

import (
	"net"
	"testing"

	"github.com/switchhook/switchhook/core/egress"
)

// Hostile is a subscriber that does harm.
type Hostile struct {
	Name string
	// Kind of the error that an exchange ends with; "" where the answer, whose
	// status is no success, is taken.
	Kind egress.Kind
	// Text is part of the error's text. Empty for timeouts where the part of the
	// exchange that is under way depends on the moment.
	Text string
	// Status is the answer's, 0 where there is none.
	Status int

	http1 func(p *Peer)
	http2 func(p *Peer, stream uint32)
}

// All returns the subscribers, over HTTP/1.1 and over HTTP/2.
func All() []Hostile {
	out := append(silent(), broken()...)
	return append(append(out, endless()...), overHTTP2()...)
}

// HTTP2 tells whether the subscriber speaks HTTP/2, with TLS.
func (h Hostile) HTTP2() bool { return h.http2 != nil }

// Flood tells whether the subscriber sends more than is allowed, as fast as it can.
func (h Hostile) Flood() bool { return h.Text == tooMuch }

// Server is a [Hostile] that listens.
type Server struct {
	// URL of the subscriber. Its query holds [Secret].
	URL string
	// Peers has one for each connection, in the order in which requests came.
	Peers <-chan *Peer
}

// Secret is in the URL of every [Server]; no error may show it.
const Secret = "s3cr3t"

const path = "/hook?token=" + Secret

// Start starts the subscriber on loopback. It ends with the test.
func (h Hostile) Start(t testing.TB) *Server {
	t.Helper()
	peers := make(chan *Peer, 1024)
	var url string
	if h.HTTP2() {
		url = serveHTTP2(t, h.http2, peers)
	} else {
		url = serveHTTP1(t, h.http1, peers)
	}
	return &Server{URL: url + path, Peers: peers}
}

// Peer is one connection, seen from the subscriber.
type Peer struct {
	net.Conn
	// Done is closed when the subscriber ends.
	Done <-chan struct{}
	// Gone is closed when the gateway has closed the connection.
	Gone chan struct{}
	frames
}
