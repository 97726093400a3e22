package egress

import (
	"bytes"
	"context"
	"crypto/tls"
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
	// MaxBody is how many bytes of the answer are kept, at most 64 KiB; 0: the
	// client's.
	MaxBody int64
	// Certificate is shown to a server that asks for one; nil: none. Connections are
	// shared with requests of the same certificate alone.
	Certificate *tls.Certificate
}

// mostBody bounds [Request.MaxBody], to what a connection may carry in any case.
const mostBody = 64 << 10

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

// exchange is one request on its way.
type exchange struct {
	ctx      context.Context // the caller's
	deadline time.Time
	rec      *recorder
	url      *url.URL
	req      Request
	lane     *lane
	maxBody  int64 // that is kept of the answer
}

// ended tells why an exchange must end, if it must: the caller has gone, or the
// deadline has passed.
func (x *exchange) ended() error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if !time.Now().Before(x.deadline) {
		return context.DeadlineExceeded
	}
	return nil
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
	x := &exchange{ctx: ctx, deadline: start.Add(timeout), url: u, req: req, lane: c.laneOf(req.Certificate), maxBody: c.cfg.MaxBody}
	if req.MaxBody > 0 {
		x.maxBody = min(req.MaxBody, mostBody)
	}
	if d, ok := ctx.Deadline(); ok {
		x.deadline = earlier(d, x.deadline)
	}
	x.rec = newRecorder(ctx, start, x.deadline)
	out, err := c.send(x)
	var phase string
	out.Timings, phase = x.rec.finish()
	if err != nil {
		return out, classify(x.ended(), err, phase, out.Timings.Total.Round(time.Millisecond).String())
	}
	return out, nil
}

// send takes the shorter road where there is one.
func (c *Client) send(x *exchange) (Response, error) {
	if c.direct(x) {
		if out, err := c.exchangeDirectly(x); !errors.Is(err, errHTTP2) {
			return out, err
		}
	}
	return c.exchange(x)
}

// replayable marks a request that may be sent again. It is empty, so nothing is
// sent; see [http.Transport].
var replayable = []string{}

func (c *Client) newRequest(x *exchange) *http.Request {
	header := x.req.Header
	if header == nil {
		header = make(http.Header, 2)
	}
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = c.userAgent
	}
	hr := &http.Request{
		Method: x.req.Method, URL: x.url, Host: x.url.Host, Header: header, ContentLength: int64(len(x.req.Body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	// The type is one that net/http knows: header and body go out in one write.
	hr.Body = io.NopCloser(bytes.NewReader(x.req.Body))
	if len(x.req.Body) == 0 {
		hr.Body = http.NoBody
	}
	return hr
}

// newReplayable returns a request that the transport may send again.
func (c *Client) newReplayable(x *exchange) *http.Request {
	hr := c.newRequest(x)
	if _, ok := hr.Header["Idempotency-Key"]; !ok {
		hr.Header["Idempotency-Key"] = replayable
	}
	if body := x.req.Body; len(body) > 0 {
		hr.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return hr
}

// What net/http lets pass and HTTP does not (RFC 9110, sections 15 and 7.8).
var (
	errStatus   = errors.New("the status has not three digits")
	errSwitched = errors.New("the protocol was switched unasked")
)

// exchange uses the transport itself: http.Client would follow redirects and put
// the URL into errors.
func (c *Client) exchange(x *exchange) (Response, error) {
	ctx, cancel := context.WithDeadline(x.ctx, x.deadline)
	defer cancel()
	secure := x.url.Scheme == "https"
	res, err := x.lane.transport.RoundTrip(c.newReplayable(x).WithContext(x.rec.attach(ctx, secure)))
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if secure && res.ProtoMajor == 1 && !x.lane.http1Hosts.has(x.url.Host) {
		x.lane.http1Hosts.add(x.url.Host)
	}
	out, _, err := c.read(x, res, func() { time.AfterFunc(drainTime, cancel) })
	return out, err
}

// read reads an answer's body as far as it is kept. Where a little more follows it
// is read past, after shorten has bounded the time for that. whole tells that
// nothing of the body is left.
func (*Client) read(x *exchange, res *http.Response, shorten func()) (out Response, whole bool, err error) {
	if res.StatusCode < 100 || res.StatusCode > 999 {
		return Response{}, false, errStatus
	}
	out = Response{Status: res.StatusCode, Header: res.Header}
	if res.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which no deadline ends.
		return out, false, errSwitched
	}
	if res.Body == http.NoBody {
		return out, true, nil
	}
	out.Body, err = readStart(res.Body, res.ContentLength, x.maxBody+1)
	if int64(len(out.Body)) <= x.maxBody {
		return out, err == nil, err
	}
	out.Body, out.BodyTruncated = out.Body[:x.maxBody], true
	if res.ContentLength-x.maxBody > drainBytes {
		return out, false, nil
	}
	shorten()
	n, err := io.CopyN(io.Discard, res.Body, drainBytes)
	return out, n < drainBytes && errors.Is(err, io.EOF), nil
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
