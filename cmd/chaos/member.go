package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
)

// maxRevivals is how often a gateway that ends by itself is started again.
const maxRevivals = 5

// member is a gateway of a stand, which is broken and started again.
type member struct {
	name    string
	options gateway.Options
	// base is the run's context: a gateway outlives whoever starts it.
	base context.Context
	// ended is told that a gateway has ended which nobody had broken, and fatal
	// that it cannot be started again.
	ended, fatal func(error)
	// current takes publishes; nil while the gateway is down or paused.
	current atomic.Pointer[gateway.Gateway]
	// doomed is the gateway whose end is expected.
	doomed atomic.Pointer[gateway.Gateway]

	watchers sync.WaitGroup
	// mu is held while the gateway is started or ended.
	mu sync.Mutex
	// running is the last that was launched; all are those before it too.
	running  *gateway.Gateway
	all      []*gateway.Gateway
	revivals int
}

// launch starts the process, and start waits as well until it takes publishes.
func (m *member) launch() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.locked(false)
}

func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.locked(true)
}

func (m *member) locked(ready bool) error {
	g, err := gateway.Launch(m.base, m.options)
	if err != nil {
		return err
	}
	m.running, m.all = g, append(m.all, g)
	m.watchers.Go(func() { m.watch(g) })
	if !ready {
		return nil
	}
	if err := g.WaitReady(m.base); err != nil {
		return err
	}
	m.current.Store(g)
	return nil
}

// watch starts a gateway again that ends by itself, as a service manager does.
func (m *member) watch(g *gateway.Gateway) {
	<-g.Exited()
	if m.doomed.Load() == g || m.base.Err() != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.doomed.Load() == g || m.running != g {
		return
	}
	m.current.CompareAndSwap(g, nil)
	m.ended(fmt.Errorf("%s ended by itself: %w; its log ends:\n%s", m.name, g.Err(), end(g.Log())))
	if m.revivals++; m.revivals > maxRevivals {
		m.fatal(fmt.Errorf("%s ended by itself %d times", m.name, m.revivals))
		return
	}
	if err := m.locked(true); err != nil {
		m.fatal(err)
	}
}

// down takes the gateway out of publishers' sight and expects its end.
func (m *member) down() *gateway.Gateway {
	m.doomed.Store(m.running)
	m.current.Store(nil)
	return m.running
}

func (m *member) kill() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.down().Kill()
}

// stop ends the gateway in order. Publishers turn away from it first, as a load
// balancer does.
func (m *member) stop() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.down().Stop()
}

// pause stops the gateway from running, and expects that it ends once it goes on.
func (m *member) pause() (*gateway.Gateway, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.down()
	return g, g.Pause()
}

// close ends what runs, and sees that nothing is left behind.
func (m *member) close() error {
	defer m.watchers.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
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

const (
	// endLines of a log are shown, each of at most lineBytes.
	endLines  = 3
	lineBytes = 240
)

// end is the end of a log.
func end(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	lines = lines[max(0, len(lines)-endLines):]
	for i, l := range lines {
		lines[i] = l[:min(len(l), lineBytes)]
	}
	return strings.Join(lines, "\n")
}
