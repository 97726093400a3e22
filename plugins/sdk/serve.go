package sdk

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"

	"github.com/switchhook/switchhook/gen/adapterv1"
	"github.com/switchhook/switchhook/plugins/sdk/settle"
	"github.com/switchhook/switchhook/plugins/sdk/wire"
)

// MaxMessageSize bounds one message between gateway and plugin, in bytes.
const MaxMessageSize = wire.MaxMessageSize

// PluginName is the name of the contract in go-plugin's plugin set.
const PluginName = "adapter"

// Handshake makes a binary that is started by hand, or a plugin of another
// program, fail with a clear text. It is no security feature. The contract's
// version is in the service name, so the number here stays.
var Handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "SWITCHHOOK_PLUGIN",
	MagicCookieValue: "adapter",
}

// startTime is when a plugin has been connected to and described. A slower start
// only keeps some of its garbage.
const startTime = time.Second

// Plugin ties the contract to go-plugin. The host leaves Adapter empty.
type Plugin struct {
	plugin.NetRPCUnsupportedPlugin
	Adapter Adapter
	Log     *slog.Logger
}

var _ plugin.GRPCPlugin = (*Plugin)(nil)

// GRPCServer registers the adapter in the plugin process.
func (p *Plugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if p.Adapter == nil {
		return errors.New("no adapter to serve")
	}
	adapterv1.RegisterAdapterServer(s, newServer(p.Adapter, p.Log))
	return nil
}

// GRPCClient returns the contract's client in the host process.
func (*Plugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return adapterv1.NewAdapterClient(c), nil
}

// Serve runs an adapter as a plugin process until the gateway ends it. It is the
// whole main function of a plugin. Log lines on standard error reach the
// gateway's log.
//
// The gateway decides when a plugin ends: Serve ignores the interrupt and
// terminate signals that a terminal or a service manager sends to the whole
// group, so that the gateway can finish its work first. When the gateway itself
// is gone, the process ends within a second.
func Serve(a Adapter) {
	log := slog.New(newLogHandler(os.Stderr))
	signal.Ignore(syscall.SIGTERM)
	go exitWithParent(parentAtStart, os.Getppid, time.NewTicker(parentPoll).C, func() {
		// Not logged: nobody reads, and writing would end the process by SIGPIPE.
		removeSockets(os.Getenv(plugin.EnvUnixSocketDir))
		os.Exit(1)
	})
	defer time.AfterFunc(startTime, settle.Release).Stop()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: Handshake,
		Plugins:         plugin.PluginSet{PluginName: &Plugin{Adapter: a, Log: log}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			opts = append(opts, wire.ServerOptions()...)
			return grpc.NewServer(append(opts, grpc.StatsHandler(wire.TracedServing(otelgrpc.NewServerHandler(
				otelgrpc.WithPropagators(propagation.TraceContext{}),
				otelgrpc.WithMeterProvider(noop.NewMeterProvider()), // nobody scrapes a plugin
			))))...)
		},
	})
}
