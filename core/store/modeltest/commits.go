package modeltest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// commit commits what is new together with what the process has kept.
func (m *machine) commit(p *process, entries []journal.Entry, outcomes ...*delivery.Outcome) error {
	fate := m.drawFate()
	b := journal.Batch{
		Node: p.id, Events: entries, Outcomes: slices.Concat(p.kept, outcomes), Settled: slices.Clone(p.settled),
	}
	m.tell("  by %s, %s: %s", p.name, fate, m.describe(b))
	alive := m.ref.nodes[p.id]
	var want []uuid.UUID
	if fate != Failed {
		want, _ = m.ref.commit(b)
	}
	keys, err := p.commit(b, fate)
	switch {
	case errors.Is(err, node.ErrFenced) && !alive:
		p.kept, p.settled = nil, nil // its journal has ended
		return nil
	case err != nil && fate != Answered:
		p.keep(b)
		return nil
	case err != nil:
		return fmt.Errorf("commit by %s, alive: %t: %w", p.name, alive, err)
	case !alive || fate != Answered:
		return fmt.Errorf("promise: %s was declared dead, and could record", p.name)
	case m.mirrored && !slices.Equal(want, keys):
		return fmt.Errorf("keys should be %s, but are %s", m.list(want), m.list(keys))
	}
	p.kept, p.settled = nil, nil
	return errors.Join(m.acknowledge(p, b, keys), m.recorded(b))
}

// acknowledge is what publishers and the engine are told.
func (m *machine) acknowledge(p *process, b journal.Batch, keys []uuid.UUID) error {
	for i, e := range b.Events {
		m.acked[keys[i]] = true
		if e.Owned && keys[i] == e.Event.Key {
			if err := p.take(e.Event, m.enabled(e.Event.AccountID)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enabled are the subscriptions that an event of an account goes to.
func (m *machine) enabled(accountID uuid.UUID) []uuid.UUID {
	return slices.DeleteFunc(slices.Clone(m.subs[accountID]), func(s uuid.UUID) bool { return m.ref.disabled[s] })
}

// recorded looks for attempts that were told to be recorded.
func (m *machine) recorded(b journal.Batch) error {
	now, err := read(m.bench.DB)
	if err != nil {
		return err
	}
	for _, o := range b.Outcomes {
		if o.Attempt == nil {
			continue
		}
		if got := now.attempts[number{o.Delivery.ID, o.Attempt.Number}]; got != o.Attempt.TraceID {
			return fmt.Errorf("promise: attempt %d of %s was recorded as %s, what is there is %q", o.Attempt.Number, m.name(o.Delivery.ID), o.Attempt.TraceID, got)
		}
	}
	return nil
}

func (m *machine) recommit() error { return m.commit(m.running(), nil) }

func (m *machine) publish() error {
	p := m.running()
	var entries []journal.Entry
	for range rapid.IntRange(1, 3).Draw(m.t, "events") {
		entries = append(entries, journal.Entry{Event: m.newEvent(), Owned: rapid.Bool().Draw(m.t, "owned")})
	}
	return m.commit(p, entries)
}

// newEvent makes one whose id has perhaps been used before.
func (m *machine) newEvent() *event.Event {
	a := rapid.SampledFrom(m.accounts).Draw(m.t, "account")
	key := m.newID(fmt.Sprintf("e%d", len(m.published)+1))
	e := &event.Event{AccountID: a, Key: key, AcceptedAt: m.now, Event: sdk.Event{
		ID: fmt.Sprint(rapid.IntRange(1, 6).Draw(m.t, "id")), Source: "/test", Type: "order.created", Time: m.now,
	}}
	if e.Generated = rapid.Bool().Draw(m.t, "generated"); e.Generated {
		e.ID = key.String()
	}
	m.published[key] = e
	for _, s := range m.subs[a] {
		m.names[delivery.NewID(key, s)] = m.name(key) + "→" + m.name(s)
	}
	return e
}

// record lets a process come to an end with some of what it is at.
func (m *machine) record() error {
	p := m.running()
	var outcomes []*delivery.Outcome
	for range rapid.IntRange(1, 3).Draw(m.t, "outcomes") {
		at := p.working()
		if len(at) == 0 {
			break
		}
		d := at[rapid.SampledFrom(sorted(at)).Draw(m.t, "delivery")]
		outcomes = append(outcomes, m.outcome(p, d, m.drawKind(d)))
	}
	if len(outcomes) == 0 {
		return nil
	}
	return m.commit(p, nil, outcomes...)
}

// kinds of outcomes.
const (
	delivered = "delivered"
	retrying  = "retrying"
	dead      = "dead"
	gone      = "gone"
	parked    = "parked"
	held      = "held"
	cancelled = "cancelled"
)

func (m *machine) drawKind(d delivery.Delivery) string {
	if m.ref.disabled[d.SubscriptionID] {
		return cancelled
	}
	return rapid.SampledFrom([]string{delivered, delivered, retrying, retrying, dead, gone, parked, held, held}).Draw(m.t, "kind")
}

// outcome takes a delivery out of a process's memory.
func (m *machine) outcome(p *process, d delivery.Delivery, kind string) *delivery.Outcome {
	d.Provider, d.EventType, d.UpdatedAt, d.DueAt, d.Held = "standard", "order.created", m.now, time.Time{}, false
	if d.CreatedAt.IsZero() {
		d.CreatedAt, d.Status = m.now, sdk.DeliveryPending
	}
	o := &delivery.Outcome{}
	switch kind {
	case parked:
		d.DueAt = m.now.Add(2 * time.Second)
	case held:
		d.Held = true
	case cancelled:
		d.Status = sdk.DeliveryCancelled
	default:
		m.attempt(o, &d, kind)
	}
	o.Delivery = d
	o.Settles = p.done(&d)
	return o
}

func (m *machine) attempt(o *delivery.Outcome, d *delivery.Delivery, kind string) {
	m.serial++
	d.AttemptCount++
	if d.FirstAttemptAt.IsZero() {
		d.FirstAttemptAt = m.now
	}
	o.Attempt = &delivery.Attempt{
		Attempt: sdk.Attempt{Number: d.AttemptCount, StartedAt: m.now, ResponseStatus: 200}, TraceID: fmt.Sprintf("%032x", m.serial),
	}
	switch kind {
	case delivered:
		d.Status = sdk.DeliveryDelivered
	case retrying:
		d.Status, d.DueAt = sdk.DeliveryRetrying, m.now.Add(time.Duration(d.AttemptCount)*time.Second)
	default:
		d.Status = sdk.DeliveryDead
	}
	if kind == gone {
		o.Health = &delivery.Health{AccountID: d.AccountID, SubscriptionID: d.SubscriptionID, FailingSince: m.now, LastError: "gone", DisabledReason: "gone"}
	}
}
