package egress

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
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

// recorder follows one exchange. It is the context of the exchange too, so that a
// dial finds it. Its hooks are also called from the transport's dialing goroutine,
// which may outlive the exchange; finish closes it to them.
type recorder struct {
	context.Context

	start    time.Time
	deadline time.Time
	span     trace.Span // nil unless recording
	hooks    httptrace.ClientTrace

	mu       sync.Mutex
	finished bool
	phase    string
	dns      time.Time // when the part began; zero: it did not
	connect  time.Time
	tls      time.Time
	timings  Timings
	meter    *meteredConn // of the connection in use
}

// recorderKey is the context key under which a recorder stands for itself.
type recorderKey struct{}

// Value implements [context.Context].
func (r *recorder) Value(key any) any {
	if _, ok := key.(recorderKey); ok {
		return r
	}
	return r.Context.Value(key)
}

// newRecorder follows the exchange that ctx is for.
func newRecorder(ctx context.Context, start, deadline time.Time) *recorder {
	r := &recorder{Context: ctx, start: start, deadline: deadline, phase: "waiting for a connection"}
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		r.span = span
	}
	return r
}

// attach returns the context for the transport, which ends with ctx. It has the
// hooks that most exchanges need; those of a dial are added by dialing when there
// is one.
func (r *recorder) attach(ctx context.Context, secure bool) context.Context {
	r.Context = ctx
	r.hooks.GotConn = r.gotConn
	r.hooks.WroteRequest = r.wroteRequest
	r.hooks.GotFirstResponseByte = r.firstByte
	if secure {
		r.hooks.TLSHandshakeStart, r.hooks.TLSHandshakeDone = r.tlsStart, r.tlsDone
	}
	return httptrace.WithClientTrace(r, &r.hooks)
}

// dialing gives a dial the deadline of the exchange that started it, which the
// transport takes off, and lets that exchange see the dial's parts.
func dialing(ctx context.Context) (context.Context, context.CancelFunc) {
	r, ok := ctx.Value(recorderKey{}).(*recorder)
	if !ok {
		return ctx, func() {}
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { r.begin(&r.dns, "looking up the host name") },
		DNSDone: func(i httptrace.DNSDoneInfo) {
			r.end(spans.EventDNS, &r.dns, &r.timings.DNS, i.Err, KindDNS)
		},
		ConnectStart: func(string, string) { r.begin(&r.connect, "connecting") },
		ConnectDone: func(_, addr string, err error) {
			r.end(spans.EventConnect, &r.connect, &r.timings.Connect, err, kindConnect, semconv.NetworkPeerAddress(hostOf(addr)))
		},
	})
	return context.WithDeadline(ctx, r.deadline)
}

func (r *recorder) begin(part *time.Time, phase string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
	// Addresses of a host are dialed side by side: the first start counts.
	if part.IsZero() {
		*part = time.Now()
	}
}

func (r *recorder) end(name string, part *time.Time, into *time.Duration, err error, kind Kind, attrs ...attribute.KeyValue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finished {
		return
	}
	*into = time.Since(*part)
	if r.recording() {
		if err != nil {
			attrs = append(attrs, semconv.ErrorTypeKey.String(string(kind)))
		}
		r.event(name, *into, attrs...)
	}
}

func (r *recorder) tlsStart() { r.begin(&r.tls, "in the TLS handshake") }

func (r *recorder) tlsDone(s tls.ConnectionState, err error) {
	r.end(spans.EventTLS, &r.tls, &r.timings.TLS, err, KindTLS, semconv.TLSProtocolVersion(tlsVersion(s)))
}

func (r *recorder) gotConn(i httptrace.GotConnInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = "sending the request"
	r.timings.Reused = i.Reused
	r.meter.end() // of the connection that a request is sent again for
	r.meter = meterOf(i.Conn)
	r.meter.begin()
}

func (r *recorder) wroteRequest(httptrace.WroteRequestInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timings.FirstByte == 0 { // the server may not wait for the end of the request
		r.phase = "waiting for the answer"
	}
}

func (r *recorder) firstByte() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = "reading the answer"
	r.timings.FirstByte = time.Since(r.start)
	if r.recording() {
		r.event(spans.EventFirstByte, r.timings.FirstByte)
	}
}

// recording tells whether an event would be seen: making one has its cost.
func (r *recorder) recording() bool { return r.span != nil && !r.finished }

func (r *recorder) event(name string, took time.Duration, attrs ...attribute.KeyValue) {
	attrs = append(attrs, spans.DurationMs.Float64(float64(took.Microseconds())/1000))
	r.span.AddEvent(name, trace.WithAttributes(attrs...))
}

// kindConnect is the word for a dial that failed, whatever the reason.
const kindConnect Kind = "connect"

// hostOf is an address without its port.
func hostOf(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

// tlsVersion is the version's number, as the conventions write it.
func tlsVersion(s tls.ConnectionState) string {
	return strings.TrimPrefix(tls.VersionName(s.Version), "TLS ")
}

// finish ends the record; later calls of the hooks change nothing that was given out.
func (r *recorder) finish() (Timings, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timings.Total = time.Since(r.start)
	if r.recording() && r.timings.FirstByte > 0 {
		r.event(spans.EventBody, r.timings.Total-r.timings.FirstByte)
	}
	r.finished = true
	r.meter.end()
	return r.timings, r.phase
}
