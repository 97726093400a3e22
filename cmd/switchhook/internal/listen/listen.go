// Package listen is a subscriber on this machine, for those who write one: it
// shows each delivery, checks its signature, and may forward it to their own.
package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	// maxBody bounds what is read of a delivery, in bytes.
	maxBody = 64 << 20
	// maxReply bounds what is read of a forwarded delivery's answer, in bytes.
	maxReply = 1 << 20
	// forwardTimeout is that of the provider standard, less some for the way back.
	forwardTimeout = 14 * time.Second
	stopTimeout    = 5 * time.Second
	headerTimeout  = 10 * time.Second
)

// Options say what is done with deliveries.
type Options struct {
	// Secret that deliveries are signed with, in the form of Standard Webhooks.
	Secret string
	// Forward is the URL that deliveries are passed on to; "" is nowhere.
	Forward string
	// Count ends the listener after so many deliveries; 0 never.
	Count int
	// Show is told of each delivery, of one at a time.
	Show func(Delivery)
	// Now is the clock.
	Now func() time.Time
}

// Delivery is one request that arrived.
type Delivery struct {
	Time time.Time
	// ID and Type are the event's; "" where the body does not say.
	ID, Type string
	// Status is what was answered.
	Status int
	// Signature is nil where it is right.
	Signature error
	// Forward is why the delivery could not be passed on; nil where it was, or need not be.
	Forward error
	Header  http.Header
	Body    []byte
}

// Listener is a running subscriber.
type Listener struct {
	o        Options
	verifier *standardwebhooks.Webhook
	client   *http.Client
	shows    chan Delivery
	done     chan struct{}
	shown    atomic.Int64
}

// New returns a listener. Errors: the secret is not one of Standard Webhooks.
func New(o Options) (*Listener, error) {
	verifier, err := standardwebhooks.NewWebhook(o.Secret)
	if err != nil {
		return nil, errors.New("the subscription's secret is not in the form of Standard Webhooks")
	}
	return &Listener{
		o: o, verifier: verifier, shows: make(chan Delivery), done: make(chan struct{}),
		client: &http.Client{
			Timeout:       forwardTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Run serves deliveries until ctx ends or the wanted number was shown.
func (l *Listener) Run(ctx context.Context, socket net.Listener) error {
	server := &http.Server{Handler: l, ReadHeaderTimeout: headerTimeout}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(socket) }()
	for {
		select {
		case d := <-l.shows:
			l.o.Show(d)
			if l.o.Count > 0 && l.shown.Add(1) == int64(l.o.Count) {
				return l.stop(ctx, server)
			}
		case <-ctx.Done():
			return l.stop(ctx, server)
		case err := <-ended:
			return err
		}
	}
}

// stop answers what has arrived, and shows no more.
func (l *Listener) stop(ctx context.Context, server *http.Server) error {
	close(l.done)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// ServeHTTP takes a delivery.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body cannot be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	d := Delivery{Time: l.o.Now(), Header: r.Header.Clone(), Body: body, Status: http.StatusNoContent}
	d.ID, d.Type = attributes(body)
	switch d.Signature = l.verifier.Verify(body, r.Header); {
	case d.Signature != nil:
		d.Status = http.StatusUnauthorized
		http.Error(w, "the signature is wrong", d.Status)
	case l.o.Forward != "":
		l.forward(w, r, &d)
	default:
		w.WriteHeader(d.Status)
	}
	select {
	case l.shows <- d:
	case <-l.done:
	}
}

// forward passes a delivery on; the answer becomes the answer.
func (l *Listener) forward(w http.ResponseWriter, r *http.Request, d *Delivery) {
	status, header, reply, err := l.send(r.Context(), d)
	if err != nil {
		d.Forward, d.Status = err, http.StatusBadGateway
		http.Error(w, "the delivery could not be forwarded", d.Status)
		return
	}
	d.Status = status
	for _, name := range []string{"Content-Type", "Retry-After", "Location"} {
		if v := header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(reply)
}

func (l *Listener) send(ctx context.Context, d *Delivery) (status int, header http.Header, reply []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.o.Forward, bytes.NewReader(d.Body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header = d.Header.Clone()
	for _, name := range hopByHop {
		req.Header.Del(name)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return 0, nil, nil, reason(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if reply, err = io.ReadAll(io.LimitReader(resp.Body, maxReply)); err != nil {
		return 0, nil, nil, fmt.Errorf("read the answer: %w", reason(err))
	}
	return resp.StatusCode, resp.Header, reply, nil
}
