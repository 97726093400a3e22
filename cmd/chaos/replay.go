package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/gateway"
	"github.com/switchhook/switchhook/cmd/internal/load"
)

const (
	replayPoll = 20 * time.Millisecond
	// replaySince is before everything that a run publishes.
	replaySince = time.Hour
	// pastTime is enough for what was published to be in the past by the
	// millisecond, which is how a replay's range ends.
	pastTime = 10 * time.Millisecond
	// middle is where in a replay gateways are killed: from one part of a hundred to
	// another.
	middleFrom, middleTo = 5, 90
)

// planReplay chooses at how many deliveries made the gateway is killed.
func planReplay(rng *rand.Rand, kills, events int) (after []int64) {
	for range kills {
		percent := middleFrom + rng.IntN(middleTo-middleFrom)
		after = append(after, int64(events*percent/100))
	}
	slices.Sort(after)
	return after
}

// replay publishes events that nobody subscribes to, subscribes, and has them
// replayed; meanwhile the gateways are killed, in turn where there are two.
func replay(ctx context.Context, r *faultRun) (err error) {
	plan := planReplay(r.rng, r.size.replayKills, r.size.replay)
	gateways := 1
	if r.store.postgres {
		gateways = 2
	}
	st, ctx, err := r.stand(ctx, setup{gateways: gateways, events: r.size.replay, endpoints: []string{bundledProvider}, late: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	var job gateway.Replay
	err = st.under(ctx, func(context.Context) error { return nil }, func(ctx context.Context) error {
		if job, err = st.beginReplay(ctx); err != nil {
			return err
		}
		for i, after := range plan {
			if err := st.killReplay(ctx, st.members[i%gateways], job.ID, after); err != nil {
				return err
			}
		}
		job, err = st.replayed(ctx, job.ID, func(r gateway.Replay) bool { return r.Status != "running" })
		return err
	})
	if err != nil {
		return err
	}
	st.note("the replay has made %d deliveries of %d events", job.Created, job.Done)
	if job.Status != "done" || job.Created != int64(r.size.replay) || job.Failed != 0 {
		st.broken("the replay is %s, has made %d deliveries of %d events, and failed to make %d", job.Status, job.Created, r.size.replay, job.Failed)
	}
	_, err = st.check(ctx)
	return err
}

// beginReplay publishes, subscribes and starts the replay.
func (s *stand) beginReplay(ctx context.Context) (gateway.Replay, error) {
	if err := s.load.Closed(ctx, 1, 0, s.setup.events); err != nil {
		return gateway.Replay{}, err
	}
	if err := s.subscribe(ctx); err != nil {
		return gateway.Replay{}, err
	}
	if err := load.Wait(ctx, pastTime); err != nil {
		return gateway.Replay{}, err
	}
	s.say("replaying %d events", s.setup.events)
	return s.members[0].running.ReplayNeverSent(ctx, time.Now().Add(-replaySince))
}

// killReplay kills a gateway once a replay has made so many deliveries, and sees
// that it goes on in time.
func (s *stand) killReplay(ctx context.Context, m *member, id string, after int64) error {
	was, err := s.replayed(ctx, id, func(r gateway.Replay) bool { return r.Created >= after || r.Status != "running" })
	if err != nil || was.Status != "running" {
		return err
	}
	s.say("%s killed at %d deliveries of the replay", m.name, was.Created)
	if err := m.kill(); err != nil {
		return err
	}
	killed := time.Now()
	if len(s.members) == 1 {
		if err := m.start(); err != nil {
			return err
		}
	}
	// What was under way at the kill may be in, but not more than one step.
	const step = 256
	if _, err := s.replayed(ctx, id, func(r gateway.Replay) bool { return r.Created > was.Created+step || r.Status != "running" }); err != nil {
		return err
	}
	if took := time.Since(killed); took > takeOverLimit {
		s.broken("the replay went on %s after a kill; promised is %s", took.Round(time.Millisecond), takeOverLimit)
	}
	if len(s.members) > 1 {
		return m.start()
	}
	return nil
}

// replayed waits until a replay is as wanted.
func (s *stand) replayed(ctx context.Context, id string, wanted func(gateway.Replay) bool) (gateway.Replay, error) {
	for {
		g, err := s.alive()
		if err != nil {
			return gateway.Replay{}, err
		}
		r, err := g.Replay(ctx, id)
		if err == nil && wanted(r) {
			return r, nil
		}
		if err := load.Wait(ctx, replayPoll); err != nil {
			return r, fmt.Errorf("replay %s is %s with %d of %d: %w", id, r.Status, r.Created, r.Total, err)
		}
	}
}
