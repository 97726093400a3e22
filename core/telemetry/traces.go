package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func (t *Telemetry) setupTraces(ctx context.Context, opts Options, res *resource.Resource) error {
	exporter, err := newExporter(ctx, opts)
	if err != nil {
		return err
	}
	// The sampler and its limits come from OTEL_TRACES_SAMPLER and the like.
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(res), sdktrace.WithIDGenerator(idGenerator{})}
	if exporter != nil {
		options = append(options, sdktrace.WithSpanProcessor(newExport(exporter, t.meters.Meter(meterName), opts.Logger)))
	}
	t.plugins.processors = opts.SpanProcessors
	for _, p := range opts.SpanProcessors {
		options = append(options, sdktrace.WithSpanProcessor(p))
	}
	switch {
	case exporter != nil:
	case len(opts.SpanProcessors) == 0:
		// Nobody would see the spans, and they cost. A publisher's own trace is passed
		// on as it came.
		options = append(options, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	case firstEnv("OTEL_TRACES_SAMPLER") == "" && opts.SampleRatio != nil:
		options = append(options, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(*opts.SampleRatio))))
	}
	provider := sdktrace.NewTracerProvider(options...)
	t.tracers, t.flush = provider, provider.ForceFlush
	stop := func(ctx context.Context) error {
		err := provider.Shutdown(ctx)
		if exporter != nil && ctx.Err() != nil {
			// The processor still drains in the background: end its request under way.
			err = errors.Join(err, exporter.Shutdown(ctx))
		}
		return err
	}
	t.stops = append([]func(context.Context) error{stop}, t.stops...) // while there is still somebody to count
	return nil
}

// newExporter returns nil when nothing is to be exported.
func newExporter(ctx context.Context, opts Options) (sdktrace.SpanExporter, error) {
	configured := firstEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") != ""
	switch name := firstEnv("OTEL_TRACES_EXPORTER"); name {
	case "none":
		return nil, nil
	case "otlp": // asked for by name: the standard's default endpoint will do
		configured = configured || opts.Endpoint == ""
	case "":
		if !configured && opts.Endpoint == "" {
			return nil, nil
		}
	default:
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER %q is not supported: use otlp or none", name)
	}
	if !configured {
		endpoint := strings.TrimSuffix(opts.Endpoint, "/") + "/v1/traces"
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint))
	}
	switch p := firstEnv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); p {
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	case "grpc":
		return otlptracegrpc.New(ctx)
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL %q is not supported: use http/protobuf or grpc", p)
	}
}

// firstEnv returns the first variable that is set and not empty.
func firstEnv(names ...string) string {
	for _, name := range names {
		if v := strings.TrimSpace(os.Getenv(name)); v != "" {
			return v
		}
	}
	return ""
}

func isTrue(s string) bool { return strings.EqualFold(strings.TrimSpace(s), "true") }
