package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/payload"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	warmEvents   = 64
	drainPoll    = 50 * time.Millisecond
	drainIdle    = 20 * time.Second
	progressTime = 2 * time.Second
)

// setup is who subscribes to what.
type setup struct {
	provider string
	// endpoints that subscribe, each to events of its own; with everyone, each to
	// all events.
	endpoints int
	everyone  bool
	// modes of the endpoints; nil is healthy.
	modes []receiver.Mode
	// target is the endpoint that an event goes to; nil takes them in turn.
	target func(seq int) int
	// settings are the gateway's, such as "SWITCHHOOK_TRACES_STORE=false".
	settings []string
	// after, if there is one, adds to a result while the gateway still runs, when
	// what it used has been measured.
	after func(context.Context, *stand, *result) error
}

func (s setup) copies() int {
	if s.everyone {
		return s.endpoints
	}
	return 1
}

// answering is every endpoint well.
func (s setup) answering() []receiver.Mode {
	return slices.Repeat([]receiver.Mode{receiver.Healthy}, s.endpoints)
}

// eventType of the events for an endpoint. It must not begin with a provider's
// name, which would make it that provider's own.
func (s setup) eventType(endpoint int) string {
	if s.everyone {
		endpoint = 0
	}
	return fmt.Sprintf("order.e%d", endpoint)
}

func (s setup) typeOf(seq int) string {
	if s.target != nil {
		return s.eventType(s.target(seq))
	}
	return s.eventType(seq % s.endpoints)
}

// stand is a gateway with its subscribers.
type stand struct {
	*bench
	setup   setup
	gateway *gateway.Gateway
	ends    []func() error
}

// stand starts a gateway on an empty store, subscribes, and sends a few events
// through, so that what is measured finds connections and plugins in use.
func (b *bench) stand(ctx context.Context, s setup) (st *stand, err error) {
	st = &stand{bench: b, setup: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.close())
		}
	}()
	data := filepath.Join(b.Dir, "data")
	st.ends = append(st.ends, func() error { return os.RemoveAll(data) })
	database, drop, err := b.databases.Make(ctx, databasePrefix)
	if err != nil {
		return st, err
	}
	st.ends = append(st.ends, drop)
	o := gateway.Options{Binary: b.binary, Data: data, Database: database, Connections: load.MaxOpen, Settings: s.settings}
	if s.provider == provider.Name {
		o.Config = b.ConfigFile()
	}
	if st.gateway, err = gateway.Start(ctx, o); err != nil {
		return st, err
	}
	st.ends = append(st.ends, st.gateway.Stop)
	for e := range s.endpoints {
		if err := st.gateway.Subscribe(ctx, s.provider, b.Receiver.URL(e), s.eventType(e)); err != nil {
			return st, err
		}
	}
	return st, st.warmUp(ctx)
}

// close ends what was started, in the opposite order.
func (s *stand) close() error {
	var errs []error
	for _, end := range slices.Backward(s.ends) {
		errs = append(errs, end())
	}
	s.ends = nil
	return errors.Join(errs...)
}

func (s *stand) warmUp(ctx context.Context) error {
	l, end, err := s.begin(ctx, warmEvents, s.setup.answering())
	if err != nil {
		return err
	}
	defer end()
	if err := l.Closed(ctx, 1, 0, warmEvents); err != nil {
		return err
	}
	a, _, err := s.drain(ctx, l)
	if err != nil {
		return err
	}
	if n, first := l.Refused(); n > 0 {
		return fmt.Errorf("the gateway takes no events: %s", first)
	}
	if n := l.Lost(a); n > 0 {
		return fmt.Errorf("%d of the first %d deliveries did not arrive; the gateway's log ends:\n%s", n, len(a), s.gateway.Log())
	}
	return nil
}

// load begins a run of so many events. end ends the lines about its progress.
func (s *stand) load(ctx context.Context, events int) (l *load.Load, end func(), err error) {
	modes := s.setup.modes
	if modes == nil {
		modes = s.setup.answering()
	}
	return s.begin(ctx, events, modes)
}

func (s *stand) begin(ctx context.Context, events int, modes []receiver.Mode) (l *load.Load, end func(), err error) {
	l = load.New(rand.Text(), events, connections, nil)
	l.Publish = func(ctx context.Context, from, to int) error { return s.publish(ctx, l.Run, from, to) }
	plan := receiver.Plan{Run: l.Run, Events: events, Copies: s.setup.copies(), Modes: modes}
	if err := s.Receiver.Plan(ctx, plan); err != nil {
		return nil, nil, err
	}
	return l, s.report(ctx, l), nil
}

func (s *stand) publish(ctx context.Context, run string, from, to int) error {
	if to-from == 1 {
		return s.gateway.Publish(ctx, gateway.Event{Type: s.setup.typeOf(from), Data: payload.Data(run, from)})
	}
	events := make([]gateway.Event, 0, to-from)
	for seq := from; seq < to; seq++ {
		events = append(events, gateway.Event{ID: fmt.Sprintf("%s-%d", run, seq), Type: s.setup.typeOf(seq), Data: payload.Data(run, seq)})
	}
	return s.gateway.PublishBatch(ctx, events)
}

// report says now and then how far a run is, until end is called.
func (s *stand) report(ctx context.Context, l *load.Load) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for load.Wait(ctx, progressTime) == nil {
			if p, err := s.Receiver.Progress(ctx); err == nil {
				s.say("accepted %d, delivered %d", l.Count(), p.Delivered)
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// drain waits until every accepted event has arrived everywhere, or nothing new
// has for a while.
func (s *stand) drain(ctx context.Context, l *load.Load) (load.Arrivals, receiver.Progress, error) {
	return l.Drain(ctx, s.Receiver, s.setup.copies(), drainIdle)
}
