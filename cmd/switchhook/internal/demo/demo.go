// Package demo runs the whole gateway against a local HTTPS receiver and shows,
// for each vendor: a subscription as the vendor's documentation has it, the
// answer, an event delivered in the vendor's shape, its signature checked the
// vendor's way, and the trace.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/app"
	"github.com/switchhook/switchhook/core/config"
	"github.com/switchhook/switchhook/core/telemetry"
	"github.com/switchhook/switchhook/core/telemetry/otlpsink"
)

// Options of a demo.
type Options struct {
	Version string
	// Listen is the gateway's address; port 0 takes a free one.
	Listen string
	// Once ends after the last vendor instead of serving until ctx ends.
	Once bool
	// Out takes the show, Log the gateway's warnings.
	Out, Log io.Writer
}

// scheduleDelay is the standard variable for how long spans wait for export, in
// milliseconds.
const scheduleDelay = "OTEL_BSP_SCHEDULE_DELAY"

// maxSpans bounds the traces that are kept.
const maxSpans = 20_000

// stage is what the acts play on.
type stage struct {
	opts     Options
	out      *printer
	base     string // of the gateway
	key      string
	ignored  []string // variables
	receiver *receiver
	sink     *otlpsink.Sink
	http     *http.Client
}

// Run shows every vendor. It returns an error if anything failed.
func Run(ctx context.Context, o Options) (err error) {
	dir, err := os.MkdirTemp("", "switchhook-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var hosts []string
	for _, v := range vendors() {
		host, _, err := net.SplitHostPort(v.endpoint)
		if err != nil {
			return err
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	r, err := newReceiver(ctx, hosts)
	if err != nil {
		return err
	}
	sink, err := newSink(ctx)
	if err != nil {
		return err
	}
	cfg, err := configure(dir, o, r)
	if err != nil {
		return err
	}
	ignored, err := ownTelemetry()
	if err != nil {
		return err
	}
	gateway, err := app.New(ctx, cfg, app.Options{
		Version: o.Version, Log: telemetry.NewLogger(o.Log, cfg.Log.Format, cfg.Log.Level),
		TraceEndpoint: sink.url(), PluginEnv: sink.env(),
	})
	if err != nil {
		return err
	}
	s := &stage{
		opts: o, out: &printer{w: o.Out}, base: "http://" + gateway.Addr().String(), key: gateway.GeneratedKey().Reveal(),
		ignored: ignored, receiver: r, sink: sink.Sink, http: &http.Client{Timeout: actTimeout},
	}
	return s.run(ctx, gateway, sink)
}

// run serves everything, plays, and stops.
func (s *stage) run(ctx context.Context, gateway *app.App, sink *sinkServer) error {
	group, groupCtx := errgroup.WithContext(ctx)
	serveCtx, stop := context.WithCancel(groupCtx)
	defer stop()
	group.Go(func() error { return ignoreClosed(s.receiver.serve()) })
	group.Go(func() error { return ignoreClosed(sink.serve()) })
	group.Go(func() error {
		// The gateway and its plugins send their last spans when they stop: who takes
		// them stays until then.
		err := gateway.Run(serveCtx)
		return errors.Join(err, s.receiver.server.Close(), sink.server.Close())
	})
	err := s.play(groupCtx)
	if err == nil && !s.opts.Once {
		s.farewell()
		<-groupCtx.Done()
	}
	stop()
	return errors.Join(err, group.Wait())
}

// ownTelemetry takes the OTEL_* variables out of the process, and tells which: the
// demo shows the traces that it receives itself, and a collector or a sampler of
// somebody's would keep them from it.
func ownTelemetry() (ignored []string, err error) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			ignored = append(ignored, name)
			err = errors.Join(err, os.Unsetenv(name))
		}
	}
	slices.Sort(ignored)
	// Spans are shown soon after they end, where the standard would wait for 5 s.
	return ignored, errors.Join(err, os.Setenv(scheduleDelay, "200"))
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// configure makes a gateway on an empty store whose vendors' example hosts lead
// to the receiver, as curl --resolve and --cacert would. No rule is loosened.
func configure(dir string, o Options, r *receiver) (config.Config, error) {
	ca := filepath.Join(dir, "ca.pem")
	if err := r.writeCA(ca); err != nil {
		return config.Config{}, err
	}
	cfg := config.Default()
	cfg.Listen = o.Listen
	cfg.Data = filepath.Join(dir, "data")
	cfg.Log.Level = "warn"
	cfg.Egress.CA = ca
	for _, v := range vendors() {
		if mapping := v.endpoint + "=" + r.addr(); !slices.Contains(cfg.Egress.Resolve, mapping) {
			cfg.Egress.Resolve = append(cfg.Egress.Resolve, mapping)
		}
	}
	return cfg, cfg.Validate()
}

// play shows the vendors one after the other, all of them even if one fails.
func (s *stage) play(ctx context.Context) error {
	s.out.title("Switchhook demo: the gateway listens on %s, a receiver for the vendors' example hosts on %s", s.base, s.receiver.addr())
	if len(s.ignored) > 0 {
		s.out.line("The demo receives its traces itself, and so leaves out %s, which `switchhook serve` follows.", strings.Join(s.ignored, ", "))
	}
	var failed []error
	for _, v := range vendors() {
		start := time.Now()
		if err := s.act(ctx, v); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", v.title, err))
			s.out.failed(v, err)
			continue
		}
		s.out.passed(v, time.Since(start))
	}
	s.out.summary()
	if s.opts.Once {
		s.out.line("\nWithout --once the gateway goes on, and its dashboard shows each of these deliveries.")
	}
	return errors.Join(failed...)
}

func (s *stage) farewell() {
	s.out.line("")
	s.out.line("The gateway goes on until you press Ctrl-C. Its dashboard:")
	s.out.line("")
	s.out.line("  %s/", s.base)
	s.out.line("  Log in with the key %s", s.key)
	s.out.line("")
	s.out.line("Or try it from here:")
	s.out.line("")
	s.out.line("  export SWITCHHOOK_URL=%s SWITCHHOOK_KEY=%s", s.base, s.key)
	s.out.line("  %s delivery list", os.Args[0])
	s.out.line(`  %s event publish --type message.received --data '{"id":"1","from":"1","to":"2","text":"Hi"}'`, os.Args[0])
}

// sinkServer receives the traces of the gateway and its plugins.
type sinkServer struct {
	*otlpsink.Sink
	server   *http.Server
	listener net.Listener
}

func newSink(ctx context.Context) (*sinkServer, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	sink := otlpsink.New(maxSpans)
	return &sinkServer{
		Sink: sink, listener: listener,
		server: &http.Server{Handler: sink, ReadHeaderTimeout: actTimeout, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)},
	}, nil
}

func (s *sinkServer) url() string  { return "http://" + s.listener.Addr().String() }
func (s *sinkServer) serve() error { return s.server.Serve(s.listener) }

// env tells plugins where traces go, soon after they are made.
func (s *sinkServer) env() []string {
	return []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.url(), "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", scheduleDelay + "=200",
	}
}
