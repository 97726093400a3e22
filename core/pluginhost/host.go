// Package pluginhost starts, supervises and calls the plugins that serve the
// providers' adapters. Bundled and external adapters go the same road: a process
// of its own, spoken to over gRPC on a unix socket with mutual TLS. What a
// plugin answers is checked as strictly as what a user sends.
package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/settle"
)

// Config is what a [Host] needs. Zero durations take the defaults.
type Config struct {
	Plugins []Plugin
	Log     *slog.Logger
	// TracerProvider for the spans of calls; nil makes none.
	TracerProvider trace.TracerProvider
	// Meter takes what is counted; nil: nobody does.
	Meter metric.Meter
	// Version of the gateway, told to plugins for their log.
	Version string
	// OnChange is called, one call at a time, with the providers known after a
	// plugin came up with a manifest. It must not call Close.
	OnChange func(*provider.Set)
	// Command builds the command of a plugin; nil is the plugin's Path, or this
	// executable as `adapter <provider>`. Its environment is set by the host.
	Command func(Plugin) (*exec.Cmd, error)
	// HandleWait is how long Handle waits for a plugin that is down; 2 s.
	HandleWait time.Duration
	// HandleTimeout bounds one Handle call; 30 s.
	HandleTimeout time.Duration
	// RenderTimeout bounds one Render call, without the wait for the plugin; 30 s.
	RenderTimeout time.Duration
}

const (
	defaultHandleWait = 2 * time.Second
	defaultTimeout    = 30 * time.Second
)

// Host owns the plugin processes of a gateway.
type Host struct {
	cfg         Config
	log         *slog.Logger
	launch      func(context.Context, Plugin, *slog.Logger) (*link, error)
	supervisors map[string]*supervisor
	order       []*supervisor
	metrics     metrics
	providers   atomic.Pointer[provider.Set]
	changing    sync.Mutex // one OnChange at a time

	mu      sync.Mutex
	started bool
	closed  bool
	cancel  context.CancelFunc
	settle  *time.Timer // nil before the first plugins are known
}

// New checks the configuration and returns a host that has not started yet. The
// error names the plugin and what is wrong with it.
func New(cfg Config) (*Host, error) {
	if cfg.Log == nil {
		return nil, errors.New("plugin host: no logger")
	}
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = noop.NewTracerProvider()
	}
	cfg.HandleWait = defaultTo(cfg.HandleWait, defaultHandleWait)
	cfg.HandleTimeout = defaultTo(cfg.HandleTimeout, defaultTimeout)
	cfg.RenderTimeout = defaultTo(cfg.RenderTimeout, defaultTimeout)
	h := &Host{cfg: cfg, log: cfg.Log, supervisors: map[string]*supervisor{}}
	h.launch = h.launchProcess
	h.providers.Store(new(provider.Set))
	for _, p := range cfg.Plugins {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("plugin %q: %w", p.Provider, err)
		}
		if h.supervisors[p.Provider] != nil {
			return nil, fmt.Errorf("plugin %q: is configured twice", p.Provider)
		}
		s := newSupervisor(p, h)
		h.supervisors[p.Provider] = s
		h.order = append(h.order, s)
	}
	if err := h.instrument(cfg.Meter); err != nil {
		return nil, fmt.Errorf("plugin host: %w", err)
	}
	return h, nil
}

func defaultTo(d, or time.Duration) time.Duration {
	if d <= 0 {
		return or
	}
	return d
}

// Start starts all plugins at once and returns; they run until Close, whatever
// becomes of ctx, so that a gateway that is told to stop can finish its work.
// Later calls, and calls after Close, do nothing.
func (h *Host) Start(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.started || h.closed {
		return
	}
	h.started = true
	settle.Collect() // the plugins' documents will be parsed
	ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, s := range h.order {
		go s.run(ctx)
	}
}

// WaitReady returns when all plugins are up, or with an error that tells which
// are not, and why, when ctx ends.
func (h *Host) WaitReady(ctx context.Context) error {
	var problems []error
	for _, s := range h.order {
		if _, err := s.await(ctx, nil); err != nil {
			problems = append(problems, s.unavailable(err))
		}
	}
	return errors.Join(problems...)
}

// Close ends all plugins and waits until their processes are gone. Calls that
// still run fail with [ErrUnavailable], so callers are drained first. When ctx
// ends before the plugins have, they are killed. Close may be called again, and
// without Start.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	started := h.started
	if h.settle != nil {
		h.settle.Stop()
	}
	if h.cancel != nil {
		h.cancel()
	}
	h.mu.Unlock()
	for _, s := range h.order {
		s.close()
	}
	if !started {
		return nil
	}
	for _, s := range h.order {
		select {
		case <-s.done:
		case <-ctx.Done():
			s.kill()
			<-s.done
		}
	}
	return nil
}

// Providers returns every provider that a plugin has described, also those whose
// plugin is down at the moment.
func (h *Host) Providers() *provider.Set { return h.providers.Load() }

// publish makes the provider set anew.
func (h *Host) publish() {
	h.changing.Lock()
	defer h.changing.Unlock()
	var known []*provider.Provider
	for _, s := range h.order {
		if p := s.described(); p != nil {
			known = append(known, p)
		}
	}
	set, err := provider.NewSet(known...)
	if err != nil { // each supervisor insists on its own name
		h.log.Error("cannot publish the providers", slog.Any("error", err))
		return
	}
	h.providers.Store(set)
	if h.cfg.OnChange != nil {
		h.cfg.OnChange(set)
	}
	h.settleOnce()
}

// settleAfter is when the rest of the gateway has started too.
const settleAfter = time.Second

// settleOnce has the memory of the start given back, of which parsing documents
// took most, once it is known of every plugin whether it starts.
func (h *Host) settleOnce() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.settle == nil && !h.closed && !h.starting() {
		h.settle = time.AfterFunc(settleAfter, settle.Release)
	}
}

// starting tells whether there is a plugin of which it is not known yet whether
// it starts.
func (h *Host) starting() bool {
	return slices.ContainsFunc(h.order, func(s *supervisor) bool { return s.status().State == StateStarting })
}

// UnavailableResponse is the provider's own envelope for a plugin that cannot be
// asked; nil when it has never been up.
func (h *Host) UnavailableResponse(name string) *sdk.Response {
	p := h.Providers().Get(name)
	if p == nil {
		return nil
	}
	return p.Manifest.Unavailable
}

// Status tells the state of each plugin, in the order of the configuration.
func (h *Host) Status() []PluginStatus {
	out := make([]PluginStatus, len(h.order))
	for i, s := range h.order {
		out[i] = s.status()
	}
	return out
}
