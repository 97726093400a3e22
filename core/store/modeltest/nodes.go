package modeltest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// deadAfter is longer than an exploration takes by any clock.
	deadAfter = 30 * time.Minute
	// longAgo is when a silent node has beaten last.
	longAgo = time.Hour
	// mostProcesses bounds those that run at one time.
	mostProcesses = 4
)

// populate makes two accounts with three subscriptions.
func (m *machine) populate() error {
	p := m.bench.Open(func() Fate { return Answered }, false)
	for i, n := range []int{2, 1} {
		a := m.newID(fmt.Sprintf("a%d", i+1))
		m.accounts = append(m.accounts, a)
		if err := p.CreateAccount(context.Background(), &account.Account{ID: a, Name: m.name(a), CreatedAt: m.now}); err != nil {
			return err
		}
		for range n {
			s := m.newID(fmt.Sprintf("s%d", len(m.subs[m.accounts[0]])+len(m.subs[m.accounts[i]])*i+1))
			m.subs[a] = append(m.subs[a], s)
			err := p.InAccount(context.Background(), a, func(tx subscription.Tx) error {
				return tx.Insert(&subscription.Subscription{
					AccountID: a, ID: s, Provider: "standard", ExternalID: s.String(), Version: 1, CreatedAt: m.now, UpdatedAt: m.now,
					SubscriptionSpec: sdk.SubscriptionSpec{URL: "https://example.com/", Enabled: true},
				})
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *machine) start() error {
	p := &process{name: fmt.Sprintf("p%d", len(m.processes)+1)}
	p.forget()
	p.ended = false
	p.id = m.newID(p.name)
	p.store = m.bench.Open(p.fate, m.alone)
	if m.fault != nil {
		p.store = m.fault.Plant(p.store, m.bench)
	}
	m.processes = append(m.processes, p)
	m.ref.nodes[p.id] = true
	return p.store.RegisterNode(context.Background(), p.id, p.name)
}

func (m *machine) startAnother() error {
	if len(m.all()) == mostProcesses {
		return nil
	}
	return m.start()
}

// crash ends a process; its node's row stays. Another starts where it was the last.
func (m *machine) crash() error {
	p := m.running()
	m.tell("  %s", p.name)
	p.forget()
	if len(m.all()) == 0 {
		return m.start()
	}
	return nil
}

// release ends a process as a stop does.
func (m *machine) release() error {
	p := m.running()
	m.tell("  %s", p.name)
	p.forget()
	m.ref.free(p.id, m.now)
	delete(m.ref.nodes, p.id)
	if err := p.store.ReleaseNode(context.Background(), p.id); err != nil {
		return err
	}
	if len(m.all()) == 0 {
		return m.start()
	}
	return nil
}

func (m *machine) beat() error { return m.beatOf(m.running()) }

func (m *machine) beatOf(p *process) error {
	alive := m.ref.nodes[p.id]
	m.tell("  %s, alive: %t", p.name, alive)
	m.ref.silent[p.id] = false
	err := p.store.Heartbeat(context.Background(), p.id)
	if alive == errors.Is(err, node.ErrFenced) || ignoreFenced(err) != nil {
		return fmt.Errorf("heartbeat of %s, alive: %t, was answered %w", p.name, alive, err)
	}
	return nil
}

// silence lets a node not have beaten for long.
func (m *machine) silence() error {
	return m.silenceOf(rapid.SampledFrom(m.processes).Draw(m.t, "silent"))
}

func (m *machine) silenceOf(p *process) error {
	m.tell("  %s", p.name)
	m.ref.silent[p.id] = true
	_, err := m.bench.DB.ExecContext(context.Background(), fmt.Sprintf("UPDATE nodes SET heartbeat_at = heartbeat_at - %d WHERE id = %s",
		longAgo.Microseconds(), m.bench.Literal(p.id[:])))
	return err
}

func (m *machine) takeOver() error { return m.takeOverBy(m.running()) }

func (m *machine) takeOverBy(p *process) error {
	dead := m.ref.takeOver(p.id, m.alone, m.now)
	m.tell("  by %s: dead are %s", p.name, m.list(dead))
	n, err := p.store.TakeOver(context.Background(), p.id, deadAfter)
	if m.mirrored && err == nil && n != len(dead) {
		err = fmt.Errorf("take-over tells of %d dead nodes, there are %d", n, len(dead))
	}
	return err
}

func (m *machine) timePasses() error {
	m.now = m.bench.Clock.pass(time.Duration(rapid.IntRange(1, 4000).Draw(m.t, "ms")) * time.Millisecond)
	return nil
}

// retry makes a delivery due as a person would.
func (m *machine) retry() error {
	rows := sorted(m.before.rows)
	if len(rows) == 0 {
		return nil
	}
	k := rapid.SampledFrom(rows).Draw(m.t, "delivery")
	m.retried = k
	done := m.ref.retry(k, m.now)
	m.tell("  %s: %t", m.name(k), done)
	_, err := m.processes[len(m.processes)-1].store.Retry(context.Background(), m.accountOf(k), k, m.now)
	if !m.mirrored || (err == nil) == done {
		if sdk.IsCode(err, sdk.CodeConflict) {
			return nil
		}
		return err
	}
	return fmt.Errorf("retry of %s: should be done: %t, was answered %w", m.name(k), done, err)
}

// cancel ends a delivery as a person would, whoever is at it.
func (m *machine) cancel() error {
	rows := sorted(m.before.rows)
	if len(rows) == 0 {
		return nil
	}
	k := rapid.SampledFrom(rows).Draw(m.t, "delivery")
	done := m.ref.cancel(k, m.now)
	m.tell("  %s: %t", m.name(k), done)
	_, err := m.processes[len(m.processes)-1].store.Cancel(context.Background(), m.accountOf(k), k, m.now)
	if !m.mirrored || (err == nil) == done {
		if sdk.IsCode(err, sdk.CodeConflict) {
			return nil
		}
		return err
	}
	return fmt.Errorf("cancelling %s: should be done: %t, was answered %w", m.name(k), done, err)
}

// cancelFirst ends a first delivery of which there is perhaps no row yet.
func (m *machine) cancelFirst() error {
	keys := sorted(m.before.marks)
	if len(keys) == 0 {
		return nil
	}
	e := m.published[rapid.SampledFrom(keys).Draw(m.t, "event")]
	d := delivery.Delivery{
		AccountID: e.AccountID, EventKey: e.Key, SubscriptionID: rapid.SampledFrom(m.subs[e.AccountID]).Draw(m.t, "subscription"),
		Provider: "standard", EventType: "order.created", Status: sdk.DeliveryPending, CreatedAt: m.now, UpdatedAt: m.now,
	}
	d.ID = delivery.NewID(d.EventKey, d.SubscriptionID)
	done := m.ref.cancelFirst(&d, m.now)
	m.tell("  %s: %t", m.name(d.ID), done)
	_, err := m.processes[len(m.processes)-1].store.CancelFirst(context.Background(), &d)
	if !m.mirrored || (err == nil) == done {
		if sdk.IsCode(err, sdk.CodeConflict) {
			return nil
		}
		return err
	}
	return fmt.Errorf("cancelling %s: should be done: %t, was answered %w", m.name(d.ID), done, err)
}

// accountOf finds whose a delivery is.
func (m *machine) accountOf(deliveryID uuid.UUID) uuid.UUID {
	for _, e := range m.published {
		for _, s := range m.subs[e.AccountID] {
			if delivery.NewID(e.Key, s) == deliveryID {
				return e.AccountID
			}
		}
	}
	return m.accounts[0]
}
