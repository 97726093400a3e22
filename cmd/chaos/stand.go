package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	bundledProvider = "standard"
	// connections of publishers that go as fast as they can.
	connections  = 16
	progressTime = 2 * time.Second
	// steadyRate is the events a second of cases that publish for as long as they
	// break things; see [steady].
	steadyRate = 150.0
	// heartbeat and deadAfter are shorter than a gateway's own, so that a case need
	// not wait for long until a dead one's work is taken over.
	heartbeat, deadAfter = 500 * time.Millisecond, 3 * time.Second
)

// setup is what a case runs against.
type setup struct {
	gateways int
	// endpoints are the providers that they subscribe through, by number.
	endpoints []string
	// modes of the endpoints; nil is healthy.
	modes []receiver.Mode
	// target is the endpoint that an event goes to; nil is all of them.
	target func(seq int) int
	events int
	// settings are variables of the gateways.
	settings []string
	// late: the case subscribes itself, when it is time.
	late bool
	// data is the gateway's directory; "" makes one.
	data string
}

// steady is how many events are published at the steady rate in a time.
func steady(d time.Duration) int { return int(steadyRate * d.Seconds()) }

// copies is how many endpoints get each event.
func (s setup) copies() int {
	if s.target != nil {
		return 1
	}
	return len(s.endpoints)
}

// answering is every endpoint well.
func (s setup) answering() []receiver.Mode {
	return slices.Repeat([]receiver.Mode{receiver.Healthy}, len(s.endpoints))
}

// eventType must not begin with a provider's name, which would make it that
// provider's own.
func (s setup) eventType(endpoint int) string {
	if s.target == nil {
		endpoint = 0
	}
	return fmt.Sprintf("order.e%d", endpoint)
}

func (s setup) typeOf(seq int) string {
	if s.target == nil {
		return s.eventType(0)
	}
	return s.eventType(s.target(seq))
}

// stand is gateways on one store, with their subscribers and publishers.
type stand struct {
	*faultRun
	setup   setup
	members []*member
	load    *load.Load
	faults  faults
	ends    []func() error

	// ids are the gateway's, of the acknowledged events.
	ids                 []string
	unanswered, refused atomic.Int64
	surprises           surprises
}

// stand starts gateways on an empty store and subscribes. The context that it
// returns ends when a gateway cannot be kept running.
func (r *faultRun) stand(ctx context.Context, s setup) (*stand, context.Context, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	st := &stand{faultRun: r, setup: s, ids: make([]string, s.events)}
	st.ends = append(st.ends, func() error { cancel(nil); return nil })
	if err := st.open(ctx, cancel); err != nil {
		return nil, ctx, errors.Join(err, st.close())
	}
	return st, ctx, nil
}

func (s *stand) open(ctx context.Context, fatal func(error)) error {
	data := s.setup.data
	if data == "" {
		data = filepath.Join(s.Dir, "data")
		s.ends = append(s.ends, func() error { return os.RemoveAll(data) })
	}
	database, drop, err := s.store.Make(ctx, databasePrefix)
	if err != nil {
		return err
	}
	s.ends = append(s.ends, drop)
	settings := s.settings()
	for n := range s.setup.gateways {
		m := &member{
			name: fmt.Sprintf("gateway %d", n+1), base: ctx, fatal: fatal, ended: func(err error) { s.broken("%s", err) },
			options: gateway.Options{
				Binary: s.binary, Data: filepath.Join(data, fmt.Sprint(n)), Database: database, Config: s.ConfigFile(),
				Connections: load.MaxOpen, Settings: settings,
			},
		}
		s.members, s.ends = append(s.members, m), append(s.ends, m.close)
		if err := m.start(); err != nil {
			return err
		}
	}
	if !s.setup.late {
		if err := s.subscribe(ctx); err != nil {
			return err
		}
	}
	return s.plan(ctx)
}

// subscribe makes the endpoints' subscriptions.
func (s *stand) subscribe(ctx context.Context) error {
	for e, through := range s.setup.endpoints {
		if err := s.members[0].running.Subscribe(ctx, through, s.Receiver.URL(e), s.setup.eventType(e)); err != nil {
			return err
		}
	}
	return nil
}

// settings are those of all gateways, which share a key, then the case's own.
func (s *stand) settings() []string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return append([]string{
		"SWITCHHOOK_SECRET_KEY=" + base64.StdEncoding.EncodeToString(key),
		"SWITCHHOOK_NODE_HEARTBEAT=" + heartbeat.String(), "SWITCHHOOK_NODE_DEAD_AFTER=" + deadAfter.String(),
	}, s.setup.settings...)
}

// plan tells the receiver what to expect.
func (s *stand) plan(ctx context.Context) error {
	modes := s.setup.modes
	if modes == nil {
		modes = s.setup.answering()
	}
	s.load = load.New(rand.Text(), s.setup.events, connections, s.publish)
	return s.Receiver.Plan(ctx, receiver.Plan{Run: s.load.Run, Events: s.setup.events, Copies: s.setup.copies(), Modes: modes})
}

// close ends what was started, in the opposite order. It is not to be called
// while a case is under way.
func (s *stand) close() error {
	var errs []error
	for _, end := range slices.Backward(s.ends) {
		errs = append(errs, end())
	}
	s.ends = nil
	return errors.Join(errs...)
}

// under breaks things while events are published, and ends when both are done.
func (s *stand) under(ctx context.Context, publish, disturb func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var background sync.WaitGroup
	defer background.Wait()
	background.Go(func() { s.report(ctx) })
	published := make(chan error, 1)
	go func() { published <- publish(ctx) }()
	err := disturb(ctx)
	err = because(ctx, err)
	if err != nil {
		cancel()
	}
	if ended := <-published; err == nil {
		err = because(ctx, ended)
	}
	cancel()
	return err
}

// report says now and then how far a run is, until ctx ends.
func (s *stand) report(ctx context.Context) {
	for load.Wait(ctx, progressTime) == nil {
		if p, err := s.Receiver.Progress(ctx); err == nil {
			s.say("acknowledged %d, arrived %d, duplicates %d", s.load.Count(), p.Delivered, p.Duplicates)
		}
	}
}

// fault notes that something was broken just now; recovery counts from here.
func (s *stand) fault(format string, args ...any) {
	f := fault{fmt.Sprintf(format, args...), time.Now()}
	s.faults = append(s.faults, f)
	s.say("%s", f.name)
}

// during publishes at a steady rate until what disturbs is done.
func (s *stand) during(ctx context.Context, disturb func(context.Context) error) error {
	stop := make(chan struct{})
	return s.under(ctx, func(ctx context.Context) error {
		return s.load.Open(ctx, steadyRate, 0, s.setup.events, stop, func(int) {})
	}, func(ctx context.Context) error {
		defer close(stop)
		return disturb(ctx)
	})
}
