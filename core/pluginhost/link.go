package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/stats"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// link is the way to one running plugin.
type link struct {
	client adapterv1.AdapterClient
	pid    int
	// watch returns why the plugin can no longer be used, or ctx's error.
	watch func(ctx context.Context) error
	// stop ends the plugin, waits until it is gone and tells how it ended, where
	// that is of interest.
	stop func() error
	// kill ends it at once; stop is still needed.
	kill func()
}

const (
	startTimeout = 10 * time.Second
	// launchTimeout also covers connecting.
	launchTimeout = 20 * time.Second
	// stopGrace is how long a plugin may take to end when asked; a plugin that
	// hangs does not even answer the question.
	stopGrace = 3 * time.Second
	// pingEvery and pingTimeout find a plugin that lives but does not answer. They
	// are long: a busy machine must not make a plugin look dead.
	pingEvery   = 15 * time.Second
	pingTimeout = 15 * time.Second
)

// launchProcess starts the plugin's process and connects to it.
func (h *Host) launchProcess(ctx context.Context, p Plugin, log *slog.Logger) (*link, error) {
	if err := p.verify(); err != nil {
		return nil, err
	}
	build := h.cfg.Command
	if build == nil {
		build = command
	}
	cmd, err := build(p)
	if err != nil {
		return nil, err
	}
	proc, err := newProcess(cmd, p.Env, log)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", cmd.Path, err)
	}
	client := h.pluginClient(proc, log)
	stop := func() error {
		timer := time.AfterFunc(stopGrace, proc.kill)
		defer timer.Stop()
		client.Kill()
		return proc.exit()
	}
	ctx, cancel := context.WithTimeout(ctx, launchTimeout)
	defer cancel()
	// Starting does not know contexts; it ends when the process does.
	defer context.AfterFunc(ctx, proc.kill)()
	protocol, err := client.Client()
	if err != nil {
		_ = stop()
		return nil, proc.startError(err)
	}
	c, ok := protocol.(*plugin.GRPCClient)
	if !ok {
		_ = stop()
		return nil, errors.New("the plugin does not speak gRPC")
	}
	return &link{
		client: adapterv1.NewAdapterClient(c.Conn), pid: proc.pid(), stop: stop, kill: proc.kill,
		watch: func(ctx context.Context) error { return watch(ctx, c.Conn) },
	}, nil
}

func (h *Host) pluginClient(proc *process, log *slog.Logger) *plugin.Client {
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake,
		Plugins:          plugin.PluginSet{sdk.PluginName: &sdk.Plugin{}},
		RunnerFunc:       proc.runner,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		Logger:           hclog.NewNullLogger(), // all it has to say is in the errors
		SyncStdout:       newLineWriter(log),
		SyncStderr:       newLineWriter(log),
		GRPCDialOptions: []grpc.DialOption{
			messageSize,
			grpc.WithStatsHandler(otelgrpc.NewClientHandler(
				otelgrpc.WithTracerProvider(h.cfg.TracerProvider),
				otelgrpc.WithPropagators(propagation.TraceContext{}),
				otelgrpc.WithFilter(isAdapterCall),
			)),
			grpc.WithDisableServiceConfig(),
			grpc.WithIdleTimeout(0), // an idle connection would look like a lost one
		},
	})
}

var messageSize = grpc.WithDefaultCallOptions(
	grpc.MaxCallRecvMsgSize(sdk.MaxMessageSize), grpc.MaxCallSendMsgSize(sdk.MaxMessageSize))

// isAdapterCall leaves go-plugin's own calls out of the traces.
func isAdapterCall(i *stats.RPCTagInfo) bool {
	return strings.HasPrefix(i.FullMethodName, "/"+adapterv1.Adapter_ServiceDesc.ServiceName+"/")
}

// watch returns when the connection is lost, which the end of the process is
// seen by at once, or when the plugin no longer answers.
func watch(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithCancel(ctx)
	lost := make(chan struct{})
	defer func() { cancel(); <-lost }()
	go func() {
		defer close(lost)
		for conn.GetState() == connectivity.Ready && conn.WaitForStateChange(ctx, connectivity.Ready) {
		}
	}()
	health := grpc_health_v1.NewHealthClient(conn)
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-lost:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New("the connection to the plugin is lost")
		case <-ticker.C:
			if err := ping(ctx, health); err != nil && ctx.Err() == nil {
				return fmt.Errorf("the plugin does not answer: %w", err)
			}
		}
	}
}

func ping(ctx context.Context, health grpc_health_v1.HealthClient) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	_, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	return err
}
