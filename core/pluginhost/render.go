package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/switchhook/switchhook/plugins/sdk/pluginclient"
)

// Delivery is one event on its way to one subscription, to be rendered.
type Delivery = pluginclient.Delivery

// Result is a rendered delivery, or why it could not be rendered.
type Result = pluginclient.Result

// maxRenders is the most Render calls at a time to one plugin: memory of both
// processes grows with them.
const maxRenders = 16

// Render has the provider's adapter render deliveries; result i belongs to
// delivery i. It waits for a plugin that is down until ctx ends, and repeats a
// call once when the plugin went down in the middle. A delivery that the plugin
// renders badly fails alone.
//
// Errors, for the whole batch: [ErrUnknownProvider], [ErrUnavailable],
// [ErrBadReply], a deadline, ctx's own.
func (h *Host) Render(ctx context.Context, provider string, ds []Delivery) ([]Result, error) {
	s := h.supervisors[provider]
	if s == nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknownProvider, provider)
	}
	for i, d := range ds {
		if d.Event == nil || d.Subscription == nil {
			return nil, fmt.Errorf("render: delivery %d has no event or no subscription", i)
		}
	}
	if len(ds) == 0 {
		return nil, nil
	}
	select {
	case s.renders <- struct{}{}:
		defer func() { <-s.renders }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	results, err := s.renderTwice(ctx, h.cfg.RenderTimeout, ds)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		s.log.ErrorContext(ctx, "plugin failed to render", slog.Int("deliveries", len(ds)), slog.Any("error", err))
	}
	return results, err
}

// renderTwice renders, and once more when the plugin was lost. Rendering has no
// effects, so it may be repeated.
func (s *supervisor) renderTwice(ctx context.Context, timeout time.Duration, ds []Delivery) ([]Result, error) {
	var dead *link
	for try := 0; ; try++ {
		l, err := s.await(ctx, dead)
		if err != nil {
			return nil, s.unavailable(err)
		}
		callCtx, cancel := context.WithTimeout(ctx, timeout)
		began := time.Now()
		results, err := pluginclient.Render(callCtx, l.client, ds)
		if err != nil {
			err = s.callError(callCtx, err)
		}
		cancel()
		s.host.metrics.rendered(s.plugin.Provider, time.Since(began), results, len(ds), err)
		if err == nil {
			return results, nil
		}
		if try > 0 || !errors.Is(err, ErrUnavailable) {
			return nil, err
		}
		dead = s.lost(ctx, l)
	}
}

// lostWait is how long the supervisor may take to see that a plugin is gone.
const lostWait = 250 * time.Millisecond

// lost returns l when it is out of use, and nil when the plugin lives on and
// only said that it is unavailable.
func (s *supervisor) lost(ctx context.Context, l *link) *link {
	ctx, cancel := context.WithTimeout(ctx, lostWait)
	defer cancel()
	for {
		s.mu.Lock()
		current, changed, closed := s.link, s.changed, s.closed
		s.mu.Unlock()
		if current != l || closed {
			return l
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}
