package egresstest

import (
	"fmt"
	"strings"

	"golang.org/x/net/http2"

	"github.com/switchhook/switchhook/core/egress"
)

// overHTTP2 are those whose harm is HTTP/2's own.
func overHTTP2() []Hostile {
	out := append(http2Slow(), http2Lost()...)
	return append(append(out, http2Floods()...), http2Bodies()...)
}

func http2Slow() []Hostile {
	slow := func(name, text string, status int, talk func(*Peer, uint32)) Hostile {
		return Hostile{Name: "HTTP/2: " + name, Kind: egress.KindTimeout, Text: text, Status: status, http2: talk}
	}
	return []Hostile{
		slow("never answers", waiting, 0, func(p *Peer, _ uint32) { p.hang() }),
		slow("drips interim answers", reading, 0, func(p *Peer, id uint32) {
			p.drip(func() bool { return p.header(id, ":status", "103") })
		}),
		slow("drips the body", reading, 200, func(p *Peer, id uint32) {
			p.header(id, ":status", "200")
			p.drip(func() bool { return p.data(id, "b") })
		}),
		slow("never ends the body", reading, 200, func(p *Peer, id uint32) { p.header(id, ":status", "200"); p.data(id, "abc") }),
		// The client sends it again, as RFC 9113, section 8.7 allows, at growing intervals.
		slow("refuses every stream", "", 0, func(p *Peer, id uint32) { p.rst(id, http2.ErrCodeRefusedStream) }),
	}
}

func http2Lost() []Hostile {
	lost := func(name string, status int, talk func(*Peer, uint32)) Hostile {
		return Hostile{Name: "HTTP/2: " + name, Kind: egress.KindReset, Text: cutOff, Status: status, http2: talk}
	}
	return []Hostile{
		lost("closes without an answer", 0, func(p *Peer, _ uint32) { p.hangUp() }),
		lost("closes in the body", 200, func(p *Peer, id uint32) { p.header(id, ":status", "200"); p.data(id, "abc"); p.hangUp() }),
		lost("resets every stream", 0, func(p *Peer, id uint32) { p.rst(id, http2.ErrCodeInternal) }),
		lost("resets the stream in the body", 200, func(p *Peer, id uint32) {
			p.header(id, ":status", "200")
			p.data(id, "abc")
			p.rst(id, http2.ErrCodeInternal)
		}),
		lost("goes away without an answer", 0, func(p *Peer, _ uint32) { p.goAway(0, http2.ErrCodeEnhanceYourCalm) }),
		lost("goes away in the body", 200, func(p *Peer, id uint32) {
			p.header(id, ":status", "200")
			p.data(id, "abc")
			p.goAway(id, http2.ErrCodeInternal)
		}),
	}
}

func http2Floods() []Hostile {
	flood := func(name string, kind egress.Kind, text string, talk func(*Peer, uint32)) Hostile {
		return Hostile{Name: "HTTP/2: " + name, Kind: kind, Text: text, http2: talk}
	}
	large := func(f *http2.Framer, p *Peer, id uint32) error {
		fields := []string{":status", "200"}
		for i := range 2000 {
			fields = append(fields, fmt.Sprintf("x-%d", i), "value")
		}
		block := p.encode(fields...)
		if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:1<<14]}); err != nil {
			return err
		}
		return f.WriteContinuation(id, true, block[1<<14:])
	}
	return []Hostile{
		flood("has too many headers", egress.KindTooLargeHeaders, tooLarge, func(p *Peer, id uint32) {
			p.frame(func(f *http2.Framer) error { return large(f, p, id) })
		}),
		flood("never ends the header", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) {
			p.frame(func(f *http2.Framer) error { return endlessHeader(f, p, id) })
		}),
		flood("never ends interim answers", egress.KindTooLargeHeaders, tooLarge, func(p *Peer, id uint32) {
			for p.header(id, ":status", "103", "x-a", strings.Repeat("b", 1<<10)) {
			}
		}),
		flood("has no status", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) { p.header(id, "x-a", Secret) }),
		flood("has a status of letters", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) { p.header(id, ":status", Secret) }),
		flood("has status 0", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) { p.header(id, ":status", "0") }),
		flood("has a status of nine digits", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) { p.header(id, ":status", "200200200") }),
		flood("has a bad header name", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) { p.header(id, ":status", "200", "X "+Secret, "b") }),
		flood("sends data first", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) { p.data(id, Secret) }),
		flood("sends a frame beyond the bound", egress.KindProtocol, notHTTP, func(p *Peer, id uint32) {
			p.frame(func(f *http2.Framer) error { return f.WriteRawFrame(http2.FrameData, 0, id, make([]byte, 1<<22)) })
		}),
		flood("overflows a window", egress.KindProtocol, notHTTP, func(p *Peer, _ uint32) {
			p.flood(func(f *http2.Framer) error { return f.WriteWindowUpdate(0, 1<<31-1) })
		}),
		flood("floods with pings", egress.KindProtocol, tooMuch, func(p *Peer, _ uint32) {
			p.flood(func(f *http2.Framer) error { return f.WritePing(false, [8]byte{}) })
		}),
		flood("floods with settings", egress.KindProtocol, tooMuch, func(p *Peer, _ uint32) {
			p.flood(func(f *http2.Framer) error { return f.WriteSettings() })
		}),
		{Name: "HTTP/2: floods with empty data", Kind: egress.KindProtocol, Text: tooMuch, Status: 200, http2: func(p *Peer, id uint32) {
			p.header(id, ":status", "200")
			p.flood(func(f *http2.Framer) error { return f.WriteData(id, false, nil) })
		}},
		flood("speaks no frames", egress.KindProtocol, notHTTP, func(p *Peer, _ uint32) { p.repeat(ok + Secret) }),
	}
}

// endlessHeader begins a header and continues it without end.
func endlessHeader(f *http2.Framer, p *Peer, id uint32) error {
	if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: p.encode(":status", "200")}); err != nil {
		return err
	}
	for {
		if err := f.WriteContinuation(id, false, p.encode("x-a", "b")); err != nil {
			return err
		}
	}
}

func http2Bodies() []Hostile {
	zeros := make([]byte, 1<<14)
	answers := func(name string, status int, talk func(*Peer, uint32)) Hostile {
		return Hostile{Name: "HTTP/2: " + name, Status: status, http2: talk}
	}
	return []Hostile{
		answers("never ends a body within the window", 500, func(p *Peer, id uint32) {
			p.header(id, ":status", "500")
			p.data(id, strings.Repeat("x", 1<<14))
		}),
		answers("redirects to a private address", 302, func(p *Peer, id uint32) {
			p.header(id, ":status", "302", "location", "http://169.254.169.254/latest/meta-data/", "content-length", "0")
			p.data(id, "")
			p.frame(func(f *http2.Framer) error { return f.WriteData(id, true, nil) })
		}),
		answers("ignores the window", 500, func(p *Peer, id uint32) {
			p.header(id, ":status", "500")
			p.flood(func(f *http2.Framer) error { return f.WriteData(id, false, zeros) })
		}),
	}
}

func (p *Peer) data(stream uint32, s string) bool {
	return p.frame(func(f *http2.Framer) error { return f.WriteData(stream, false, []byte(s)) })
}

func (p *Peer) rst(stream uint32, code http2.ErrCode) {
	p.frame(func(f *http2.Framer) error { return f.WriteRSTStream(stream, code) })
}

// goAway ends the connection after the last stream that was served.
func (p *Peer) goAway(last uint32, code http2.ErrCode) {
	p.frame(func(f *http2.Framer) error { return f.WriteGoAway(last, code, []byte(Secret)) })
	p.hangUp()
}
