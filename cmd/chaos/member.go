package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
)

// member is a gateway of a stand, which is broken and started again.
type member struct {
	name    string
	options gateway.Options
	// base is the run's context: a gateway outlives whoever starts it.
	base context.Context
	// fatal ends the run: a gateway has ended that nobody had broken.
	fatal func(error)
	// current takes publishes; nil while the gateway is down or paused.
	current atomic.Pointer[gateway.Gateway]
	// doomed is the gateway whose end is expected.
	doomed atomic.Pointer[gateway.Gateway]
	// running is the last that was launched; all are those before it too.
	running *gateway.Gateway
	all     []*gateway.Gateway
}

// launch starts the process, start waits as well until it takes publishes.
func (m *member) launch() error {
	g, err := gateway.Launch(m.base, m.options)
	if err != nil {
		return err
	}
	m.running, m.all = g, append(m.all, g)
	go func() {
		<-g.Exited()
		if m.doomed.Load() != g && m.base.Err() == nil {
			m.fatal(fmt.Errorf("%s ended by itself: %w; its log ends:\n%s", m.name, g.Err(), g.Log()))
		}
	}()
	return nil
}

func (m *member) start(ctx context.Context) error {
	if err := m.launch(); err != nil {
		return err
	}
	if err := m.running.WaitReady(ctx); err != nil {
		return err
	}
	m.current.Store(m.running)
	return nil
}

// down takes the gateway out of publishers' sight and expects its end.
func (m *member) down() *gateway.Gateway {
	m.doomed.Store(m.running)
	m.current.Store(nil)
	return m.running
}

func (m *member) kill() error { return m.down().Kill() }

// stop ends the gateway in order. Publishers turn away from it first, as a load
// balancer does.
func (m *member) stop() error { return m.down().Stop() }

// close ends what runs, and sees that nothing is left behind.
func (m *member) close() error {
	if m.running == nil {
		return nil
	}
	g := m.down()
	var errs []error
	select {
	case <-g.Exited():
		_ = g.Stop() // what its end was is known
	default:
		errs = append(errs, g.Stop())
	}
	for _, g := range m.all {
		errs = append(errs, g.Orphans())
	}
	return errors.Join(errs...)
}
