// Package gateway is the HTTP edge. It routes each provider's API from its
// OpenAPI document, authenticates, validates, and has the provider's adapter
// answer; it knows no vendor. Whatever fails before the adapter is reached is
// also encoded by the adapter, so that a client only ever sees its vendor's
// envelope.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/gateway/reference"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Plugins has an adapter answer one request; see [pluginhost.Host.Handle].
type Plugins interface {
	Handle(ctx context.Context, provider string, req pluginhost.APIRequest, engine sdk.Engine) (*sdk.Response, error)
}

// Authenticator tells who holds a token; see [account.Service.Authenticate].
type Authenticator interface {
	Authenticate(ctx context.Context, token sdk.Secret, forAccount string) (*account.Principal, error)
}

// Config is what a gateway is made of. All fields but Hosts, Dashboard,
// RequestsPerSecond, Limits, Checks and Meter are required.
type Config struct {
	// Providers that are configured, whether or not their plugin has described
	// itself yet.
	Providers []string
	// Hosts maps host names to providers. All paths of such a host are the vendor's.
	Hosts map[string]string
	// RequestsPerSecond are the rates by provider that the operator sets in place of
	// those of the manifests.
	RequestsPerSecond map[string]int
	// Plugins answer the vendor APIs.
	Plugins       Plugins
	Authenticator Authenticator
	// Granter makes access tokens for the APIs whose documents have clients fetch
	// them.
	Granter       Granter
	Subscriptions Subscriptions
	Deliveries    Deliveries
	// Events and Prober serve the adapters' test calls and verifications.
	Events Publisher
	Prober Prober
	// Limits are those of accounts, which test calls count for too.
	Limits Limits
	// Unified serves /v1/. It gets whole paths, a request id ([RequestID]) and a
	// server span, whose name it may set.
	Unified http.Handler
	// Dashboard serves the pages for people, at / and below /ui; nil serves none.
	Dashboard http.Handler
	// Metrics serves /metrics.
	Metrics http.Handler
	// Checks decide /readyz.
	Checks []Check
	// MaxBodyBytes bounds a request's body.
	MaxBodyBytes int64
	// Now is the clock of rate limits.
	Now            func() time.Time
	TracerProvider trace.TracerProvider
	// Meter takes what is counted; nil: nobody does.
	Meter metric.Meter
	Log   *slog.Logger
}

// check names what is missing or contradicts itself.
func (c *Config) check() error {
	missing := map[string]bool{
		"Providers": len(c.Providers) == 0, "Plugins": c.Plugins == nil, "Authenticator": c.Authenticator == nil, "Granter": c.Granter == nil,
		"Subscriptions": c.Subscriptions == nil, "Deliveries": c.Deliveries == nil, "Events": c.Events == nil, "Prober": c.Prober == nil, "Unified": c.Unified == nil,
		"Metrics": c.Metrics == nil, "MaxBodyBytes": c.MaxBodyBytes <= 0, "Now": c.Now == nil,
		"TracerProvider": c.TracerProvider == nil, "Log": c.Log == nil,
	}
	var errs []error
	for field, is := range missing {
		if is {
			errs = append(errs, fmt.Errorf("gateway: %s must be set", field))
		}
	}
	return errors.Join(errs...)
}

// outageEvery is how often an answer 503 is logged at most.
const outageEvery = time.Second

// Gateway is the handler of the HTTP server.
type Gateway struct {
	cfg    Config
	hosts  map[string]string
	table  atomic.Pointer[table]
	rates  *rates
	ready  *readiness
	engine *engine
	// unified is the document of the unified API, which reference serves with the
	// providers'.
	unified   []byte
	reference *reference.Reference
	tracer    trace.Tracer
	log       *slog.Logger
	// outage logs one of the answers 503 in a while.
	outage  rate.Sometimes
	metrics metrics
}

var _ http.Handler = (*Gateway)(nil)

// New returns a gateway that knows no provider's API yet; see [Gateway.Update].
// Errors name the field of the configuration.
func New(cfg Config) (*Gateway, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	hosts, err := newHosts(cfg.Hosts, cfg.Providers)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		outage: rate.Sometimes{Interval: outageEvery},
		cfg:    cfg, hosts: hosts, rates: newRates(cfg.Now), ready: newReadiness(cfg.Checks, cfg.Log),
		engine: &engine{
			subscriptions: cfg.Subscriptions, deliveries: cfg.Deliveries, events: cfg.Events, limits: cfg.Limits, prober: cfg.Prober,
			background: newBackground(), log: cfg.Log,
		},
		tracer: cfg.TracerProvider.Tracer(tracerName), log: cfg.Log,
	}
	g.table.Store(&table{flavours: map[string]*flavour{}})
	if err := g.instrument(cfg.Meter); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return g, g.newReference()
}

// Close ends what requests left behind them, such as verifications. Call it after
// the last request.
func (g *Gateway) Close() { g.engine.background.close() }

// Update serves the APIs of a set of providers from now on. Requests that are
// under way end by the documents they began with. A provider whose document
// cannot be routed is not served, and is named in the error.
func (g *Gateway) Update(set *provider.Set) error {
	t, err := newTable(set, g.table.Load())
	g.table.Store(t)
	return err
}

// newHosts checks the host names and brings them into the form of [hostName].
func newHosts(in map[string]string, providers []string) (map[string]string, error) {
	out := make(map[string]string, len(in))
	for host, name := range in {
		key := hostName(host)
		switch other, taken := out[key]; {
		case key == "" || strings.ContainsAny(host, ":/@* "):
			return nil, fmt.Errorf("plugins.%s.hosts: %q is not a host name; write it as api.example.com", name, host)
		case taken && other != name:
			return nil, fmt.Errorf("plugins.%s.hosts: %q belongs to %s too", name, host, other)
		case !slices.Contains(providers, name):
			return nil, fmt.Errorf("plugins.%s.hosts: provider %q is not enabled", name, name)
		}
		out[key] = name
	}
	return out, nil
}

// hostName is a Host header without its port, in lower case.
func hostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
