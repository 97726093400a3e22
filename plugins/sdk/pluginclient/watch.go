package pluginclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// pingEvery and pingTimeout find a plugin that lives but does not answer. They
// are long: a busy machine must not make a plugin look dead.
const (
	pingEvery   = 15 * time.Second
	pingTimeout = 15 * time.Second
)

// Watch returns when the connection is lost, which the end of the process is seen
// by at once, or when the plugin no longer answers; or ctx's error.
func (p *Plugin) Watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	lost := make(chan struct{})
	defer func() { cancel(); <-lost }()
	go func() {
		defer close(lost)
		for p.conn.GetState() == connectivity.Ready && p.conn.WaitForStateChange(ctx, connectivity.Ready) {
		}
	}()
	health := grpc_health_v1.NewHealthClient(p.conn)
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
