package spans

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// None is the span of what is not recorded.
var None = trace.SpanFromContext(context.Background())

// Sampled tells whether a trace is recorded: the flag in its W3C traceparent (Trace
// Context, section 3.2.2.5). Spans that nobody records are not begun.
func Sampled(traceparent string) bool {
	const flags = 54 // the second digit; the flag is its lowest bit
	if len(traceparent) <= flags {
		return false
	}
	switch traceparent[flags] {
	case '1', '3', '5', '7', '9', 'b', 'd', 'f':
		return true
	default:
		return false
	}
}

// Within makes spans children of the one that a traceparent names.
func Within(ctx context.Context, traceparent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}

// TraceParent is the W3C form of the span in ctx; "" if there is none.
func TraceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// LinkTo is a link to a span, and why.
func LinkTo(sc trace.SpanContext, why string) trace.Link {
	return trace.Link{SpanContext: sc, Attributes: linked[why]}
}

// AttemptID is the id of the span of an attempt. It follows from delivery and
// number, so that the next attempt can link to it on whatever node it is made, and
// nothing has to be stored for that.
func AttemptID(deliveryID uuid.UUID, number int) (id trace.SpanID) {
	var in [24]byte
	copy(in[:], deliveryID[:])
	binary.BigEndian.PutUint64(in[16:], uint64(max(number, 0)))
	sum := sha256.Sum256(in[:])
	copy(id[:], sum[:])
	return id
}

// withID is a context for the start of one span.
type withID struct {
	context.Context
	id trace.SpanID
}

// WithID has the span that is started with ctx itself get an id. Spans below it get
// others.
func WithID(ctx context.Context, id trace.SpanID) context.Context { return withID{ctx, id} }

// IDIn is what [WithID] has set.
func IDIn(ctx context.Context) (id trace.SpanID, ok bool) {
	w, ok := ctx.(withID)
	return w.id, ok && w.id.IsValid()
}

var linked = func() map[string][]attribute.KeyValue {
	out := map[string][]attribute.KeyValue{}
	for _, why := range []string{LinkPreviousAttempt, LinkReplayed, LinkCommittedWith} {
		out[why] = []attribute.KeyValue{Link.String(why)}
	}
	return out
}()
