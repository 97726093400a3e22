package egress_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/core/egress"
)

// benchBody is an event of a usual size.
var benchBody = bytes.Repeat([]byte("x"), 1<<10)

// frugal is a server that answers 200 to requests that carry benchBody, without
// memory of its own, so that a benchmark shows what the client takes.
func frugal(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveFrugally(conn)
		}
	}()
	return "http://" + l.Addr().String() + "/hook"
}

func serveFrugally(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nContent-Length: 2\r\n\r\nok")
	for {
		for line := []byte("?"); len(bytes.TrimSpace(line)) > 0; {
			var err error
			if line, err = r.ReadSlice('\n'); err != nil {
				return
			}
		}
		if _, err := r.Discard(len(benchBody)); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// benchHeader is what a delivery carries.
func benchHeader() http.Header {
	return http.Header{
		"Content-Type":      {"application/json"},
		"Traceparent":       {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		"Webhook-Id":        {"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
		"Webhook-Timestamp": {"1674087231"},
		"Webhook-Signature": {"v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="},
	}
}

// BenchmarkDo is measured against BenchmarkNetHTTP, which does the same with
// net/http alone.
func BenchmarkDo(b *testing.B) {
	allow, err := egress.ParseAllow("127.0.0.0/8")
	require.NoError(b, err)
	c := newClient(b, egress.Config{Allow: allow})
	defer c.CloseIdle()
	url := frugal(b)
	inParallel(b, func() error {
		_, err := c.Do(b.Context(), egress.Request{Method: http.MethodPost, URL: url, Header: benchHeader(), Body: benchBody})
		return err
	})
}

// BenchmarkNetHTTP is the mark for BenchmarkDo.
func BenchmarkNetHTTP(b *testing.B) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.DisableCompression = egress.DefaultMaxIdleConnsPerHost, true
	defer t.CloseIdleConnections()
	c := &http.Client{Transport: t}
	url := frugal(b)
	inParallel(b, func() error {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(benchBody))
		if err != nil {
			return err
		}
		req.Header = benchHeader()
		res, err := c.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		_, err = io.ReadAll(res.Body)
		return err
	})
}

// inParallel runs one exchange at a time, then 32.
func inParallel(b *testing.B, exchange func() error) {
	b.Helper()
	for name, parallel := range map[string]int{"1": 0, "32": 32} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			begin := cpuTime(b)
			defer func() { b.ReportMetric(float64(cpuTime(b)-begin)/float64(b.N), "cpu-ns/op") }()
			if parallel == 0 {
				for b.Loop() {
					if err := exchange(); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.SetParallelism(parallel)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := exchange(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// cpuTime is what the process used of all processors: on a busy machine it can be
// compared where the time on the clock cannot.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
