package unified_test

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"
)

// recorder is a tracer that remembers the names of spans and passes the trace's
// id on, as the SDK's would.
type recorder struct {
	embedded.Tracer
	mu    sync.Mutex
	names []string
}

// Start implements trace.Tracer.
func (r *recorder) Start(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, trace.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = append(r.names, name)
	return noop.NewTracerProvider().Tracer("").Start(ctx, name, o...)
}

func (r *recorder) started() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.names...)
}
