package egresstest

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frames writes the frames of one HTTP/2 connection.
type frames struct {
	mu     sync.Mutex
	framer *http2.Framer
	block  bytes.Buffer
	hpack  *hpack.Encoder
}

// CAFile writes the authority of every subscriber with TLS to a PEM file.
func CAFile(t testing.TB) string {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, block, 0o600))
	return file
}

// serveHTTP2 serves each request with talk, on its own goroutine.
func serveHTTP2(t testing.TB, talk func(*Peer, uint32), peers chan<- *Peer) string {
	t.Helper()
	done := make(chan struct{})
	srv := httptest.NewUnstartedServer(nil)
	srv.TLS = &tls.Config{NextProtos: []string{http2.NextProtoTLS}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		http2.NextProtoTLS: func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			p := &Peer{Conn: conn, Done: done, Gone: make(chan struct{})}
			p.framer = http2.NewFramer(conn, conn)
			p.hpack = hpack.NewEncoder(&p.block)
			var wg sync.WaitGroup
			defer wg.Wait()
			defer close(p.Gone)
			defer p.hangUp()
			p.serveStreams(&wg, talk, peers)
		},
	}
	srv.StartTLS()
	t.Cleanup(func() { close(done); srv.Close() })
	return srv.URL
}

// serveStreams reads frames until the connection ends.
func (p *Peer) serveStreams(wg *sync.WaitGroup, talk func(*Peer, uint32), peers chan<- *Peer) {
	if _, err := io.ReadFull(p.Conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	p.frame(func(f *http2.Framer) error { return f.WriteSettings() })
	for {
		f, err := p.framer.ReadFrame()
		if err != nil {
			return
		}
		switch f := f.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				p.frame((*http2.Framer).WriteSettingsAck)
			}
		case *http2.HeadersFrame:
			announce(peers, p)
			stream := f.StreamID
			wg.Go(func() { talk(p, stream) })
		}
	}
}

// frame writes frames that belong together and tells whether it could.
func (p *Peer) frame(write func(*http2.Framer) error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return write(p.framer) == nil
}

// flood writes frames until the client goes away.
func (p *Peer) flood(write func(*http2.Framer) error) {
	for p.frame(write) {
	}
}

// encode returns a header block; fields are names and values in turn.
func (p *Peer) encode(fields ...string) []byte {
	p.block.Reset()
	for pair := range slices.Chunk(fields, 2) {
		_ = p.hpack.WriteField(hpack.HeaderField{Name: pair[0], Value: pair[1]})
	}
	return p.block.Bytes()
}

// header writes a complete header.
func (p *Peer) header(stream uint32, fields ...string) bool {
	return p.frame(func(f *http2.Framer) error {
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: p.encode(fields...), EndHeaders: true})
	})
}
