// Package app wires the gateway: it makes every part from the configuration,
// starts them in order, and stops them in the opposite one.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/egress"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/eventtype"
	"github.com/switchhook/switchhook/core/gateway"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/operational"
	"github.com/switchhook/switchhook/core/pluginhost"
	"github.com/switchhook/switchhook/core/replay"
	"github.com/switchhook/switchhook/core/retention"
	"github.com/switchhook/switchhook/core/secret"
	"github.com/switchhook/switchhook/core/statistics"
	"github.com/switchhook/switchhook/core/store"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/core/telemetry"
	"github.com/switchhook/switchhook/core/telemetry/keep"
	"github.com/switchhook/switchhook/core/tracestore"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const tracerName = "github.com/switchhook/switchhook"

// pluginStart bounds the time until every plugin is up at the start.
const pluginStart = 30 * time.Second

// Options are what the configuration does not say.
type Options struct {
	Version string
	Log     *slog.Logger
	// TraceEndpoint is the base URL of an OTLP/HTTP collector, used where the OTEL_*
	// variables name none.
	TraceEndpoint string
	// PluginEnv is added to every plugin's environment.
	PluginEnv []string
}

// App is a gateway. Make it with [New], then call Run.
type App struct {
	cfg  config.Config
	opts Options
	log  *slog.Logger

	telemetry  *telemetry.Telemetry
	store      *store.Store
	host       *pluginhost.Host
	node       *node.Node
	engine     *delivery.Engine
	journal    *journal.Journal
	backlog    *event.Backlog
	cleaner    *retention.Cleaner
	replayer   *replay.Runner
	emitter    *operational.Emitter
	statistics *statistics.Recorder
	traces     *tracestore.Writer // nil: spans are not kept
	services   services
	gateway    atomic.Pointer[gateway.Gateway]
	listener   net.Listener
	server     *http.Server

	generated sdk.Secret
	closers   []func(context.Context) error
}

// New opens the store, starts the plugins and listens. Nothing is delivered and
// no request answered before Run. What New has opened is closed when it fails.
func New(ctx context.Context, cfg config.Config, opts Options) (*App, error) {
	a := &App{cfg: cfg, opts: opts, log: opts.Log}
	for _, step := range []func(context.Context) error{
		a.openTelemetry, a.openStore, a.keepStore, a.startPlugins, a.waitForPlugins, a.wire, a.listen, a.joinNodes,
	} {
		if err := step(ctx); err != nil {
			closeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			return nil, errors.Join(err, a.close(closeCtx))
		}
	}
	return a, nil
}

// Addr is the address that the gateway listens on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// GeneratedKey is the operator key that the first start made; "" otherwise. It
// is shown nowhere else.
func (a *App) GeneratedKey() sdk.Secret { return a.generated }

func (a *App) openTelemetry(ctx context.Context) (err error) {
	o := telemetry.Options{
		ServiceName: "switchhook", ServiceVersion: a.opts.Version, Logger: a.log, Endpoint: a.opts.TraceEndpoint,
	}
	if t := a.cfg.Traces; t.Store {
		a.traces = tracestore.NewWriter(t.MaxBytes, a.log, time.Now)
		o.SpanProcessors, o.SampleRatio = append(o.SpanProcessors, keep.Processor(a.traces)), &t.SampleRatio
	}
	if a.telemetry, err = telemetry.Setup(ctx, o); err != nil {
		return err
	}
	a.onClose(a.closeTelemetry)
	if a.traces == nil {
		return nil
	}
	return a.traces.Instrument(a.meter())
}

// lastSpans bounds the wait for the collector at a stop.
const lastSpans = 2 * time.Second

// closeTelemetry exports what was traced last. That a collector does not take it is
// no failure of the gateway.
func (a *App) closeTelemetry(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastSpans)
	defer cancel()
	if err := a.telemetry.Shutdown(ctx); err != nil {
		a.log.Warn("what was traced last is lost: the collector does not take it", slog.Any("error", err))
	}
	return nil
}

// meter makes the instruments of all parts.
func (a *App) meter() metric.Meter { return a.telemetry.MeterProvider().Meter(tracerName) }

func (a *App) openStore(ctx context.Context) error {
	s, err := OpenStore(ctx, a.cfg)
	if err != nil {
		return err
	}
	a.store = s
	a.onClose(func(context.Context) error { return s.Close() })
	if err := s.Instrument(a.meter()); err != nil {
		return err
	}
	steps, err := s.Migrate(ctx)
	if err != nil {
		return err
	}
	if len(steps) > 0 {
		a.log.InfoContext(ctx, "migrated the database", slog.Int("steps", len(steps)))
	}
	return s.Check(ctx)
}

// OpenStore opens the configured database without changing its schema.
func OpenStore(_ context.Context, cfg config.Config) (*store.Store, error) {
	key, err := secretKey(cfg)
	if err != nil {
		return nil, err
	}
	box, err := secret.NewBox(key)
	if err != nil {
		return nil, fmt.Errorf("secret_key: %w", err)
	}
	o := store.Options{Box: box, Now: time.Now}
	if cfg.Database != "" {
		return store.OpenPostgres(cfg.Database, o)
	}
	return store.OpenSQLite(cfg.Data, o)
}

// secretKey is the configured one, or that of a file in the data directory. A
// shared database needs a configured key, or every node would make its own.
func secretKey(cfg config.Config) ([]byte, error) {
	if cfg.SecretKey != "" {
		return secret.ParseKey(cfg.SecretKey.Reveal())
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return secret.LoadOrCreateKey(filepath.Join(cfg.Data, "secret.key"))
}

func (a *App) startPlugins(ctx context.Context) error {
	plugins := configuredPlugins(a.cfg)
	for i := range plugins {
		plugins[i].Env = append(plugins[i].Env, a.opts.PluginEnv...)
	}
	host, err := pluginhost.New(pluginhost.Config{
		Plugins: plugins, Log: a.log, TracerProvider: a.telemetry.TracerProvider(), Meter: a.meter(), Version: a.opts.Version,
		OnChange: a.providersChanged,
	})
	if err != nil {
		return err
	}
	a.host = host
	host.Start(ctx)
	a.onClose(host.Close)
	return nil
}

// waitForPlugins is there because an event must not be matched while a provider is
// not known, or its subscribers would be passed over.
func (a *App) waitForPlugins(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pluginStart)
	defer cancel()
	if err := a.host.WaitReady(ctx); err != nil {
		return fmt.Errorf("plugins did not start: %w", err)
	}
	return nil
}

func (a *App) newNode() (*node.Node, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	return node.New(a.store, node.Config{Name: name, Heartbeat: a.cfg.Node.Heartbeat, DeadAfter: a.cfg.Node.DeadAfter}, a.log)
}

// joinNodes comes last: a node that has joined must beat, or it is taken for dead.
func (a *App) joinNodes(ctx context.Context) error {
	if err := a.node.Join(ctx); err != nil {
		return err
	}
	a.onClose(a.node.Release)
	return nil
}

// A subscription that only failed for breakerAfter is left alone for breakerPause,
// then longer and longer.
const (
	breakerAfter    = 5 * time.Second
	breakerPause    = time.Second
	breakerMaxPause = time.Minute
)

// engineConfig bounds the engine by the configuration.
func engineConfig(d config.Delivery) delivery.Config {
	const bytesInMemory = 32 << 20
	return delivery.Config{
		MaxInFlight:                d.MaxInFlight,
		MaxInFlightPerSubscription: d.MaxInFlightPerSubscription,
		MaxWaiting:                 d.MaxWaiting,
		PerSecond:                  d.MaxPerSecondPerSubscription,
		Breaker: gate.BreakerLimits{
			Failures: d.BreakerFailures, After: breakerAfter, Pause: breakerPause, MaxPause: breakerMaxPause,
		},
		MaxEvents:     d.Queue,
		MaxEventBytes: bytesInMemory,
		RenderBatch:   d.RenderBatch,
		PollInterval:  d.PollInterval,
	}
}

func (a *App) newEgress() (*egress.Client, error) {
	allow, err := egress.ParseAllow(strings.Join(a.cfg.Egress.Allow, ","))
	if err != nil {
		return nil, fmt.Errorf("egress.allow: %w", err)
	}
	resolve, err := egress.ParseResolve(strings.Join(a.cfg.Egress.Resolve, ","))
	if err != nil {
		return nil, fmt.Errorf("egress.resolve: %w", err)
	}
	c, err := egress.New(egress.Config{
		Allow: allow, Resolve: resolve, CAFile: a.cfg.Egress.CA, UserAgent: "Switchhook/" + a.opts.Version,
		// Subscriptions that share a host must not make and end connections in turn.
		MaxIdleConnsPerHost: a.cfg.Delivery.MaxInFlight,
	})
	if err != nil {
		return nil, fmt.Errorf("egress: %w", err)
	}
	return c, nil
}

// wire makes the parts that hold no resource of their own.
func (a *App) wire(ctx context.Context) error {
	var err error
	if a.node, err = a.newNode(); err != nil {
		return err
	}
	client, err := a.newEgress()
	if err != nil {
		return err
	}
	tracer := a.telemetry.TracerProvider().Tracer(tracerName)
	a.emitter, err = operational.New(operational.Deps{
		Accounts: a.store, Meter: a.meter(), Log: a.log, Now: time.Now,
	})
	if err != nil {
		return err
	}
	accounts, err := a.newAccounts()
	if err != nil {
		return err
	}
	a.statistics = statistics.NewRecorder(a.store, a.node.ID, a.log, time.Now)
	index := subscription.NewIndex(a.store)
	a.engine = delivery.New(engineConfig(a.cfg.Delivery), delivery.Deps{
		Node: a.node.ID, Store: a.store, Snapshots: index, Providers: a.host, Renderer: a.host, Sender: client,
		Tracer: tracer, Meter: a.meter(), Log: a.log, Observer: a.emitter, Replays: a.store, PluginTracer: a.telemetry.PluginTracer, Statistics: a.statistics, Now: time.Now, Random: rand.Float64,
	})
	a.journal = journal.New(a.store, a.node.ID, a.engine, a.log)
	a.journal.SetTracer(tracer)
	a.engine.SetRecorder(a.journal)
	a.journal.Instrument(a.meter())
	a.backlog = event.NewBacklog(a.journal, a.store, a.cfg.Delivery.MaxBacklog, a.log)
	a.replayer = replay.NewRunner(replay.Deps{
		Node: a.node.ID, Store: a.store, Snapshots: index, Providers: a.host, Wake: a.engine.Wake, Log: a.log, Now: time.Now,
	})
	a.services = services{
		index:         index,
		replays:       replay.NewService(a.store, index, a.host, a.replayer.Look, time.Now),
		egress:        client,
		accounts:      accounts,
		subscriptions: subscription.NewService(a.store, index, a.host, client.CheckURL, time.Now),
		events:        event.NewService(a.store, a.backlog, a.host, tracer, time.Now),
		eventTypes:    eventtype.NewService(a.store, accounts, time.Now),
	}
	if err := errors.Join(client.Instrument(a.meter()), a.services.events.Instrument(a.meter())); err != nil {
		return err
	}
	a.services.events.SetValidator(a.services.eventTypes)
	a.services.events.SetTally(a.statistics)
	a.services.subscriptions.SetEmitter(a.emitter)
	if a.generated, err = a.services.accounts.Bootstrap(ctx, a.cfg.AdminKey); err != nil {
		return err
	}
	return a.newGateway(a.services)
}

// services are what the HTTP edge calls.
type services struct {
	index         *subscription.Index
	egress        *egress.Client
	accounts      *account.Service
	subscriptions *subscription.Service
	events        *event.Service
	eventTypes    *eventtype.Service
	replays       *replay.Service
}

func (a *App) listen(ctx context.Context) (err error) {
	a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	return nil
}

func (a *App) onClose(f func(context.Context) error) { a.closers = append(a.closers, f) }

// close ends what was opened, last first.
func (a *App) close(ctx context.Context) error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i](ctx))
	}
	a.closers = nil
	return errors.Join(errs...)
}
