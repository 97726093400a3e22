package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	// maxKillDelay is the most between an event and the kill that it calls for.
	maxKillDelay = 50 * time.Millisecond
	// A restart may be killed too, so long after it began.
	minRestart, maxRestart = 20 * time.Millisecond, 500 * time.Millisecond
	countPoll              = time.Millisecond
)

// killing is one moment of a plan.
type killing struct {
	// after so many acknowledged events, and delay more.
	after int
	delay time.Duration
	// again kills the restart so long after it began; 0 does not.
	again time.Duration
}

// planKills spreads kills over the events at random; one restart in four is
// killed as well.
func planKills(rng *rand.Rand, kills, events int) (plan []killing) {
	for range kills {
		k := killing{after: 1 + rng.IntN(events), delay: time.Duration(rng.Int64N(int64(maxKillDelay)))}
		if rng.IntN(4) == 0 {
			k.again = minRestart + time.Duration(rng.Int64N(int64(maxRestart-minRestart)))
		}
		plan = append(plan, k)
	}
	slices.SortFunc(plan, func(a, b killing) int { return a.after - b.after })
	return plan
}

// kill kills the only gateway, while publishers go on through its restarts. One
// of three endpoints fails each event at first, so that retries wait as well.
func kill(ctx context.Context, r *faultRun) (err error) {
	plan := planKills(r.rng, r.size.kills, r.size.events)
	st, ctx, err := r.stand(ctx, setup{
		gateways: 1, events: r.size.events,
		endpoints: []string{provider.Name, bundledProvider, provider.Name},
		modes:     []receiver.Mode{receiver.Healthy, receiver.Healthy, receiver.FailingFirst},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	published := make(chan struct{})
	err = st.under(ctx, func(ctx context.Context) error {
		defer close(published)
		return st.load.Closed(ctx, 1, 0, r.size.events)
	}, func(ctx context.Context) error {
		for _, k := range plan {
			if err := st.carryOut(ctx, k, published); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = st.check(ctx)
	return err
}

func (s *stand) carryOut(ctx context.Context, k killing, published <-chan struct{}) error {
	if err := s.acknowledged(ctx, k.after, published); err != nil {
		return err
	}
	if err := load.Wait(ctx, k.delay); err != nil {
		return err
	}
	m := s.members[0]
	s.fault("killed at %d acknowledged events", s.load.Count())
	if err := m.kill(); err != nil {
		return err
	}
	if k.again > 0 {
		if err := m.launch(); err != nil {
			return err
		}
		if err := load.Wait(ctx, k.again); err != nil {
			return err
		}
		s.fault("killed %s after a start", k.again.Round(time.Millisecond))
		if err := m.kill(); err != nil {
			return err
		}
	}
	return m.start()
}

// acknowledged waits until so many events are, or all have been published.
func (s *stand) acknowledged(ctx context.Context, events int, published <-chan struct{}) error {
	tick := time.NewTicker(countPoll)
	defer tick.Stop()
	for s.load.Count() < int64(events) {
		select {
		case <-tick.C:
		case <-published:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
