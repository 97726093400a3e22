package gateway

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// keptSpans keeps the spans that are ended.
type keptSpans struct {
	noop.TracerProvider
	mu    sync.Mutex
	ended []*span
}

func (s *keptSpans) Tracer(string, ...trace.TracerOption) trace.Tracer { return &spanTracer{spans: s} }

type spanTracer struct {
	noop.Tracer
	spans *keptSpans
}

func (t *spanTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	cfg := trace.NewSpanStartConfig(options...)
	s := &span{spans: t.spans, name: name, kind: cfg.SpanKind(), parent: trace.SpanContextFromContext(ctx), attributes: map[string]any{}}
	s.SetAttributes(cfg.Attributes()...)
	return trace.ContextWithSpan(ctx, s), s
}

type span struct {
	noop.Span
	spans      *keptSpans
	name       string
	kind       trace.SpanKind
	parent     trace.SpanContext
	attributes map[string]any
	status     codes.Code
}

func (s *span) SetName(name string)                 { s.name = name }
func (s *span) SetStatus(code codes.Code, _ string) { s.status = code }

func (s *span) SetAttributes(kvs ...attribute.KeyValue) {
	for _, kv := range kvs {
		s.attributes[string(kv.Key)] = kv.Value.AsInterface()
	}
}

func (s *span) End(...trace.SpanEndOption) {
	s.spans.mu.Lock()
	defer s.spans.mu.Unlock()
	s.spans.ended = append(s.spans.ended, s)
}

func TestSpans(t *testing.T) {
	t.Parallel()
	const traceID = "0af7651916cd43dd8448eb211c80319c"
	parent := "00-" + traceID + "-b7ad6b7169203331-01"
	tests := []struct {
		method, path, name, route string
		status                    int
		code                      codes.Code
	}{
		{"GET", "/vendor/base/v1/things/42?x=1", "GET /vendor/base/v1/things/{thingId}", "/vendor/base/v1/things/{thingId}", 200, codes.Unset},
		{"POST", "/vendor/base/v1/nothing", "POST", "", 404, codes.Unset},
		{"BREW", "/vendor/base/v1/things", "HTTP", "", 405, codes.Unset},
		{"GET", "/vendor/base/v1/things/special", "GET /vendor/base/v1/things/special", "/vendor/base/v1/things/special", 502, codes.Error},
		{"GET", "/sleeper/x", "GET", "", 503, codes.Error},
		{"GET", "/v1/things", "GET /v1/things", "", 200, codes.Unset},
	}
	for _, test := range tests {
		t.Run(test.method+test.path, func(t *testing.T) {
			t.Parallel()
			kept := &keptSpans{}
			w := newWorld(t, func(c *Config, _ *sdk.Manifest) {
				c.TracerProvider = kept
				c.Unified = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					trace.SpanFromContext(r.Context()).SetName("GET /v1/things")
				})
			})
			w.plugins.handle = func(_ context.Context, provider string, req pluginhost.APIRequest, _ sdk.Engine) (*sdk.Response, error) {
				if req.OperationID == "getSpecial" {
					return &sdk.Response{Status: 502}, nil
				}
				return echo(provider, req), nil
			}
			w.do(t, request{method: test.method, path: test.path, headers: map[string]string{"Traceparent": parent, "X-Request-Id": "id"}})
			require.Len(t, kept.ended, 1)
			got := kept.ended[0]
			require.Equal(t, test.name, got.name)
			require.Equal(t, trace.SpanKindServer, got.kind)
			require.Equal(t, traceID, got.parent.TraceID().String())
			require.Equal(t, test.code, got.status)
			if test.status != 200 || test.route != "" {
				require.EqualValues(t, test.status, got.attributes["http.response.status_code"])
			}
			if test.route != "" {
				require.Equal(t, test.route, got.attributes["http.route"])
				require.Equal(t, "vendor", got.attributes["switchhook.provider"])
			}
			require.Equal(t, "127.0.0.1", got.attributes["server.address"])
			require.Equal(t, "id", got.attributes["switchhook.request.id"])
		})
	}
}

func TestProbesAndPagesHaveNoSpans(t *testing.T) {
	t.Parallel()
	kept := &keptSpans{}
	w := newWorld(t, func(c *Config, _ *sdk.Manifest) { c.TracerProvider, c.Dashboard = kept, named("pages") })
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/", "/ui/deliveries"} {
		w.do(t, request{method: "GET", path: path})
	}
	require.Empty(t, kept.ended)
}
