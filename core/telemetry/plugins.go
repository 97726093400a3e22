package telemetry

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// pluginTracers make spans of plugins' for who looks at spans within this process.
type pluginTracers struct {
	processors []sdktrace.SpanProcessor
	mu         sync.Mutex
	made       map[string]trace.Tracer // by provider
}

// AdapterService is the service that a provider's plugin exports its spans as.
func AdapterService(provider string) string { return "switchhook-adapter-" + provider }

// PluginTracer makes spans of a plugin's, as it tells of them, for
// [Options.SpanProcessors] alone: to the collector it exports them itself. nil where
// there are no such processors.
func (t *Telemetry) PluginTracer(provider string) trace.Tracer {
	p := &t.plugins
	if len(p.processors) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if tracer, ok := p.made[provider]; ok {
		return tracer
	}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", AdapterService(provider)))),
		sdktrace.WithIDGenerator(idGenerator{}), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())),
	}
	for _, processor := range p.processors {
		options = append(options, sdktrace.WithSpanProcessor(processor))
	}
	// It is not shut down: that would end the processors, which are not its own.
	tracer := sdktrace.NewTracerProvider(options...).Tracer("github.com/switchhook/switchhook/plugins/sdk")
	if p.made == nil {
		p.made = map[string]trace.Tracer{}
	}
	p.made[provider] = tracer
	return tracer
}
