package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/stats"
)

// idleSettles are the settle times before and while a gateway is idle.
const idleSettles = 3

const (
	firstStart = "first_start_ms"
	restart    = "restart_ms"
	idleCores  = "idle_cpu_cores"
)

// idle starts a gateway on an empty store, and again on the store it made, which
// is then left alone.
func idle(ctx context.Context, b *bench) (r *result, err error) {
	data := filepath.Join(b.Dir, "data")
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	database, drop, err := b.databases.Make(ctx, databasePrefix)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	o := gateway.Options{Binary: b.binary, Data: data, Database: database, Connections: connections}
	g, err := gateway.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	r = &result{Values: map[string]float64{firstStart: stats.Milliseconds(g.StartTime)}}
	if err := g.Stop(); err != nil {
		return nil, err
	}
	if g, err = gateway.Start(ctx, o); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.Stop()) }()
	r.Values[restart] = stats.Milliseconds(g.StartTime)
	if err := load.Wait(ctx, idleSettles*b.size.settle); err != nil {
		return nil, err
	}
	m, err := b.meter(ctx, g.PID)
	if err != nil {
		return nil, err
	}
	defer m.cancel()
	if err := load.Wait(ctx, idleSettles*b.size.settle); err != nil {
		return nil, err
	}
	s, err := m.stop(ctx)
	if err != nil {
		return nil, err
	}
	r.charge(s)
	r.Values[idleCores] = s.gateway.Seconds() / s.seconds
	return r, nil
}
