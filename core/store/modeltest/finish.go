package modeltest

import (
	"time"

	"github.com/switchhook/switchhook/core/delivery"
)

// rounds are more than it takes to finish anything.
const rounds = 8

// finish lets a healthy node, and those that still run, bring everything to its
// end: what crashed is taken over, every transaction is answered, every attempt
// succeeds.
func (m *machine) finish() error {
	m.ending = true
	for _, p := range m.processes {
		if p.ended {
			if err := m.silenceOf(p); err != nil {
				return err
			}
		}
	}
	if err := m.start(); err != nil {
		return err
	}
	healthy := m.processes[len(m.processes)-1]
	for range rounds {
		for _, p := range m.all() {
			if err := m.finishRound(p, healthy); err != nil {
				return err
			}
		}
	}
	return m.everythingIsDone()
}

func (m *machine) finishRound(p, healthy *process) error {
	m.now = m.bench.Clock.pass(10 * time.Second)
	if err := m.beatOf(p); err != nil {
		return err
	}
	if !m.ref.nodes[p.id] {
		p.forget() // it knows now
		return m.check()
	}
	steps := []func() error{
		func() error { return m.finishWork(p) },
		func() error { return m.claimEventsBy(p) },
		func() error { return m.claimDueBy(p) },
	}
	if p == healthy {
		steps = append(steps, func() error { return m.takeOverBy(p) })
	}
	for _, a := range m.accounts {
		for _, s := range m.subs[a] {
			steps = append(steps, func() error { return m.claimHeldBy(p, delivery.SubscriptionRef{AccountID: a, SubscriptionID: s}) })
		}
	}
	for _, step := range append(steps, func() error { return m.finishWork(p) }) {
		if err := step(); err != nil {
			return err
		}
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

// finishWork records all that a process is at.
func (m *machine) finishWork(p *process) error {
	var outcomes []*delivery.Outcome
	at := p.working()
	for _, k := range sorted(at) {
		kind := delivered
		if m.ref.disabled[at[k].SubscriptionID] {
			kind = cancelled
		}
		outcomes = append(outcomes, m.outcome(p, at[k], kind))
	}
	if len(outcomes)+len(p.kept)+len(p.settled) == 0 {
		return nil
	}
	return m.commit(p, nil, outcomes...)
}
