package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/payload"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	// ceilingName is of the case that others are compared with.
	ceilingName = "ceiling"
	// ceilingFactor makes the ceiling's run, which is the fastest, long enough.
	ceilingFactor = 2
)

// ceiling posts straight to the receiver, each body signed; its CPU is that of
// this process.
func ceiling(ctx context.Context, b *bench) (*result, error) {
	events := ceilingFactor * b.size.deliveries
	transport := &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	key := []byte(rand.Text())
	l := load.New(rand.Text(), events, connections, nil)
	l.Publish = func(ctx context.Context, from, _ int) error {
		return postSigned(ctx, client, b.Receiver.URL(0), key, payload.Data(l.Run, from))
	}
	if err := b.Receiver.Plan(ctx, receiver.Plan{Run: l.Run, Events: events, Copies: 1, Modes: []receiver.Mode{receiver.Healthy}}); err != nil {
		return nil, err
	}
	m, err := b.meter(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer m.cancel()
	start := time.Now()
	if err := l.Closed(ctx, 1, 0, events); err != nil {
		return nil, err
	}
	p, err := b.Receiver.Progress(ctx)
	if err != nil {
		return nil, err
	}
	a, err := b.Receiver.Arrivals(ctx)
	if err != nil {
		return nil, err
	}
	r := newResult(l, a, p)
	r.time(l.Latencies(a, load.All))
	r.PerSecond = float64(r.Deliveries) / l.Last(a, load.All).Sub(start).Seconds()
	return r, m.finish(ctx, r)
}

func postSigned(ctx context.Context, client *http.Client, url string, key, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the receiver answers %d", resp.StatusCode)
	}
	return nil
}
