package egresstest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"

	"github.com/switchhook/switchhook/core/egress"
)

const (
	ok       = "HTTP/1.1 200 OK\r\n"
	failed   = "HTTP/1.1 500 Internal Server Error\r\n"
	chunked  = "Transfer-Encoding: chunked\r\n\r\n"
	reading  = "reading the answer"
	waiting  = "waiting for the answer"
	cutOff   = "the connection was closed before the answer was complete"
	notHTTP  = "the answer is not valid HTTP"
	tooLarge = "the answer's header is too large"
	tooMuch  = "the server sends more than any answer takes"
)

// silent are those that keep a delivery waiting.
func silent() []Hostile {
	return []Hostile{
		slow("never answers", waiting, 0, (*Peer).hang),
		slow("drips the status line", reading, 0, func(p *Peer) { p.dripBytes("H") }),
		slow("drips the header", reading, 0, func(p *Peer) { p.say(ok + "X-A: "); p.dripBytes("a") }),
		slow("drips interim answers", reading, 0, func(p *Peer) { p.dripBytes("HTTP/1.1 102 Processing\r\n\r\n") }),
		slow("drips the body", reading, 200, func(p *Peer) { p.say(ok + "Content-Length: 4000\r\n\r\nb"); p.dripBytes("b") }),
		slow("drips chunks", reading, 200, func(p *Peer) { p.say(ok + chunked); p.dripBytes("1\r\nb\r\n") }),
		slow("never ends the body", reading, 200, func(p *Peer) { p.say(ok + "Content-Length: 10\r\n\r\nabc"); p.hang() }),
		slow("never ends the trailer", reading, 200, func(p *Peer) { p.say(ok + chunked + "0\r\nX: "); p.hang() }),
	}
}

func slow(name, text string, status int, talk func(*Peer)) Hostile {
	return Hostile{Name: name, Kind: egress.KindTimeout, Text: text, Status: status, http1: talk}
}

// broken are those whose answer is none.
func broken() []Hostile {
	return []Hostile{
		lost("closes without an answer", 0, "", (*Peer).hangUp),
		lost("resets without an answer", 0, "", (*Peer).reset),
		lost("closes in the header", 0, ok+"X-A: b", (*Peer).hangUp),
		lost("resets in the header", 0, ok+"X-A: b", (*Peer).reset),
		lost("closes in the body", 200, ok+"Content-Length: 10\r\n\r\nabc", (*Peer).hangUp),
		lost("resets in the body", 200, ok+"Content-Length: 10\r\n\r\nabc", (*Peer).reset),
		lost("closes in a chunk", 200, ok+chunked+"a\r\nabc", (*Peer).hangUp),
		{Name: "closes in the status line", Kind: egress.KindProtocol, Text: notHTTP, http1: func(p *Peer) { p.say("HTTP/1.1 2"); p.hangUp() }},
		invalid("speaks another protocol", 0, "SSH-2.0-"+Secret+"\r\n\r\n"),
		invalid("has no status", 0, "HTTP/1.1 "+Secret+"\r\n\r\n"),
		invalid("has status 000", 0, "HTTP/1.1 000 "+Secret+"\r\nContent-Length: 0\r\n\r\n"),
		invalid("has a header line without colon", 0, ok+Secret+"\r\n\r\n"),
		invalid("has a negative length", 0, ok+"Content-Length: -1\r\n\r\n"),
		invalid("has two lengths", 0, ok+"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
		invalid("has an unknown coding", 0, ok+"Transfer-Encoding: "+Secret+"\r\n\r\n"),
		invalid("has a bad chunk length", 200, ok+chunked+"zz"+Secret+"\r\n"),
		invalid("has a chunk length beyond numbers", 200, ok+chunked+"fffffffffffffffffff\r\n"),
		invalid("has a bad end of a chunk", 200, ok+chunked+"1\r\naXX"+Secret),
		invalid("switches protocols unasked", 101, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+Secret+"\r\n\r\n"),
	}
}

func lost(name string, status int, text string, end func(*Peer)) Hostile {
	return Hostile{Name: name, Kind: egress.KindReset, Text: cutOff, Status: status, http1: func(p *Peer) { p.say(text); end(p) }}
}

func invalid(name string, status int, text string) Hostile {
	return Hostile{Name: name, Kind: egress.KindProtocol, Text: notHTTP, Status: status, http1: func(p *Peer) { p.say(text); p.hang() }}
}

// endless are those that answer more than anybody wants.
func endless() []Hostile {
	lines := func(p *Peer) {
		for i := range 10_000 {
			p.say(fmt.Sprintf("X-%d: value\r\n", i))
		}
		p.say("\r\n")
		p.hang()
	}
	return []Hostile{
		large("never ends the status line", ok[:9], func(p *Peer) { p.repeat("2222222222222222") }),
		large("never ends a header line", ok+"X-A: ", func(p *Peer) { p.repeat("aaaaaaaaaaaaaaaa") }),
		large("never ends the header", ok, func(p *Peer) { p.repeat("X-A: b\r\n") }),
		large("has ten thousand headers", ok, lines),
		large("never ends interim answers", "", func(p *Peer) { p.repeat("HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n") }),
		{Name: "never ends the trailer lines", Kind: egress.KindProtocol, Text: notHTTP, Status: 200, http1: func(p *Peer) {
			p.say(ok + chunked + "0\r\n")
			p.repeat("X-A: b\r\n")
		}},
		{Name: "never ends a chunk's extension", Kind: egress.KindProtocol, Text: notHTTP, Status: 200, http1: func(p *Peer) {
			p.say(ok + chunked + "1;")
			p.repeat("aaaaaaaaaaaaaaaa")
		}},
		answers("never ends the body", 500, failed+"\r\n", func(p *Peer) { p.repeat(strings.Repeat("x", 1<<10)) }),
		answers("never ends the chunks", 500, failed+chunked, func(p *Peer) { p.repeat("1\r\nx\r\n") }),
		answers("announces an exabyte", 500, failed+"Content-Length: 1152921504606846976\r\n\r\n", func(p *Peer) { p.repeat("xxxxxxxxxxxxxxxx") }),
		answers("sends a gzip bomb", 500, failed+"Content-Encoding: gzip\r\n"+chunkedGzip(), (*Peer).hang),
		answers("redirects to a private address", 302, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", (*Peer).hang),
		answers("answers with bytes that are no text", 500, failed+"X-A: \xff\xfe\r\nX-B: x"+strings.Repeat("ü", 300)+
			"\r\nConnection: close\r\nContent-Length: 4\r\n\r\n\x00\xff\xfe\x80", (*Peer).hang),
		answers("answers twice", 500, strings.Repeat(failed+"Content-Length: 6\r\n\r\n"+Secret, 2), (*Peer).hang),
	}
}

func large(name, start string, talk func(*Peer)) Hostile {
	return Hostile{Name: name, Kind: egress.KindTooLargeHeaders, Text: tooLarge, http1: func(p *Peer) { p.say(start); talk(p) }}
}

func answers(name string, status int, start string, talk func(*Peer)) Hostile {
	return Hostile{Name: name, Status: status, http1: func(p *Peer) { p.say(start); talk(p) }}
}

// chunkedGzip is the rest of an answer whose body is 64 MiB of zeros, compressed.
func chunkedGzip() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", b.Len(), b.Bytes())
}
