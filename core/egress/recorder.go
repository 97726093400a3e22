package egress

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Timings are how long the parts of an exchange took; a part that did not happen,
// such as the lookup on a kept connection, is 0.
type Timings struct {
	DNS     time.Duration
	Connect time.Duration
	TLS     time.Duration
	// FirstByte is from the start to the first byte of the answer.
	FirstByte time.Duration
	Total     time.Duration
	// Reused tells that a kept connection was used.
	Reused bool
}

// recorder follows one exchange. Its hooks are also called from the transport's
// dialing goroutine, which may outlive the exchange; finish closes it to them.
type recorder struct {
	start    time.Time
	deadline time.Time
	span     trace.Span // nil unless recording

	mu       sync.Mutex
	finished bool
	phase    string
	began    map[string]time.Time
	timings  Timings
}

type recorderKey struct{}

func newRecorder(ctx context.Context, start, deadline time.Time) *recorder {
	r := &recorder{start: start, deadline: deadline, phase: "waiting for a connection"}
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		r.span = span
	}
	return r
}

// dialDeadline is the deadline of the request that started a dial.
func dialDeadline(ctx context.Context) (time.Time, bool) {
	r, ok := ctx.Value(recorderKey{}).(*recorder)
	if !ok {
		return time.Time{}, false
	}
	return r.deadline, true
}

func (r *recorder) attach(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, recorderKey{}, r)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { r.begin("dns", "looking up the host name") },
		DNSDone: func(i httptrace.DNSDoneInfo) {
			r.end("dns", &r.timings.DNS, i.Err, attribute.Int("dns.addresses", len(i.Addrs)))
		},
		ConnectStart: func(string, string) { r.begin("connect", "connecting") },
		ConnectDone: func(_, addr string, err error) {
			r.end("connect", &r.timings.Connect, err, attribute.String("network.peer.address", addr))
		},
		TLSHandshakeStart: func() { r.begin("tls", "in the TLS handshake") },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			r.end("tls", &r.timings.TLS, err, attribute.String("tls.protocol.version", tls.VersionName(s.Version)))
		},
		GotConn:              func(i httptrace.GotConnInfo) { r.gotConn(i.Reused) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { r.enter("waiting for the answer") },
		GotFirstResponseByte: r.firstByte,
	})
}

func (r *recorder) enter(phase string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
}

func (r *recorder) begin(name, phase string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
	if r.began == nil {
		r.began = make(map[string]time.Time, 3)
	}
	// Addresses of a host are dialed side by side: the first start counts.
	if _, ok := r.began[name]; !ok {
		r.began[name] = time.Now()
	}
}

func (r *recorder) end(name string, into *time.Duration, err error, attr attribute.KeyValue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return
	}
	*into = time.Since(r.began[name])
	r.event(name, *into, attr, attribute.Bool("error", err != nil))
}

func (r *recorder) gotConn(reused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = "sending the request"
	r.timings.Reused = reused
}

func (r *recorder) firstByte() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = "reading the answer"
	r.timings.FirstByte = time.Since(r.start)
	r.event("first_byte", r.timings.FirstByte)
}

func (r *recorder) event(name string, took time.Duration, attrs ...attribute.KeyValue) {
	if r.span == nil || r.finished {
		return
	}
	attrs = append(attrs, attribute.Float64("duration_ms", float64(took.Microseconds())/1000))
	r.span.AddEvent(name, trace.WithAttributes(attrs...))
}

// finish ends the record; later calls of the hooks change nothing that was given out.
func (r *recorder) finish() (Timings, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished = true
	r.timings.Total = time.Since(r.start)
	return r.timings, r.phase
}
