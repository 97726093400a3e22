package telemetry_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry"
)

func TestLoggerAddsTraceIDs(t *testing.T) {
	t.Parallel()
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx := trace.ContextWithSpanContext(t.Context(), sc)
	var out bytes.Buffer
	line := func() map[string]any {
		t.Helper()
		var m map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &m))
		out.Reset()
		delete(m, "time")
		return m
	}
	log := telemetry.NewLogger(&out, "json", "info")

	log.InfoContext(t.Context(), "no trace", "a", 1)
	require.Equal(t, map[string]any{"level": "INFO", "msg": "no trace", "a": 1.0}, line())

	want := map[string]any{
		"level": "INFO", "msg": "m", "trace_id": "01000000000000000000000000000000", "span_id": "0200000000000000",
	}
	log.InfoContext(ctx, "m")
	require.Equal(t, want, line())

	// Within groups the ids still stand at the top.
	want["top"], want["g"] = "x", map[string]any{"in": "y", "h": map[string]any{"k": "v"}}
	grouped := log.With("top", "x").WithGroup("g").With("in", "y").WithGroup("h")
	grouped.InfoContext(ctx, "m", "k", "v")
	require.Equal(t, want, line())
	sibling := log.With("top", "x").WithGroup("g").With("in", "y")
	sibling.WithGroup("other").InfoContext(ctx, "m", "k", "v")
	grouped.InfoContext(ctx, "m", "k", "v")
	dec := json.NewDecoder(&out)
	var first, second map[string]any
	require.NoError(t, dec.Decode(&first))
	require.NoError(t, dec.Decode(&second))
	require.Equal(t, map[string]any{"in": "y", "other": map[string]any{"k": "v"}}, first["g"])
	require.Equal(t, want["g"], second["g"])
}

func TestLoggerFormatsAndLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1, "": 3} {
		var out bytes.Buffer
		log := telemetry.NewLogger(&out, "text", level)
		log.Debug("m")
		log.Info("m")
		log.Warn("m")
		log.Error("m")
		require.Equal(t, want, bytes.Count(out.Bytes(), []byte("msg=m\n")), level)
	}
}
