package telemetry

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// idGenerator draws ids as the SDK's own does, but for spans whose id is given by
// [spans.WithID]. It implements sdktrace.IDGenerator.
type idGenerator struct{}

// NewIDs draws those of a trace and its first span.
func (g idGenerator) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64()) //nolint:gosec // an id is no secret
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64()) //nolint:gosec // as above
	}
	return id, g.NewSpanID(ctx, id)
}

// NewSpanID returns the given one, or draws one.
func (idGenerator) NewSpanID(ctx context.Context, _ trace.TraceID) (id trace.SpanID) {
	if given, ok := spans.IDIn(ctx); ok {
		return given
	}
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64()) //nolint:gosec // an id is no secret
	}
	return id
}
