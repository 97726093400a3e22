package jwtkey

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// fetchTimeout bounds a fetch from the dial to the last byte.
	fetchTimeout = 5 * time.Second
	// fetchInterval is the least time between two fetches: forged tokens must not
	// become requests to the key server.
	fetchInterval = time.Second
)

// fetcher asks the key server, no oftener than once in fetchInterval; in between
// the last outcome stands. What it hands on is a key set that can be used.
type fetcher struct {
	transport *http.Transport
	now       func() time.Time
	log       *slog.Logger

	mu     sync.Mutex
	at     time.Time // of the last fetch
	body   []byte
	failed error
}

func newFetcher(now func() time.Time, log *slog.Logger) *fetcher {
	return &fetcher{now: now, log: log, transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		MaxIdleConns:           1,
		IdleConnTimeout:        fetchTimeout,
		TLSHandshakeTimeout:    fetchTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}}
}

// RoundTrip implements http.RoundTripper.
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.at.IsZero() || now.Sub(f.at) >= fetchInterval {
		f.body, f.failed = f.fetch(r)
		f.at = now
		if f.failed != nil {
			f.log.WarnContext(r.Context(), "the key server gives no keys", slog.String("url", r.URL.Redacted()), slog.Any("error", f.failed))
		}
	}
	if f.failed != nil {
		return nil, f.failed
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(f.body)), Body: io.NopCloser(bytes.NewReader(f.body)),
	}, nil
}

func (f *fetcher) fetch(r *http.Request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(r.Context(), fetchTimeout)
	defer cancel()
	resp, err := f.transport.RoundTrip(r.Clone(ctx))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKeyServer, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: answers %d, not 200", errKeyServer, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errKeyServer, err)
	case len(body) > maxKeySet:
		return nil, fmt.Errorf("%w: answers more than %d bytes", errKeyServer, maxKeySet)
	}
	// One key that cannot be used must not take the others with it.
	keys, faults, err := parseKeySet(body)
	for _, fault := range faults {
		f.log.WarnContext(r.Context(), "the key server has a key that cannot be used", slog.Any("error", fault))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: its answer %w", errKeyServer, err)
	}
	return json.Marshal(jose.JSONWebKeySet{Keys: keys})
}
