// Package telemetry sets up OpenTelemetry, and is the only one that names its
// SDK: traces go out by OTLP as the standard OTEL_* variables say, metrics are
// scraped, logs carry trace ids.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Options of [Setup].
type Options struct {
	// ServiceName and ServiceVersion describe the process; OTEL_SERVICE_NAME and
	// OTEL_RESOURCE_ATTRIBUTES have the last word.
	ServiceName    string
	ServiceVersion string
	// Logger takes failures of the SDK, at most one line a minute.
	Logger *slog.Logger
	// Endpoint is the base URL of an OTLP/HTTP collector, used where the variables
	// name none; empty means that nothing is exported then.
	Endpoint string
	// SampleRatio is the share of traces that are sampled where nothing is exported
	// and no OTEL_TRACES_SAMPLER is set; SpanProcessors alone see them then. nil: all.
	SampleRatio *float64
	// SpanProcessors get every sampled span beside the exporter.
	SpanProcessors []sdktrace.SpanProcessor
}

// Telemetry holds the providers of one process.
type Telemetry struct {
	tracers  trace.TracerProvider
	meters   metric.MeterProvider
	handler  http.Handler
	flush    func(context.Context) error
	stops    []func(context.Context) error
	plugins  pluginTracers
	stopOnce sync.Once
	stopErr  error
}

// Setup reads the OTEL_* variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)
// and starts the SDK. Without a configured endpoint nothing is exported, yet spans
// have trace ids, which deliveries record. It makes the SDK's process-wide error
// handler, the only one there is, report to opts.Logger. Errors name the variable
// that cannot be followed.
func Setup(ctx context.Context, opts Options) (*Telemetry, error) {
	if opts.Logger == nil {
		return nil, errors.New("telemetry: Options.Logger is nil: give a logger")
	}
	otel.SetErrorHandler(newErrorHandler(opts.Logger))
	if isTrue(os.Getenv("OTEL_SDK_DISABLED")) {
		return disabled(), nil
	}
	res := newResource(ctx, opts)
	t := &Telemetry{}
	if err := t.setupMetrics(res); err != nil {
		return nil, err
	}
	if err := t.setupTraces(ctx, opts, res); err != nil {
		return nil, errors.Join(err, t.Shutdown(ctx))
	}
	return t, nil
}

// disabled is the telemetry of OTEL_SDK_DISABLED=true.
func disabled() *Telemetry {
	return &Telemetry{
		tracers: nooptrace.NewTracerProvider(),
		meters:  noopmetric.NewMeterProvider(),
		handler: http.NotFoundHandler(),
		flush:   func(context.Context) error { return nil },
	}
}

// TracerProvider makes tracers.
func (t *Telemetry) TracerProvider() trace.TracerProvider { return t.tracers }

// MeterProvider makes meters.
func (t *Telemetry) MeterProvider() metric.MeterProvider { return t.meters }

// MetricsHandler answers scrapes in Prometheus' format.
func (t *Telemetry) MetricsHandler() http.Handler { return t.handler }

// Propagator reads and writes W3C traceparent, and never baggage: what a client
// sends in it must not reach subscribers.
func (t *Telemetry) Propagator() propagation.TextMapPropagator { return propagation.TraceContext{} }

// SetGlobal makes the providers those of the process, for libraries that take
// them from nowhere else.
func (t *Telemetry) SetGlobal() {
	otel.SetTracerProvider(t.tracers)
	otel.SetMeterProvider(t.meters)
	otel.SetTextMapPropagator(t.Propagator())
}

// ForceFlush sends the spans ended so far. It waits for the collector and so has
// no place on the road of a request.
func (t *Telemetry) ForceFlush(ctx context.Context) error { return t.flush(ctx) }

// Shutdown sends what is left and stops, within ctx; what the collector has not
// taken by then is dropped. Later calls return what the first did.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	t.stopOnce.Do(func() {
		var errs []error
		for _, stop := range t.stops {
			errs = append(errs, stop(ctx))
		}
		if err := errors.Join(errs...); err != nil {
			t.stopErr = fmt.Errorf("telemetry: shutdown: %w", err)
		}
	})
	return t.stopErr
}

func newResource(ctx context.Context, opts Options) *resource.Resource {
	attrs := []attribute.KeyValue{
		attribute.String("service.name", opts.ServiceName),
		attribute.String("service.instance.id", uuid.NewString()),
	}
	if opts.ServiceVersion != "" {
		attrs = append(attrs, attribute.String("service.version", opts.ServiceVersion))
	}
	res, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attrs...), resource.WithFromEnv())
	if err != nil { // res holds what could be read
		opts.Logger.WarnContext(ctx, "OTEL_RESOURCE_ATTRIBUTES is not taken whole: write key=value,key=value",
			"error", err)
	}
	return res
}
