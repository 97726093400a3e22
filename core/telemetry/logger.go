package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes to w in format "json" or "text" what is at least of level
// (debug, info, warn or error; anything else is info). Lines that belong to a
// trace carry trace_id and span_id.
func NewLogger(w io.Writer, format, level string) *slog.Logger {
	var least slog.Level // info
	_ = least.UnmarshalText([]byte(level))
	opts := &slog.HandlerOptions{Level: least}
	var h slog.Handler = slog.NewTextHandler(w, opts)
	if format == "json" {
		h = slog.NewJSONHandler(w, opts)
	}
	return slog.New(&traceHandler{Handler: h, root: h})
}

// traceHandler adds the ids of the context's span. They stand at the top, also
// within groups; for that it keeps the handler as it was before the first group
// and what was added since.
type traceHandler struct {
	slog.Handler
	root  slog.Handler
	since []func(slog.Handler) slog.Handler
}

func (h *traceHandler) Handle(ctx context.Context, r slog.Record) error {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return h.Handler.Handle(ctx, r)
	}
	ids := []slog.Attr{
		slog.String("trace_id", sc.TraceID().String()),
		slog.String("span_id", sc.SpanID().String()),
	}
	if len(h.since) == 0 {
		r = r.Clone()
		r.AddAttrs(ids...)
		return h.Handler.Handle(ctx, r)
	}
	out := h.root.WithAttrs(ids)
	for _, add := range h.since {
		out = add(out)
	}
	return out.Handle(ctx, r)
}

func (h *traceHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	next := h.Handler.WithAttrs(attrs)
	if len(h.since) == 0 {
		return &traceHandler{Handler: next, root: next}
	}
	return h.with(next, func(b slog.Handler) slog.Handler { return b.WithAttrs(attrs) })
}

func (h *traceHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(h.Handler.WithGroup(name), func(b slog.Handler) slog.Handler { return b.WithGroup(name) })
}

func (h *traceHandler) with(next slog.Handler, add func(slog.Handler) slog.Handler) slog.Handler {
	return &traceHandler{Handler: next, root: h.root, since: append(slices.Clip(h.since), add)}
}
