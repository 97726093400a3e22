package egresstest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serveHTTP1 serves each connection with talk once the request's header was read.
// Connections stay open until the test ends, the client leaves or talk closes them.
func serveHTTP1(t testing.TB, talk func(*Peer), peers chan<- *Peer) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p := &Peer{Conn: conn, Done: done, Gone: make(chan struct{})}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				if p.readRequest(&wg) {
					announce(peers, p)
					talk(p)
				}
			})
		}
	})
	t.Cleanup(func() { close(done); _ = l.Close(); wg.Wait() })
	return "http://" + l.Addr().String()
}

// announce tells a test of p, if it listens.
func announce(peers chan<- *Peer, p *Peer) {
	select {
	case peers <- p:
	default:
	}
}

// readRequest reads the request's header and leaves what follows to a goroutine
// that sees the connection's end.
func (p *Peer) readRequest(wg *sync.WaitGroup) bool {
	wg.Go(func() {
		select {
		case <-p.Done:
		case <-p.Gone:
		}
		_ = p.Close()
	})
	r := bufio.NewReader(p.Conn)
	if _, err := http.ReadRequest(r); err != nil {
		close(p.Gone)
		return false
	}
	wg.Go(func() {
		defer close(p.Gone)
		_, _ = io.Copy(io.Discard, r)
	})
	return true
}

// say writes s.
func (p *Peer) say(s string) { _, _ = io.WriteString(p.Conn, s) }

// hang waits until the client leaves.
func (p *Peer) hang() {
	select {
	case <-p.Done:
	case <-p.Gone:
	}
}

// reset closes the connection with a TCP reset.
func (p *Peer) reset() {
	if c, ok := p.Conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	_ = p.Close()
}

// repeat writes chunk until the client goes away.
func (p *Peer) repeat(chunk string) {
	for {
		if _, err := io.WriteString(p.Conn, chunk); err != nil {
			return
		}
	}
}

// dripEvery is often enough for a connection never to be idle for long.
const dripEvery = 5 * time.Millisecond

// drip calls write at an interval until the client leaves or it cannot.
func (p *Peer) drip(write func() bool) {
	tick := time.NewTicker(dripEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.Done:
			return
		case <-p.Gone:
			return
		case <-tick.C:
			if !write() {
				return
			}
		}
	}
}

// dripBytes writes one byte of s at a time, again and again.
func (p *Peer) dripBytes(s string) {
	i := 0
	p.drip(func() bool {
		_, err := p.Write([]byte{s[i%len(s)]})
		i++
		return err == nil
	})
}

// hangUp closes the connection.
func (p *Peer) hangUp() { _ = p.Close() }
