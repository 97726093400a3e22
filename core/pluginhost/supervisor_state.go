package pluginhost

import (
	"context"
	"time"

	"github.com/switchhook/switchhook/core/provider"
)

// starting counts a start; a plugin that was up stays down until it is up again.
func (s *supervisor) starting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts++
}

func (s *supervisor) up(l *link, p *provider.Provider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.since, s.link, s.last, s.provider = StateUp, time.Now(), l, l, p
	s.signal()
}

// failed takes the plugin out of use.
func (s *supervisor) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != StateDown {
		s.since = time.Now()
	}
	s.state, s.link, s.lastErr = StateDown, nil, err
	s.signal()
}

// close makes every wait for the plugin end.
func (s *supervisor) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.link = true, nil
	s.signal()
}

// kill ends the process at once.
func (s *supervisor) kill() {
	s.mu.Lock()
	l := s.last
	s.mu.Unlock()
	if l != nil {
		l.kill()
	}
}

// signal wakes those who wait; the lock is held.
func (s *supervisor) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await returns the link of a plugin that is up, other than the dead one given,
// waiting for it until ctx ends.
func (s *supervisor) await(ctx context.Context, dead *link) (*link, error) {
	for {
		s.mu.Lock()
		l, changed, closed := s.link, s.changed, s.closed
		s.mu.Unlock()
		switch {
		case closed:
			return nil, errClosed
		case l != nil && l != dead:
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// unavailable is the error for a plugin that could not be asked. What brought it
// down says more than that the wait was over.
func (s *supervisor) unavailable(cause error) *UnavailableError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lastErr != nil && !s.closed && s.state == StateDown {
		cause = s.lastErr
	}
	e := &UnavailableError{Provider: s.plugin.Provider, Err: cause}
	if s.provider != nil {
		e.Response = s.provider.Manifest.Unavailable
	}
	return e
}

func (s *supervisor) described() *provider.Provider {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.provider
}

func (s *supervisor) status() PluginStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := PluginStatus{
		Provider: s.plugin.Provider, State: s.state, Since: s.since,
		Restarts: max(s.starts-1, 0), External: s.plugin.Path != "",
	}
	if s.provider != nil {
		out.Version = s.provider.Manifest.Version
	}
	if s.lastErr != nil {
		out.LastError = s.lastErr.Error()
	}
	if s.link != nil {
		out.PID = s.link.pid
	}
	return out
}
