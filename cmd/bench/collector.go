package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// closedPort is one that nobody listens on: TCP's port service multiplexer.
const closedPort = "127.0.0.1:1"

const (
	// maxExport bounds one request of an exporter, in bytes.
	maxExport    = 16 << 20
	collectorEnd = 5 * time.Second
)

// collector takes spans by OTLP/HTTP and drops them. Being cheap is its point: it
// shares the machine with what is measured, and does not even look at them.
type collector struct {
	server   *http.Server
	address  string
	served   chan error
	requests atomic.Int64
	bytes    atomic.Int64
}

// newCollector starts one on loopback. With hangs it reads requests and never
// answers them.
func newCollector(ctx context.Context, hangs bool) (*collector, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a collector: %w", err)
	}
	c := &collector{address: listener.Addr().String(), served: make(chan error, 1)}
	c.server = &http.Server{ReadHeaderTimeout: collectorEnd, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxExport)) // cut short or not, it counts
		c.bytes.Add(n)
		c.requests.Add(1)
		if hangs {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf") // an empty message: all was taken
	})}
	go func() { c.served <- c.server.Serve(listener) }()
	return c, nil
}

// close ends it, with the connections on which exporters still wait.
func (c *collector) close() error {
	err := c.server.Close()
	if served := <-c.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// requireClosed is an error where somebody listens at an address after all.
func requireClosed(ctx context.Context, address string) error {
	dialer := net.Dialer{Timeout: collectorEnd}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return ctx.Err()
	}
	_ = conn.Close()
	return fmt.Errorf("there is a service at %s, where a collector that is down is wanted: end it", address)
}
