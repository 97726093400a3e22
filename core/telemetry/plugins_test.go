package telemetry_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry"
	"github.com/switchhook/switchhook/core/telemetry/spans"
)

// What a plugin tells of reaches who looks at spans here, with the plugin's own ids,
// and not the collector, to which it exports them itself.
func TestPluginTracer(t *testing.T) {
	sink, url := collector(t)
	setenv(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url})
	require.Nil(t, setup(t, telemetry.Options{}).PluginTracer("callbell"))
	kept := tracetest.NewSpanRecorder()
	tel := setup(t, telemetry.Options{SpanProcessors: []sdktrace.SpanProcessor{kept}})
	ctx, root := tel.TracerProvider().Tracer("test").Start(t.Context(), "render")
	id := trace.SpanID{1, 2}
	_, span := tel.PluginTracer("callbell").Start(spans.WithID(ctx, id), spans.AdapterRender)
	span.End()
	root.End()
	require.NoError(t, tel.ForceFlush(t.Context()))
	require.Len(t, kept.Ended(), 2)
	got := kept.Ended()[0]
	require.Equal(t, id, got.SpanContext().SpanID())
	require.Equal(t, root.SpanContext().SpanID(), got.Parent().SpanID())
	service, _ := got.Resource().Set().Value("service.name")
	require.Equal(t, "switchhook-adapter-callbell", service.AsString())
	exported := sink.Trace(root.SpanContext().TraceID().String())
	require.Len(t, exported, 1)
	require.Equal(t, "render", exported[0].Name)
}
