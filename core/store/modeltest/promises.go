package modeltest

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// check looks at the store after a step.
func (m *machine) check() error {
	now, err := read(m.bench.DB)
	if err != nil {
		return err
	}
	if m.mirrored {
		if err := differences(m.ref.state, now, m.name); err != nil {
			return err
		}
	}
	if err := m.oneOwner(now); err != nil {
		return err
	}
	err = m.nothingGoesBack(now)
	m.before, m.retried = now, uuid.Nil
	return err
}

// oneOwner: what a node works that was not declared dead, no other works.
func (m *machine) oneOwner(now *state) error {
	owner := map[uuid.UUID]*process{}
	for _, p := range m.all() {
		if !now.nodes[p.id] {
			continue
		}
		for k := range p.events {
			if o := owner[k]; o != nil {
				return fmt.Errorf("promise: %s and %s have %s", o.name, p.name, m.name(k))
			}
			owner[k] = p
		}
		for k := range p.working() {
			if o := owner[k]; o != nil {
				return fmt.Errorf("promise: %s and %s are at %s", o.name, p.name, m.name(k))
			}
			owner[k] = p
		}
	}
	return nil
}

// nothingGoesBack: what is final stays, but for news that it was delivered, and
// what is cancelled whatever the news; what was recorded of an attempt stays; an
// event keeps its key.
func (m *machine) nothingGoesBack(now *state) error {
	for k, before := range m.before.rows {
		after, ok := now.rows[k]
		late := after.status == sdk.DeliveryDelivered && before.status != sdk.DeliveryCancelled
		if !ok || (delivery.Final(before.status) && after.status != before.status && !late && k != m.retried) {
			return fmt.Errorf("promise: %s was %s, and is %s", m.name(k), before.status, after.status)
		}
	}
	for k, before := range m.before.attempts {
		if after := now.attempts[k]; after != before {
			return fmt.Errorf("promise: attempt %d of %s was %s, and is %q", k.n, m.name(k.delivery), before, after)
		}
	}
	for k, before := range m.before.events {
		if after := now.events[k]; after != before {
			return fmt.Errorf("promise: event %s was %q, and is %q", m.name(k), before, after)
		}
	}
	return nil
}

// everythingIsDone: each acknowledged event has, for each of its subscriptions,
// one delivery in a final state, and no mark is left.
func (m *machine) everythingIsDone() error {
	now := m.before
	for k := range now.marks {
		return fmt.Errorf("promise: %s is pending for ever", m.name(k))
	}
	for k, d := range now.rows {
		if !delivery.Final(d.status) {
			return fmt.Errorf("promise: %s stays %s", m.name(k), d.status)
		}
	}
	for k := range m.acked {
		if _, there := now.events[k]; !there {
			return fmt.Errorf("promise: %s is lost", m.name(k))
		}
		for _, s := range m.enabled(m.published[k].AccountID) {
			if _, there := now.rows[delivery.NewID(k, s)]; !there {
				return fmt.Errorf("promise: %s never reaches %s", m.name(k), m.name(s))
			}
		}
	}
	return nil
}
