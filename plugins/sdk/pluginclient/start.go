// Package pluginclient is the gateway's side of the adapter contract: it starts a
// plugin's process, connects to it with mutual TLS, opens the Handle stream,
// answers the adapter's engine calls on it, and checks what comes back as
// strictly as what a user sends. The gateway's plugin host and the conformance
// kit stand on it; adapters do not need it.
package pluginclient

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/wire"
)

const (
	startTimeout = 10 * time.Second
	// launchTimeout also covers connecting.
	launchTimeout = 20 * time.Second
	// stopGrace is how long a plugin may take to end when asked; a plugin that
	// hangs does not even answer the question.
	stopGrace = 3 * time.Second
)

// Options say which plugin to start.
type Options struct {
	// Command of the plugin. Its environment, streams and process group are set here.
	Command *exec.Cmd
	// Env is added to the plugin's environment, as NAME=value. Of the caller's own
	// it gets little, since that may hold secrets.
	Env []string
	// Log gets the lines that the plugin writes.
	Log *slog.Logger
	// TracerProvider for the spans of calls; nil makes none.
	TracerProvider trace.TracerProvider
}

// Plugin is a running plugin process.
type Plugin struct {
	conn   *grpc.ClientConn
	proc   *process
	client *plugin.Client
}

// Start starts a plugin and connects to it. The error tells why that failed, with
// the last line that the process wrote.
func Start(ctx context.Context, o Options) (*Plugin, error) {
	if o.TracerProvider == nil {
		o.TracerProvider = noop.NewTracerProvider()
	}
	proc, err := newProcess(o.Command, o.Env, o.Log)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", o.Command.Path, err)
	}
	p := &Plugin{proc: proc, client: o.client(proc)}
	ctx, cancel := context.WithTimeout(ctx, launchTimeout)
	defer cancel()
	// Starting does not know contexts; it ends when the process does.
	defer context.AfterFunc(ctx, proc.kill)()
	protocol, err := p.client.Client()
	if err != nil {
		_ = p.Stop()
		return nil, proc.startError(err)
	}
	c, ok := protocol.(*plugin.GRPCClient)
	if !ok {
		_ = p.Stop()
		return nil, errors.New("the plugin does not speak gRPC")
	}
	p.conn = c.Conn
	return p, nil
}

func (o Options) client(proc *process) *plugin.Client {
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake,
		Plugins:          plugin.PluginSet{sdk.PluginName: &sdk.Plugin{}},
		RunnerFunc:       proc.runner,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		Logger:           hclog.NewNullLogger(), // all it has to say is in the errors
		SyncStdout:       newLineWriter(o.Log),
		SyncStderr:       newLineWriter(o.Log),
		GRPCDialOptions: append(wire.DialOptions(),
			grpc.WithStatsHandler(wire.TracedCalls(otelgrpc.NewClientHandler(
				otelgrpc.WithTracerProvider(o.TracerProvider),
				otelgrpc.WithPropagators(propagation.TraceContext{}),
				otelgrpc.WithFilter(isAdapterCall),
			))),
			grpc.WithDisableServiceConfig(),
			grpc.WithIdleTimeout(0), // an idle connection would look like a lost one
		),
	})
}

// isAdapterCall leaves go-plugin's own calls out of the traces.
func isAdapterCall(i *stats.RPCTagInfo) bool {
	return strings.HasPrefix(i.FullMethodName, "/"+adapterv1.Adapter_ServiceDesc.ServiceName+"/")
}

// Client speaks the contract.
func (p *Plugin) Client() adapterv1.AdapterClient { return adapterv1.NewAdapterClient(p.conn) }

// PID of the process.
func (p *Plugin) PID() int { return p.proc.pid() }

// Stop ends the plugin, waits until it is gone and tells how it ended, where that
// is of interest.
func (p *Plugin) Stop() error {
	timer := time.AfterFunc(stopGrace, p.proc.kill)
	defer timer.Stop()
	p.client.Kill()
	return p.proc.exit()
}

// Kill ends the process at once; Stop is still needed.
func (p *Plugin) Kill() { p.proc.kill() }
