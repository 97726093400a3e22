package unified_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/gateway"
	"github.com/switchhook/switchhook/core/gateway/unified"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
)

// BenchmarkPublish is what accepting events costs before they are committed:
// routing, authentication, reading, checking, spans and the answer, of the whole
// gateway without its server. The events' data has 1 KiB.
func BenchmarkPublish(b *testing.B) {
	data := fmt.Sprintf(`{"order":"4711","total":12.50,"lines":[%s],"note":"%s"}`,
		strings.TrimSuffix(strings.Repeat(`{"sku":"NB-A5-DOT","title":"Notebook, A5","quantity":4,"price":12.50},`, 8), ","), strings.Repeat("x", 400))
	cloudEvent := func(i int) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":"order-%d","source":"/shop/orders","type":"order.created","time":"2026-11-21T09:00:00Z","datacontenttype":"application/json","data":%s}`, i, data)
	}
	batch := make([]string, 100)
	for i := range batch {
		batch[i] = cloudEvent(i)
	}
	for _, form := range []struct{ name, contentType, body string }{
		{"short", "application/json", `{"type":"order.created","data":` + data + `}`},
		{"structured", "application/cloudevents+json", cloudEvent(1)},
		{"batch100", "application/cloudevents-batch+json", "[" + strings.Join(batch, ",") + "]"},
	} {
		for _, sampler := range []sdktrace.Sampler{sdktrace.NeverSample(), sdktrace.AlwaysSample()} {
			b.Run(form.name+"/"+strings.TrimSuffix(sampler.Description(), "Sampler"), func(b *testing.B) {
				handler := publisher(b, sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler)))
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/v1/events", http.NoBody)
				r.Header.Set("Authorization", "Bearer "+benchKey)
				r.Header.Set("Content-Type", form.contentType)
				r.Header.Set("User-Agent", "Go-http-client/1.1")
				r.Header.Set("Accept-Encoding", "gzip")
				body := bytes.NewReader([]byte(form.body))
				r.ContentLength = body.Size()
				w := &answered{}
				b.SetBytes(body.Size())
				b.ReportAllocs()
				for b.Loop() {
					body.Reset([]byte(form.body))
					r.Body = io.NopCloser(body)
					*w = answered{header: http.Header{}}
					handler.ServeHTTP(w, r)
					if w.status != http.StatusAccepted {
						b.Fatal(w.status)
					}
				}
			})
		}
	}
}

const benchKey = "swh_operator-key-for-benchmarks"

// answered is a response writer that costs next to nothing.
type answered struct {
	header http.Header
	status int
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) WriteHeader(status int)      { a.status = status }
func (a *answered) Write(p []byte) (int, error) { return len(p), nil }

// oneKey is a store with one key in it.
type oneKey struct{ account.Store }

func (oneKey) KeyByHash(_ context.Context, _ [sha256.Size]byte) (*account.Key, error) {
	return &account.Key{AccountID: uuid.UUID{1}, ID: uuid.UUID{2}, Scopes: []string{"*"}}, nil
}

func (oneKey) Account(_ context.Context, id uuid.UUID) (*account.Account, error) {
	return &account.Account{ID: id}, nil
}

// accepting commits events by keeping none.
type accepting struct{}

func (accepting) Commit(_ context.Context, events []*event.Event) ([]uuid.UUID, error) {
	keys := make([]uuid.UUID, len(events))
	for i, e := range events {
		keys[i] = e.Key
	}
	return keys, nil
}

type noProviders struct{ set *provider.Set }

func (p noProviders) Providers() *provider.Set { return p.set }

func publisher(b *testing.B, tracers trace.TracerProvider) http.Handler {
	b.Helper()
	set, err := provider.NewSet()
	require.NoError(b, err)
	p, log := noProviders{set}, slog.New(slog.DiscardHandler)
	accounts := account.NewService(oneKey{}, time.Now, log)
	events := event.NewService(nil, accepting{}, p, tracers.Tracer("event"), time.Now)
	api, err := unified.New(unified.Config{
		Accounts: accounts, Subscriptions: &subscription.Service{}, Events: events, Providers: p,
		MaxBodyBytes: 1 << 20, Logger: log, Tracer: tracers.Tracer("unified"), Now: time.Now,
	})
	require.NoError(b, err)
	g, err := gateway.New(gateway.Config{
		Providers: []string{"none"}, Plugins: nothing{}, Authenticator: accounts, Granter: accounts,
		Subscriptions: &subscription.Service{}, Deliveries: nothing{}, Events: events, Prober: nothing{}, Unified: api,
		Metrics: http.NotFoundHandler(), MaxBodyBytes: 1 << 20, Now: time.Now, TracerProvider: tracers, Log: log,
	})
	require.NoError(b, err)
	b.Cleanup(g.Close)
	return g
}

// nothing stands for what publishing does not use.
type nothing struct {
	gateway.Plugins
	gateway.Deliveries
	gateway.Prober
}
