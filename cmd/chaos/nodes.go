package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
	"github.com/switchhook/switchhook/cmd/internal/receiver"
)

const (
	// hangBefore a fault gathers attempts under way in the gateway to be broken.
	hangBefore = time.Second
	// takeOverTime is enough, after a gateway counts as dead, for the others to see it.
	takeOverTime = 2 * time.Second
	// takeOverLimit is what the case promises.
	takeOverLimit = 30 * time.Second
	// fenceLimit is how long a gateway that was declared dead may take to see it.
	fenceLimit = 20 * time.Second
	// fenced is in the error with which it then ends.
	fenced = "declared dead"
)

// nodesPlan is the order in which the gateways are broken, and the calm before
// each time.
type nodesPlan struct {
	victims []int
	calm    []time.Duration
}

func planNodes(rng *rand.Rand, phase time.Duration) nodesPlan {
	p := nodesPlan{victims: rng.Perm(3)}
	for range p.victims {
		p.calm = append(p.calm, phase/2+time.Duration(rng.Int64N(int64(phase/2))))
	}
	return p
}

// nodes breaks three gateways on one database, one after the other: one is killed,
// one is paused for so long that it is declared dead, one is stopped in order.
func nodes(ctx context.Context, r *faultRun) (err error) {
	plan := planNodes(r.rng, r.size.phase)
	longest := 3*r.size.phase + 2*(hangBefore+deadAfter+takeOverTime)
	st, ctx, err := r.stand(ctx, setup{
		gateways: 3, events: steady(longest), endpoints: []string{provider.Name, bundledProvider},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()
	err = st.during(ctx, func(ctx context.Context) error {
		for i, f := range []func(context.Context, *member) error{st.killFor, st.pauseFor, st.restart} {
			if err := load.Wait(ctx, plan.calm[i]); err != nil {
				return err
			}
			if err := f(ctx, st.members[plan.victims[i]]); err != nil {
				return err
			}
		}
		return load.Wait(ctx, r.size.phase/2)
	})
	if err != nil {
		return err
	}
	if _, err = st.check(ctx); err != nil {
		return err
	}
	if took := st.result.Recovery; took > takeOverLimit.Seconds() {
		st.broken("taking over took %.1f s; promised is %s", took, takeOverLimit)
	}
	return nil
}

// gather has every endpoint hang for a while, so that attempts are under way.
func (s *stand) gather(ctx context.Context) error {
	if err := s.Receiver.SetModes(ctx, slices.Repeat([]receiver.Mode{receiver.Hanging}, len(s.setup.endpoints))); err != nil {
		return err
	}
	return load.Wait(ctx, hangBefore)
}

// killFor keeps a killed gateway away until the others have taken its work over.
func (s *stand) killFor(ctx context.Context, m *member) error {
	if err := s.gather(ctx); err != nil {
		return err
	}
	s.fault("%s killed", m.name)
	if err := errors.Join(m.kill(), s.Receiver.SetModes(ctx, s.setup.answering())); err != nil {
		return err
	}
	if err := load.Wait(ctx, deadAfter+takeOverTime); err != nil {
		return err
	}
	return m.start()
}

// pauseFor pauses a gateway that has attempts under way, past the time when it is
// declared dead; they are answered meanwhile. Once it goes on it must see that it
// is dead and end: what it would record has another owner. See [ledger.add].
func (s *stand) pauseFor(ctx context.Context, m *member) error {
	if err := s.gather(ctx); err != nil {
		return err
	}
	s.fault("%s paused", m.name)
	g, err := m.pause()
	if err := errors.Join(err, s.Receiver.SetModes(ctx, s.setup.answering())); err != nil {
		return err
	}
	if err := load.Wait(ctx, deadAfter+takeOverTime); err != nil {
		return err
	}
	s.say("%s goes on", m.name)
	if err := g.Resume(); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, fenceLimit)
	defer cancel()
	select {
	case <-g.Exited():
	case <-limit.Done():
		return fmt.Errorf("%s was declared dead and still runs after %s; its log ends:\n%s", m.name, fenceLimit, end(g.Log()))
	}
	if g.Err() == nil || !strings.Contains(g.Log(), fenced) {
		s.broken("%s was declared dead but ends with %v; its log ends:\n%s", m.name, g.Err(), end(g.Log()))
	}
	return m.start()
}

// restart stops a gateway in order and starts it again.
func (s *stand) restart(_ context.Context, m *member) error {
	s.fault("%s stopped in order", m.name)
	if err := m.stop(); err != nil {
		s.broken("%s", err)
	}
	return m.start()
}
