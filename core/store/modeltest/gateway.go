package modeltest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/delivery/gate"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
)

const (
	heartbeat = time.Second
	// nodeDeadAfter is how long a gateway may be silent.
	nodeDeadAfter = 4 * time.Second
	grace         = 2 * time.Second
)

// gateway is a real engine, journal and node on a store that fails.
type gateway struct {
	world   *world
	store   *unreliable
	journal *journal.Journal
	node    *node.Node
	stop    context.CancelFunc
	crashed chan struct{}
	crash   func()
	// ended is closed when nothing of it runs any more.
	ended chan struct{}
}

// startGateway returns nil where the store fails at the start.
func (w *world) startGateway() *gateway {
	g := &gateway{world: w, crashed: make(chan struct{}), ended: make(chan struct{})}
	g.crash = sync.OnceFunc(func() { close(g.crashed) })
	g.store = &unreliable{g: g}
	g.store.Process = w.bench.Open(g.store.fate, false)
	if w.fault != nil {
		g.store.Process = w.fault.Plant(g.store.Process, w.bench)
	}
	log := slog.New(slog.DiscardHandler)
	n, err := node.New(g.store, node.Config{Name: "model", Heartbeat: heartbeat, DeadAfter: nodeDeadAfter}, log)
	if err != nil || n.Join(w.ctx) != nil {
		return nil
	}
	g.node = n
	engine := delivery.New(delivery.Config{
		// So little room that events are left to others, and deliveries held.
		MaxInFlight: 6, MaxInFlightPerSubscription: 2, MaxWaiting: 4, MaxEvents: 8, MaxEventBytes: 1 << 20, RenderBatch: 3,
		PollInterval: 200 * time.Millisecond, Breaker: gate.BreakerLimits{Failures: 3, Pause: time.Second, MaxPause: 4 * time.Second},
	}, delivery.Deps{
		Node: n.ID, Store: g.store, Snapshots: subscription.NewIndex(g.store), Providers: w, Renderer: w, Sender: sender{g},
		Tracer: noop.NewTracerProvider().Tracer(""), Log: log, Now: time.Now, Random: w.dice.float,
	})
	g.journal = journal.New(g.store, n.ID, engine, log)
	engine.SetRecorder(g.journal)
	g.run(engine)
	return g
}

// run runs the parts as the command does: the journal outlives the engine, and
// what ends by itself ends all.
func (g *gateway) run(engine *delivery.Engine) {
	engineCtx, stop := context.WithCancel(g.world.ctx)
	journalCtx, stopJournal := context.WithCancel(context.WithoutCancel(g.world.ctx))
	g.stop = stop
	var parts sync.WaitGroup
	part := func(run func() error, then context.CancelFunc) {
		parts.Go(func() {
			defer then()
			if err := run(); err != nil && !errors.Is(err, node.ErrFenced) {
				g.world.wrong("a part of a gateway ended: %v", err)
			}
		})
	}
	part(func() error { return g.journal.Run(journalCtx) }, stop)
	part(func() error { return g.node.Run(journalCtx) }, stop)
	part(func() error { return engine.Run(engineCtx, grace) }, stopJournal)
	g.world.running.Go(func() {
		parts.Wait()
		close(g.ended)
	})
}

// kill ends a gateway without a word to the store.
func (g *gateway) kill() {
	g.crash()
	g.stop()
	<-g.ended
}

// release ends it as a stop does.
func (g *gateway) release() {
	g.stop()
	<-g.ended
	_ = g.node.Release(context.WithoutCancel(g.world.ctx)) // or its row dies later
}

func (g *gateway) over() bool {
	select {
	case <-g.ended:
		return true
	default:
		return false
	}
}

// Providers implements delivery.Providers.
func (w *world) Providers() *provider.Set { return w.providers }
