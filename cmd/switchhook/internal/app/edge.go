package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/gateway"
	"github.com/switchhook/switchhook/core/gateway/dashboard"
	"github.com/switchhook/switchhook/core/gateway/unified"
	"github.com/switchhook/switchhook/core/idempotency"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/secret"
)

// newGateway makes the HTTP edge of the services.
func (a *App) newGateway(s services) error {
	cfg, err := a.gatewayConfig(s, a.host)
	if err != nil {
		return err
	}
	g, err := gateway.New(cfg)
	if err != nil {
		return err
	}
	if err := g.Update(a.host.Providers()); err != nil {
		return err
	}
	a.gateway.Store(g)
	a.onClose(func(context.Context) error { g.Close(); return nil })
	// A plugin may have come up between the two lines above.
	a.providersChanged(a.host.Providers())
	a.server = gateway.NewServer(a.cfg.Server, g, a.log)
	return nil
}

// gatewayConfig puts the edge together; plugins answer the vendor APIs.
func (a *App) gatewayConfig(s services, plugins gateway.Plugins) (gateway.Config, error) {
	api, err := unified.New(unified.Config{
		Idempotency: idempotency.NewService(a.store, a.log), EventTypes: s.eventTypes,
		Accounts: s.accounts, Subscriptions: s.subscriptions, Events: s.events, Replays: s.replays, Providers: a.host,
		Deliveries:   delivery.ByHand{Store: a.store, Snapshots: s.index, Providers: a.host, Count: a.engine.CountCancelled},
		PluginStatus: a.pluginStatus, Audit: a.store, Statistics: a.store, Traces: a.store, TraceViewer: a.cfg.Traces.ViewerURL, Wake: a.engine.Wake, MaxBodyBytes: a.cfg.Server.MaxBodyBytes,
		Logger: a.log, Tracer: a.telemetry.TracerProvider().Tracer(tracerName), Now: time.Now,
	})
	if err != nil {
		return gateway.Config{}, err
	}
	var names []string
	hosts, rates := map[string]string{}, map[string]int{}
	for _, p := range configuredPlugins(a.cfg) {
		names = append(names, p.Provider)
		rates[p.Provider] = a.cfg.Plugin(p.Provider).RequestsPerSecond
		for _, host := range a.cfg.Plugin(p.Provider).Hosts {
			hosts[host] = p.Provider
		}
	}
	pages, err := a.newDashboard(api)
	if err != nil {
		return gateway.Config{}, err
	}
	return gateway.Config{
		Dashboard: pages,
		Providers: names, Hosts: hosts, RequestsPerSecond: rates, Plugins: plugins, Authenticator: s.accounts, Granter: s.accounts,
		Subscriptions: s.subscriptions, Deliveries: a.store, Events: s.events, Limits: s.accounts, Prober: s.egress, Unified: api, Metrics: a.telemetry.MetricsHandler(), Checks: a.checks(),
		MaxBodyBytes: a.cfg.Server.MaxBodyBytes, Now: time.Now, TracerProvider: a.telemetry.TracerProvider(), Meter: a.meter(), Log: a.log,
	}, nil
}

// newDashboard makes the pages for people, which call the unified API; nil where
// they are switched off.
func (a *App) newDashboard(api http.Handler) (http.Handler, error) {
	if !a.cfg.Dashboard.Enabled {
		return nil, nil
	}
	key, err := secretKey(a.cfg)
	if err != nil {
		return nil, err
	}
	box, err := secret.NewBox(key)
	if err != nil {
		return nil, fmt.Errorf("secret_key: %w", err)
	}
	d, err := dashboard.New(dashboard.Config{
		API: api, Box: box, HTTPS: a.cfg.Dashboard.HTTPS, MaxBodyBytes: a.cfg.Server.MaxBodyBytes, Now: time.Now, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// providersChanged routes by the documents that plugins describe from now on.
func (a *App) providersChanged(set *provider.Set) {
	g := a.gateway.Load()
	if g == nil {
		return
	}
	if err := g.Update(set); err != nil {
		a.log.Error("a provider's API cannot be served", slog.Any("error", err))
	}
}

// checks decide whether the gateway is ready.
func (a *App) checks() []gateway.Check {
	return []gateway.Check{
		{Name: "store", Run: a.store.Ping},
		{Name: "plugins", Run: func(context.Context) error {
			for _, s := range a.host.Status() {
				if s.State != pluginhost.StateUp {
					return fmt.Errorf("plugin %s is %s: %s", s.Provider, s.State, s.LastError)
				}
			}
			return nil
		}},
	}
}

func (a *App) pluginStatus() []unified.PluginStatus {
	var out []unified.PluginStatus
	for _, s := range a.host.Status() {
		out = append(out, unified.PluginStatus{Provider: s.Provider, State: string(s.State), LastError: s.LastError})
	}
	return out
}
