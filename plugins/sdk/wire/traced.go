package wire

import (
	"context"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

// TracedCalls has a client's handler see the calls that are part of a trace
// alone. A Render call is not: every delivery of its batch carries its own.
func TracedCalls(h stats.Handler) stats.Handler {
	return traced{Handler: h, in: func(ctx context.Context) bool { return trace.SpanContextFromContext(ctx).IsValid() }}
}

// TracedServing is TracedCalls for a server's handler.
func TracedServing(h stats.Handler) stats.Handler {
	return traced{Handler: h, in: func(ctx context.Context) bool {
		return len(metadata.ValueFromIncomingContext(ctx, "traceparent")) > 0
	}}
}

// traced leaves calls out.
type traced struct {
	stats.Handler
	// in tells whether a call is part of a trace.
	in func(context.Context) bool
}

type tracedKey struct{}

// TagRPC implements [stats.Handler].
func (t traced) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if !t.in(ctx) {
		return context.WithValue(ctx, tracedKey{}, false) // also over what an outer call has
	}
	return t.Handler.TagRPC(context.WithValue(ctx, tracedKey{}, true), info)
}

// HandleRPC implements [stats.Handler].
func (t traced) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if in, _ := ctx.Value(tracedKey{}).(bool); in {
		t.Handler.HandleRPC(ctx, s)
	}
}
