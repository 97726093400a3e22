package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/core/store/cluster"
)

const (
	shortDeadAfter = 2 * time.Second
	// cutLimit is how long to look for a connection that is busy, cutPoll how often.
	cutLimit = 2 * time.Second
	cutPoll  = time.Millisecond
)

// databasePlan is the calm before each cut; the outage follows the cut of its
// number.
type databasePlan struct {
	calm   []time.Duration
	outage int
}

func planDatabase(rng *rand.Rand, cuts int, phase time.Duration) databasePlan {
	p := databasePlan{outage: rng.IntN(cuts)}
	for range cuts {
		p.calm = append(p.calm, time.Duration(rng.Int64N(int64(phase/2))))
	}
	return p
}

// database cuts the connections of two gateways in the middle of transactions,
// and once takes the server away.
func database(ctx context.Context, r *faultRun) (err error) {
	plan := planDatabase(r.rng, r.size.cuts, r.size.phase)
	longest := time.Duration(r.size.cuts)*(r.size.phase/2+cutLimit) + r.size.outage + 2*r.size.phase
	st, ctx, err := r.stand(ctx, setup{
		gateways: 2, events: steady(longest), endpoints: []string{provider.Name, bundledProvider},
		// The server is away for longer: gateways that could not beat are not dead.
		settings: []string{"SWITCHHOOK_NODE_DEAD_AFTER=" + shortDeadAfter.String()},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	server, err := url.Parse(st.members[0].options.Database)
	if err != nil {
		return err
	}
	err = st.during(ctx, func(ctx context.Context) error {
		for i, calm := range plan.calm {
			if err := load.Wait(ctx, calm); err != nil {
				return err
			}
			if err := st.cut(ctx, server); err != nil {
				return err
			}
			if i == plan.outage {
				if err := st.outage(ctx); err != nil {
					return err
				}
			}
		}
		return load.Wait(ctx, r.size.phase)
	})
	if err != nil {
		return err
	}
	_, err = st.check(ctx)
	return err
}

// cut ends connections that are in the middle of something.
func (s *stand) cut(ctx context.Context, server *url.URL) error {
	for deadline := time.Now().Add(cutLimit); time.Now().Before(deadline); {
		n, err := cluster.Sever(ctx, server)
		if err != nil {
			return err
		}
		if n > 0 {
			s.fault("cut %d busy connections", n)
			return nil
		}
		if err := load.Wait(ctx, cutPoll); err != nil {
			return err
		}
	}
	s.say("no connection was busy for %s", cutLimit)
	return nil
}

// outage takes the server away for a while. One that was started elsewhere stays.
func (s *stand) outage(ctx context.Context) error {
	own := s.store.Own
	if own == nil {
		s.note("the server is not this program's: it was not stopped")
		return nil
	}
	// The cut before must not take its recovery from here.
	if err := load.Wait(ctx, s.size.phase/2); err != nil {
		return err
	}
	s.say("the server stops for %s", s.size.outage)
	if err := own.Interrupt(); err != nil {
		return err
	}
	if err := load.Wait(ctx, s.size.outage); err != nil {
		return errors.Join(err, own.Resume())
	}
	if err := own.Resume(); err != nil {
		return err
	}
	s.fault("the server is back after %s", s.size.outage)
	return nil
}
