package wire

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
)

// seen counts what a handler is told of.
type seen struct {
	stats.Handler
	tags, events int
}

func (s *seen) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { s.tags++; return ctx }

func (s *seen) HandleRPC(context.Context, stats.RPCStats) { s.events++ }

func TestCallsOutsideOfATraceAreNotSeen(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}})
	in := metadata.NewIncomingContext(t.Context(), metadata.Pairs("traceparent", "00-01-01-00"))
	other := metadata.NewIncomingContext(t.Context(), metadata.Pairs("user-agent", "grpc"))
	for name, test := range map[string]struct {
		wrap func(stats.Handler) stats.Handler
		ctx  context.Context
		want int
	}{
		"client, none":  {TracedCalls, t.Context(), 0},
		"client, trace": {TracedCalls, trace.ContextWithSpanContext(t.Context(), span), 1},
		"server, none":  {TracedServing, t.Context(), 0},
		"server, other": {TracedServing, other, 0},
		"server, trace": {TracedServing, in, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s seen
			h := test.wrap(&s)
			ctx := h.TagRPC(test.ctx, &stats.RPCTagInfo{})
			h.HandleRPC(ctx, &stats.Begin{})
			require.Equal(t, [2]int{test.want, test.want}, [2]int{s.tags, s.events})
		})
	}
}

func TestACallWithinATracedOneIsSeenForItself(t *testing.T) {
	t.Parallel()
	var s seen
	h := TracedServing(&s)
	outer := h.TagRPC(metadata.NewIncomingContext(t.Context(), metadata.Pairs("traceparent", "00-01-01-00")), &stats.RPCTagInfo{})
	inner := h.TagRPC(metadata.NewIncomingContext(outer, metadata.MD{}), &stats.RPCTagInfo{})
	h.HandleRPC(inner, &stats.Begin{})
	require.Zero(t, s.events)
}
