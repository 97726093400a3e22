package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// State of a plugin.
type State string

const (
	// StateStarting has not been up yet.
	StateStarting State = "starting"
	// StateUp answers calls.
	StateUp State = "up"
	// StateDown has ended or failed to start, and is started again.
	StateDown State = "down"
)

// PluginStatus is one plugin as operators see it.
type PluginStatus struct {
	Provider string
	State    State
	// Since is when the state began.
	Since time.Time
	// Version that the manifest names; "" before the first start.
	Version string
	// Restarts counts starts after the first.
	Restarts int
	// LastError is why the plugin went down or did not start; "" when it is up
	// and never failed.
	LastError string
	// PID of the process; 0 when none is up.
	PID int
	// External is true for a binary other than the gateway's own.
	External bool
}

const (
	firstBackoff = 100 * time.Millisecond
	mostBackoff  = 10 * time.Second
	// healthyAfter is how long a plugin must have been up for its next failure to
	// count as the first.
	healthyAfter = time.Minute
)

// supervisor keeps one plugin running.
type supervisor struct {
	plugin  Plugin
	host    *Host
	log     *slog.Logger
	renders chan struct{} // one slot a Render call
	done    chan struct{} // closed when run has ended

	mu       sync.Mutex
	state    State
	since    time.Time
	lastErr  error
	starts   int
	link     *link // nil unless up
	last     *link // up, or being stopped
	provider *provider.Provider
	changed  chan struct{} // closed and replaced when link changes
	closed   bool
}

func newSupervisor(p Plugin, h *Host) *supervisor {
	return &supervisor{
		plugin: p, host: h, log: h.log.With(slog.String("provider", p.Provider)),
		renders: make(chan struct{}, maxRenders), done: make(chan struct{}),
		state: StateStarting, since: time.Now(), changed: make(chan struct{}),
	}
}

// run starts the plugin, and starts it again whenever it ends, until ctx does.
func (s *supervisor) run(ctx context.Context) {
	defer close(s.done)
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval, wait.Multiplier, wait.RandomizationFactor = firstBackoff, mostBackoff, 2, 0.2
	wait.Reset()
	for {
		began := time.Now()
		err := s.live(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= healthyAfter {
			wait.Reset()
		}
		pause := wait.NextBackOff()
		s.log.ErrorContext(ctx, "plugin is down", slog.Any("error", err), slog.Duration("restart_in", pause))
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// live is one life of the plugin: it returns why it ended or did not start.
func (s *supervisor) live(ctx context.Context) error {
	s.starting()
	l, err := s.host.launch(ctx, s.plugin, s.log)
	if err != nil {
		s.failed(err)
		return err
	}
	p, err := s.describe(ctx, l)
	if err == nil {
		s.up(l, p)
		s.host.publish()
		s.log.InfoContext(ctx, "plugin is up", slog.Int("pid", l.pid), slog.String("version", p.Manifest.Version))
		err = l.watch(ctx)
	}
	s.failed(err)
	if exit := l.stop(); exit != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w (%w)", err, exit)
		s.failed(err)
	}
	return err
}

// describeTimeout bounds the first call to a plugin.
const describeTimeout = 10 * time.Second

func (s *supervisor) describe(ctx context.Context, l *link) (*provider.Provider, error) {
	ctx, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	reply, err := l.client.Describe(ctx, &adapterv1.DescribeRequest{GatewayVersion: s.host.cfg.Version, Settings: s.plugin.settings()})
	if err != nil {
		return nil, fmt.Errorf("the plugin does not describe itself: %w", err)
	}
	if reply.GetManifest() == nil {
		return nil, errors.New("the plugin describes itself without a manifest")
	}
	p, err := provider.New(sdk.ManifestFromProto(reply.GetManifest())) //nolint:contextcheck // no I/O to cancel
	if err != nil {
		return nil, fmt.Errorf("the plugin's manifest is refused: %w", err)
	}
	if p.Name() != s.plugin.Provider {
		return nil, fmt.Errorf("the plugin describes provider %q, but is configured as %q", p.Name(), s.plugin.Provider)
	}
	return p, nil
}
