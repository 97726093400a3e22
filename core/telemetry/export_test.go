package telemetry

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// collectorFake takes spans as take says.
type collectorFake struct {
	take func(ctx context.Context, n int) error
}

func (c *collectorFake) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return c.take(ctx, len(spans))
}

func (c *collectorFake) Shutdown(context.Context) error { return nil }

// exporting makes spans that go to a collector, whose fate counted returns.
func exporting(t *testing.T, take func(ctx context.Context, n int) error) (emit func(n int), provider *sdktrace.TracerProvider, out *bytes.Buffer, counted func() map[string]int64) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	out = &bytes.Buffer{}
	processor := newExport(&collectorFake{take}, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("t"), NewLogger(out, "text", "info"))
	provider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	tracer := provider.Tracer("t")
	emit = func(n int) {
		for range n {
			_, span := tracer.Start(t.Context(), "s", trace.WithSpanKind(trace.SpanKindInternal))
			span.End()
		}
	}
	return emit, provider, out, func() map[string]int64 {
		var all metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(t.Context(), &all))
		counts := map[string]int64{}
		data, ok := all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64])
		require.True(t, ok)
		for _, p := range data.DataPoints {
			v, _ := p.Attributes.Value(attribute.Key("outcome"))
			counts[v.AsString()] = p.Value
		}
		return counts
	}
}

// A collector that accepts and does not answer holds nobody up, and so many spans
// at most; what comes on top is dropped and counted.
func TestCollectorThatHangs(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
	release, begun := make(chan struct{}), make(chan struct{}, 1000)
	emit, provider, out, counted := exporting(t, func(context.Context, int) error {
		begun <- struct{}{}
		<-release
		return nil
	})
	emit(1000) // as many as nobody takes: it returns all the same
	require.Equal(t, map[string]int64{instrument.SpansQueue: 900, instrument.SpansExported: 0, instrument.SpansFailed: 0}, counted())
	close(release)
	require.NoError(t, provider.Shutdown(t.Context()))
	require.NotEmpty(t, begun)
	require.Equal(t, map[string]int64{instrument.SpansQueue: 900, instrument.SpansExported: 100, instrument.SpansFailed: 0}, counted())
	require.Empty(t, out.String())
}

// A collector that refuses is said once, and once that it takes traces again.
func TestCollectorThatRefuses(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
	refused := errors.New("connection refused")
	failure := refused
	emit, provider, out, counted := exporting(t, func(context.Context, int) error { return failure })
	for range 5 {
		emit(10)
		require.NoError(t, provider.ForceFlush(t.Context()))
	}
	require.Equal(t, 1, strings.Count(out.String(), "\n"), "%s", out)
	require.Contains(t, out.String(), "the collector does not take traces")
	require.Contains(t, out.String(), "connection refused")
	failure = nil
	for range 2 {
		emit(10)
		require.NoError(t, provider.ForceFlush(t.Context()))
	}
	require.Equal(t, 2, strings.Count(out.String(), "\n"), "%s", out)
	require.Contains(t, out.String(), "takes traces again\" dropped_spans=50")
	require.Equal(t, map[string]int64{instrument.SpansQueue: 0, instrument.SpansExported: 20, instrument.SpansFailed: 50}, counted())
	require.NoError(t, provider.Shutdown(t.Context()))
}
