package egress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
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
	// Header is sent as it is. It is Do's from the call on, like Body: Do adds what
	// is missing, and may still send when it returns an error.
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
	u, err := parseURL(req.URL)
	if err != nil {
		return Response{}, newError(KindInvalid, err.Error(), nil)
	}
	start := time.Now()
	ctx, cancel := context.WithDeadline(ctx, start.Add(timeout))
	defer cancel()
	rec := newRecorder(ctx, start)
	out, err := c.exchange(cancel, c.newRequest(rec.attach(u.Scheme == "https"), u, req))
	var phase string
	out.Timings, phase = rec.finish()
	if err != nil {
		return out, classify(ctx, err, phase, out.Timings.Total.Round(time.Millisecond).String())
	}
	return out, nil
}

// replayable marks a request that may be sent again. It is empty, so nothing is
// sent; see [http.Transport].
var replayable = []string{}

func (c *Client) newRequest(ctx context.Context, u *url.URL, req Request) *http.Request {
	header := req.Header
	if header == nil {
		header = make(http.Header, 2)
	}
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = c.userAgent
	}
	if _, ok := header["Idempotency-Key"]; !ok {
		header["Idempotency-Key"] = replayable
	}
	hr := http.Request{
		Method: req.Method, URL: u, Host: u.Host, Header: header, Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if body := req.Body; len(body) > 0 {
		hr.ContentLength = int64(len(body))
		// The type is one that net/http knows: header and body go out in one write.
		hr.Body = io.NopCloser(bytes.NewReader(body))
		hr.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return hr.WithContext(ctx)
}

// What net/http lets pass and HTTP does not (RFC 9110, sections 15 and 7.8).
var (
	errStatus   = errors.New("the status has not three digits")
	errSwitched = errors.New("the protocol was switched unasked")
)

// exchange uses the transport itself: http.Client would follow redirects and put
// the URL into errors.
func (c *Client) exchange(cancel context.CancelFunc, hr *http.Request) (Response, error) {
	res, err := c.transport.RoundTrip(hr)
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 100 || res.StatusCode > 999 {
		return Response{}, errStatus
	}
	out := Response{Status: res.StatusCode, Header: res.Header}
	if res.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which no deadline ends.
		return out, errSwitched
	}
	if res.Body == http.NoBody {
		return out, nil
	}
	out.Body, err = readStart(res.Body, res.ContentLength, c.cfg.MaxBody+1)
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

// readStart reads at most limit bytes, to the end if that comes first: over HTTP/2
// a stream whose end was not read is reset. length is what the answer announced;
// -1: nothing.
func readStart(r io.Reader, length, limit int64) ([]byte, error) {
	size := int64(512)
	if length >= 0 {
		size = length + 1 // one more, for the end to be seen
	}
	b := make([]byte, 0, min(size, limit))
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil || int64(len(b)) == limit:
			return b, err
		case len(b) == cap(b):
			b = append(make([]byte, 0, min(2*int64(cap(b)), limit)), b...)
		}
	}
}
