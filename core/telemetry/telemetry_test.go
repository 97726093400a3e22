package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/switchhook/switchhook/core/telemetry"
	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// buffer is a log that several goroutines write.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// setenv leaves only the given OTEL_ variables.
func setenv(t *testing.T, env map[string]string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
	for k, v := range env {
		t.Setenv(k, v)
	}
}

func setup(t *testing.T, opts telemetry.Options) *telemetry.Telemetry {
	t.Helper()
	opts.ServiceName, opts.ServiceVersion = "switchhook", "1.2.3"
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	tel, err := telemetry.Setup(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = tel.Shutdown(ctx)
	})
	return tel
}

// collector serves a sink and returns its base URL.
func collector(t *testing.T) (*otlpsink.Sink, string) {
	t.Helper()
	sink := otlpsink.New(0)
	srv := httptest.NewServer(sink)
	t.Cleanup(srv.Close)
	return sink, srv.URL
}

// emit makes a trace of two spans and returns its id.
func emit(t *testing.T, tel *telemetry.Telemetry) string {
	t.Helper()
	tracer := tel.TracerProvider().Tracer("test")
	ctx, root := tracer.Start(t.Context(), "publish", trace.WithSpanKind(trace.SpanKindServer))
	root.SetAttributes(attribute.String("event.type", "message.received"), attribute.Int("n", 7))
	_, child := tracer.Start(ctx, "attempt", trace.WithSpanKind(trace.SpanKindClient))
	child.AddEvent("dns", trace.WithAttributes(attribute.Bool("error", false)))
	child.SetStatus(codes.Error, "refused")
	child.End()
	root.End()
	return root.SpanContext().TraceID().String()
}

func flush(t *testing.T, tel *telemetry.Telemetry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, tel.ForceFlush(ctx))
}

func TestTracesReachTheCollectorTheVariablesName(t *testing.T) {
	for name, env := range map[string]func(url string) map[string]string{
		"endpoint": func(u string) map[string]string { return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": u} },
		"traces endpoint": func(u string) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": u + "/v1/traces", "OTEL_TRACES_EXPORTER": "otlp"}
		},
		"gzip, by name": func(u string) map[string]string {
			return map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": u, "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
				"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sink, url := collector(t)
			setenv(t, env(url))
			tel := setup(t, telemetry.Options{})
			id := emit(t, tel)
			flush(t, tel)
			roots := sink.Tree(id)
			require.Len(t, roots, 1)
			root := roots[0]
			require.Equal(t, "publish", root.Name)
			require.Equal(t, "server", root.Kind)
			require.Equal(t, "switchhook", root.Service)
			require.Equal(t, "test", root.Scope)
			require.Equal(t, map[string]any{"event.type": "message.received", "n": int64(7)}, root.Attributes)
			require.Len(t, root.Children, 1)
			child := root.Find("attempt")
			require.Equal(t, root.SpanID, child.ParentID)
			require.True(t, child.Failed)
			require.Equal(t, "refused", child.Status)
			require.Equal(t, "dns", child.Events[0].Name)
			require.Equal(t, map[string]any{"error": false}, child.Events[0].Attributes)
			require.False(t, child.Start.Before(root.Start))
			require.Contains(t, root.String(), "└─ attempt")
		})
	}
}

func TestTracesGoToTheEndpointOfTheOptions(t *testing.T) {
	sink, url := collector(t)
	setenv(t, map[string]string{"OTEL_SERVICE_NAME": "named", "OTEL_RESOURCE_ATTRIBUTES": "service.version=9"})
	tel := setup(t, telemetry.Options{Endpoint: url})
	id := emit(t, tel)
	flush(t, tel)
	require.Len(t, sink.Trace(id), 2)
	require.Equal(t, "named", sink.Trace(id)[0].Service)

	other, otherURL := collector(t)
	setenv(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": otherURL})
	tel = setup(t, telemetry.Options{Endpoint: url})
	id = emit(t, tel)
	flush(t, tel)
	require.Len(t, other.Trace(id), 2, "the variable has the last word")
	require.Empty(t, sink.Trace(id))
}

// grpcCollector counts what comes over gRPC.
type grpcCollector struct {
	collectorpb.UnimplementedTraceServiceServer
	spans chan string
}

func (c *grpcCollector) Export(_ context.Context, r *collectorpb.ExportTraceServiceRequest) (*collectorpb.ExportTraceServiceResponse, error) {
	for _, rs := range r.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				c.spans <- s.GetName()
			}
		}
	}
	return &collectorpb.ExportTraceServiceResponse{}, nil
}

func TestTracesGoByGRPC(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	srv := grpc.NewServer()
	got := &grpcCollector{spans: make(chan string, 10)}
	collectorpb.RegisterTraceServiceServer(srv, got)
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(l) }()
	defer func() { srv.Stop(); <-served }()

	setenv(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + l.Addr().String(), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
	})
	tel := setup(t, telemetry.Options{})
	emit(t, tel)
	flush(t, tel)
	require.ElementsMatch(t, []string{"publish", "attempt"}, []string{<-got.spans, <-got.spans})
	require.NoError(t, tel.Shutdown(t.Context()))
}

func TestVariablesDecideWhetherThereIsATrace(t *testing.T) {
	sink, url := collector(t)
	tests := map[string]struct {
		env      map[string]string
		valid    bool // spans have ids
		sampled  bool
		exported bool
	}{
		"nothing set":      {map[string]string{}, true, false, false},
		"endpoint":         {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url}, true, true, true},
		"exporter none":    {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_TRACES_EXPORTER": "none"}, true, false, false},
		"sampler off":      {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_TRACES_SAMPLER": "always_off"}, true, false, false},
		"ratio 0":          {map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}, true, false, false},
		"SDK disabled":     {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_SDK_DISABLED": "TRUE"}, false, false, false},
		"SDK not disabled": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_SDK_DISABLED": "false"}, true, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			setenv(t, tt.env)
			tel := setup(t, telemetry.Options{})
			_, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "publish")
			span.End()
			flush(t, tel)
			sc := span.SpanContext()
			require.Equal(t, tt.valid, sc.IsValid())
			require.Equal(t, tt.sampled, sc.IsSampled())
			require.Equal(t, tt.exported, len(sink.Trace(sc.TraceID().String())) == 1)
		})
	}
}

func TestSetupRefusesWhatItCannotFollow(t *testing.T) {
	for want, env := range map[string]map[string]string{
		`OTEL_TRACES_EXPORTER "zipkin" is not supported`:      {"OTEL_TRACES_EXPORTER": "zipkin"},
		`OTEL_EXPORTER_OTLP_PROTOCOL "http/json" is not supp`: {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
	} {
		setenv(t, env)
		_, err := telemetry.Setup(t.Context(), telemetry.Options{Logger: slog.New(slog.DiscardHandler)})
		require.ErrorContains(t, err, want)
	}
	_, err := telemetry.Setup(t.Context(), telemetry.Options{})
	require.ErrorContains(t, err, "Logger is nil")
}

func TestACollectorThatIsDownNeitherBlocksNorFloods(t *testing.T) {
	closed, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer hanging.Close()
	defer close(release)
	for name, env := range map[string]map[string]string{
		"closed":       {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + closed.Addr().String()},
		"closed, gRPC": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + closed.Addr().String(), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"hanging":      {"OTEL_EXPORTER_OTLP_ENDPOINT": hanging.URL},
		"failing":      {"OTEL_EXPORTER_OTLP_ENDPOINT": hanging.URL, "OTEL_EXPORTER_OTLP_TIMEOUT": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			env["OTEL_BSP_SCHEDULE_DELAY"] = "1"
			env["OTEL_BSP_EXPORT_TIMEOUT"] = "20"
			env["OTEL_BSP_MAX_QUEUE_SIZE"] = "64"
			env["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "1"
			setenv(t, env)
			var log buffer
			tel := setup(t, telemetry.Options{Logger: telemetry.NewLogger(&log, "text", "info")})
			tracer := tel.TracerProvider().Tracer("test")
			start := time.Now()
			for range 10_000 {
				_, span := tracer.Start(t.Context(), "publish")
				span.End()
			}
			require.Less(t, time.Since(start), 5*time.Second, "spans waited for the collector")
			require.Eventually(t, func() bool { return log.String() != "" }, 5*time.Second, time.Millisecond)

			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start = time.Now()
			first := tel.Shutdown(ctx)
			require.Less(t, time.Since(start), 5*time.Second)
			require.Equal(t, first, tel.Shutdown(t.Context()), "the second call does not wait again")
			require.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
		})
	}
}

func TestMetricsAreScraped(t *testing.T) {
	setenv(t, nil)
	tel := setup(t, telemetry.Options{})
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("switchhook.events")
	require.NoError(t, err)
	counter.Add(t.Context(), 3)
	scrape := func(tel *telemetry.Telemetry) (int, string) {
		rec := httptest.NewRecorder()
		tel.MetricsHandler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return rec.Code, rec.Body.String()
	}
	code, body := scrape(tel)
	require.Equal(t, 200, code)
	require.Contains(t, body, "switchhook_events_total 3\n")
	require.Contains(t, body, `service_name="switchhook"`)
	require.Contains(t, body, "go_goroutines ")

	// Each set-up has its own registry.
	_, body = scrape(setup(t, telemetry.Options{}))
	require.NotContains(t, body, "switchhook_events_total")

	setenv(t, map[string]string{"OTEL_SDK_DISABLED": "true"})
	code, _ = scrape(setup(t, telemetry.Options{}))
	require.Equal(t, 404, code)
}

func TestPropagatorCarriesNoBaggage(t *testing.T) {
	setenv(t, nil)
	tel := setup(t, telemetry.Options{})
	member, err := baggage.NewMember("user", "s3cr3t")
	require.NoError(t, err)
	bag, err := baggage.New(member)
	require.NoError(t, err)
	ctx, span := tel.TracerProvider().Tracer("test").Start(baggage.ContextWithBaggage(t.Context(), bag), "publish")
	defer span.End()
	carrier := propagation.MapCarrier{}
	tel.Propagator().Inject(ctx, carrier)
	require.Equal(t, []string{"traceparent"}, carrier.Keys())
	got := trace.SpanContextFromContext(tel.Propagator().Extract(t.Context(), carrier))
	require.Equal(t, span.SpanContext().TraceID(), got.TraceID())
}

func TestSetGlobalAndSpanProcessors(t *testing.T) {
	setenv(t, nil)
	spans := tracetest.NewSpanRecorder()
	tel := setup(t, telemetry.Options{SpanProcessors: []sdktrace.SpanProcessor{spans}})
	before := otel.GetTracerProvider()
	require.NotEqual(t, tel.TracerProvider(), before, "set-up alone changed the process")
	tel.SetGlobal()
	require.Equal(t, tel.TracerProvider(), otel.GetTracerProvider())
	require.Equal(t, tel.MeterProvider(), otel.GetMeterProvider())
	require.Equal(t, []string{"traceparent", "tracestate"}, otel.GetTextMapPropagator().Fields())
	_, span := otel.Tracer("test").Start(t.Context(), "publish")
	span.End()
	require.Len(t, spans.Ended(), 1)
}
