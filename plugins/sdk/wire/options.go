package wire

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"
)

// MaxMessageSize bounds one message between gateway and plugin, in bytes. gRPC's
// own default of 4 MiB is too small for a batch of large events.
const MaxMessageSize = 64 << 20

const (
	// streamWindow lets a batch arrive without waiting for permission to go on,
	// connWindow some of them at a time. They are bounds of what was received and
	// not yet read, not memory that is taken. Fixed windows also spare the pings
	// that gRPC measures a network with.
	streamWindow = 1 << 20
	connWindow   = 4 << 20
	// readBuffer is for frame headers: what is larger is read past it, from the
	// record that TLS has decrypted already.
	readBuffer = 4 << 10
	// streamWorkers serve calls on stacks that have grown already; more calls at a
	// time get goroutines of their own.
	streamWorkers = 4
)

// ServerOptions are for the plugin's server.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessageSize),
		grpc.MaxSendMsgSize(MaxMessageSize),
		grpc.StaticStreamWindowSize(streamWindow),
		grpc.StaticConnWindowSize(connWindow),
		grpc.ReadBufferSize(readBuffer),
		grpc.NumStreamWorkers(streamWorkers),
		grpc.ForceServerCodecV2(codec{}),
		experimental.BufferPool(buffers),
	}
}

// DialOptions are for the gateway's connection to a plugin.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(MaxMessageSize),
			grpc.MaxCallSendMsgSize(MaxMessageSize),
			grpc.ForceCodecV2(codec{}),
		),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithReadBufferSize(readBuffer),
		experimental.WithBufferPool(buffers),
	}
}
