package egress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// drainBytes and drainTime bound what is read past the kept body so that the
// connection can be used again; beyond them it is cheaper to close it.
const (
	drainBytes = 16 << 10
	drainTime  = 50 * time.Millisecond
)

// Request is one HTTP request to a subscriber.
type Request struct {
	Method string
	URL    string
	// Header is sent as it is; Do does not change it.
	Header http.Header
	// Body is sent byte for byte.
	Body []byte
	// Timeout from DNS to the last byte of the answer; 0: the client's.
	Timeout time.Duration
}

// Response is the answer, whatever its status: a redirect is not followed.
type Response struct {
	// Status is 0 when no answer came.
	Status int
	Header http.Header
	// Body is the start of the answer's body, as it was sent (never decompressed).
	Body []byte
	// BodyTruncated tells that there was more.
	BodyTruncated bool
	Timings       Timings
}

// Do sends one request. The error is an [*Error]; where an answer began before
// it failed, the response holds what came. A request on a kept connection that
// the server closed before answering is sent once more on another: webhooks are
// delivered at least once anyway.
func (c *Client) Do(ctx context.Context, req Request) (Response, error) {
	timeout := req.Timeout
	if timeout <= 0 {
		timeout = c.cfg.Timeout
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	rec := newRecorder(ctx, start, deadline)

	var out Response
	hr, err := c.newRequest(rec.attach(ctx), req)
	if err == nil {
		out, err = c.exchange(cancel, hr)
	}
	var phase string
	out.Timings, phase = rec.finish()
	if err == nil {
		return out, nil
	}
	var invalid *Error
	if errors.As(err, &invalid) {
		return out, invalid
	}
	return out, classify(ctx, err, phase, out.Timings.Total.Round(time.Millisecond).String())
}

func (c *Client) newRequest(ctx context.Context, req Request) (*http.Request, error) {
	if _, err := parseURL(req.URL); err != nil {
		return nil, newError(KindInvalid, err.Error(), nil)
	}
	hr, err := http.NewRequestWithContext(ctx, req.Method, req.URL, bytes.NewReader(req.Body))
	if err != nil { // its text would show the URL
		return nil, newError(KindInvalid, "the request's method or URL is not valid", nil)
	}
	hr.Header = req.Header.Clone()
	if hr.Header == nil {
		hr.Header = make(http.Header, 2)
	}
	if _, ok := hr.Header["User-Agent"]; !ok {
		hr.Header.Set("User-Agent", c.cfg.UserAgent)
	}
	if _, ok := hr.Header["Idempotency-Key"]; !ok {
		// Empty: marks the request as replayable and is not sent (see http.Transport).
		hr.Header["Idempotency-Key"] = []string{}
	}
	return hr, nil
}

// exchange uses the transport itself: http.Client would follow redirects and put
// the URL into errors.
func (c *Client) exchange(cancel context.CancelFunc, hr *http.Request) (Response, error) {
	res, err := c.transport.RoundTrip(hr)
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = res.Body.Close() }()
	out := Response{Status: res.StatusCode, Header: res.Header}
	out.Body, err = io.ReadAll(io.LimitReader(res.Body, c.cfg.MaxBody+1))
	if int64(len(out.Body)) <= c.cfg.MaxBody {
		return out, err
	}
	out.Body, out.BodyTruncated = out.Body[:c.cfg.MaxBody], true
	if res.ContentLength-c.cfg.MaxBody <= drainBytes {
		stop := time.AfterFunc(drainTime, cancel)
		defer stop.Stop()
		_, _ = io.CopyN(io.Discard, res.Body, drainBytes)
	}
	return out, nil
}
