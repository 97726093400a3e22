package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/node"
)

// enough is more than there ever is.
const enough = 1000

// claim is one look at a store for work.
type claim struct {
	p *process
	// there is what may be claimed, in order, once lost claims were given back.
	there func() []uuid.UUID
	// take has the reference do it, ask the store.
	take func(self uuid.UUID, ids []uuid.UUID)
	ask  func(limit int) ([]uuid.UUID, error)
}

// run returns whether what was asked for is in the hands of the process.
func (m *machine) run(c claim) (answered bool, err error) {
	want, limit, expected := m.expect(c)
	got, err := c.ask(limit)
	fates := c.p.fates
	c.p.fates = nil
	m.tell("  by %s, at most %d, %v left: %s, %v", c.p.name, limit, fates, m.list(got), err)
	switch {
	case !m.mirrored:
		return err == nil, nil
	case errors.Is(expected, node.ErrFenced) != errors.Is(err, node.ErrFenced), (expected == nil) != (err == nil):
		return false, fmt.Errorf("a claim by %s should be answered %q, but is %q", c.p.name, text(expected), text(err))
	case !slices.Equal(want, got):
		return false, fmt.Errorf("%s should get %s, but gets %s", c.p.name, m.list(want), m.list(got))
	}
	return err == nil, nil
}

// expect draws what becomes of a claim, and has the reference do it.
func (m *machine) expect(c claim) (want []uuid.UUID, limit int, err error) {
	if len(c.p.lost) > 0 {
		f := m.drawFate()
		c.p.fates = append(c.p.fates, f)
		if f != Failed {
			m.ref.giveBack(c.p, m.now)
		}
		if f != Answered {
			m.tell("  what was lost is given back: %s", f)
			return nil, enough, errLost
		}
		clear(c.p.lost)
	}
	there := c.there()
	limit = m.limit(there)
	f := m.drawFate()
	c.p.fates = append(c.p.fates, f)
	m.tell("  %s", f)
	switch {
	case len(there) == 0:
		return nil, limit, nil
	case !m.ref.nodes[c.p.id]:
		return nil, limit, node.ErrFenced
	}
	want = there[:min(limit, len(there))]
	if f != Failed {
		c.take(c.p.id, want)
	}
	if f == Answered {
		return want, limit, nil
	}
	for _, k := range want {
		c.p.lost[k] = true
	}
	return nil, limit, errLost
}

// limit draws how many to claim; not one of several that are due at one time.
func (m *machine) limit(there []uuid.UUID) int {
	if m.ending {
		return enough
	}
	n := rapid.IntRange(1, 5).Draw(m.t, "limit")
	for n < len(there) && m.ref.rows[there[n-1]].due == m.ref.rows[there[n]].due && m.ref.rows[there[n]].due != 0 {
		n++
	}
	return n
}

func (m *machine) claimEvents() error { return m.claimEventsBy(m.running()) }

func (m *machine) claimEventsBy(p *process) error {
	var got []*event.Event
	ok, err := m.run(claim{p: p, there: m.ref.freeEvents, take: m.ref.claimEvents, ask: func(limit int) (keys []uuid.UUID, err error) {
		got, err = p.store.ClaimEvents(context.Background(), p.id, limit)
		for _, e := range got {
			keys = append(keys, e.Key)
		}
		return keys, err
	}})
	if err != nil || !ok {
		return err
	}
	for _, e := range got {
		done, err := p.store.Recorded(context.Background(), e.AccountID, e.Key)
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(m.enabled(e.AccountID), func(s uuid.UUID) bool { _, there := done[s]; return there })
		if err := p.take(e, left); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) claimDue() error { return m.claimDueBy(m.running()) }

func (m *machine) claimDueBy(p *process) error {
	return m.claimDeliveries(p, func() []uuid.UUID { return m.ref.due(m.now) }, func(limit int) ([]delivery.Claimed, error) {
		return p.store.ClaimDeliveries(context.Background(), p.id, m.now, limit)
	})
}

func (m *machine) claimHeld() error {
	a := rapid.SampledFrom(m.accounts).Draw(m.t, "account")
	s := rapid.SampledFrom(m.subs[a]).Draw(m.t, "subscription")
	return m.claimHeldBy(m.running(), delivery.SubscriptionRef{AccountID: a, SubscriptionID: s})
}

func (m *machine) claimHeldBy(p *process, ref delivery.SubscriptionRef) error {
	m.tell("  of %s", m.name(ref.SubscriptionID))
	return m.claimDeliveries(p, func() []uuid.UUID { return m.ref.held(ref.SubscriptionID) }, func(limit int) ([]delivery.Claimed, error) {
		return p.store.ClaimHeld(context.Background(), p.id, ref, limit)
	})
}

func (m *machine) claimDeliveries(p *process, there func() []uuid.UUID, ask func(int) ([]delivery.Claimed, error)) error {
	var got []delivery.Claimed
	ok, err := m.run(claim{p: p, there: there, take: m.ref.claimDeliveries, ask: func(limit int) (ids []uuid.UUID, err error) {
		got, err = ask(limit)
		for _, c := range got {
			ids = append(ids, c.Delivery.ID)
		}
		m.sortTies(ids)
		return ids, err
	}})
	if err != nil || !ok {
		return err
	}
	for _, c := range got {
		if _, at := p.working()[c.Delivery.ID]; at {
			return fmt.Errorf("promise: %s gets %s, which it is at already", p.name, m.name(c.Delivery.ID))
		}
		if c.Event == nil || c.Event.Key != c.Delivery.EventKey || c.Delivery.Held || !c.Delivery.DueAt.IsZero() {
			return fmt.Errorf("%s gets %+v with event %v", p.name, c.Delivery, c.Event)
		}
		p.works[c.Delivery.ID] = c.Delivery
	}
	return nil
}

// sortTies puts deliveries that were due at one time in the reference's order.
func (m *machine) sortTies(ids []uuid.UUID) {
	slices.SortStableFunc(ids, func(a, b uuid.UUID) int {
		if m.before.rows[a].due != m.before.rows[b].due {
			return 0
		}
		return slices.Compare(a[:], b[:])
	})
}

func text(err error) string {
	if err == nil {
		return "well"
	}
	return err.Error()
}
