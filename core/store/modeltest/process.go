package modeltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
)

// process is a gateway, reduced to what it keeps in memory.
type process struct {
	name  string
	id    uuid.UUID
	store Process
	// fates are those of the next transactions.
	fates []Fate
	ended bool
	// events whose first deliveries are under way, and claimed deliveries.
	events map[uuid.UUID]*taken
	works  map[uuid.UUID]delivery.Delivery
	// What its journal keeps for the next transaction.
	kept    []*delivery.Outcome
	settled []*event.Event
	// lost is what its store has to give back.
	lost map[uuid.UUID]bool
}

// taken is an event in memory, and the subscriptions whose deliveries are left.
type taken struct {
	event *event.Event
	left  []uuid.UUID
}

// fate implements what [Bench.Open] wants.
func (p *process) fate() Fate {
	if len(p.fates) == 0 {
		return Answered
	}
	f := p.fates[0]
	p.fates = p.fates[1:]
	return f
}

// forget is what a crash does.
func (p *process) forget() {
	p.ended, p.lost = true, map[uuid.UUID]bool{}
	p.events, p.works = map[uuid.UUID]*taken{}, map[uuid.UUID]delivery.Delivery{}
	p.kept, p.settled = nil, nil
}

// working are the deliveries that it is at, by id, and their events.
func (p *process) working() map[uuid.UUID]delivery.Delivery {
	out := maps.Clone(p.works)
	for _, t := range p.events {
		for _, sub := range t.left {
			d := delivery.Delivery{AccountID: t.event.AccountID, ID: delivery.NewID(t.event.Key, sub), EventKey: t.event.Key, SubscriptionID: sub}
			out[d.ID] = d
		}
	}
	return out
}

// done takes a delivery out of memory, and tells whether its event has no other.
func (p *process) done(d *delivery.Delivery) (last bool) {
	if _, claimed := p.works[d.ID]; claimed {
		delete(p.works, d.ID)
		return false
	}
	t := p.events[d.EventKey]
	t.left = slices.DeleteFunc(t.left, func(s uuid.UUID) bool { return s == d.SubscriptionID })
	if len(t.left) > 0 {
		return false
	}
	delete(p.events, d.EventKey)
	return true
}

var errLost = errors.New("the answer was lost")

// commit commits as the journal does: what was kept goes along.
func (p *process) commit(b journal.Batch, f Fate) ([]uuid.UUID, error) {
	p.fates = []Fate{f}
	defer func() { p.fates = nil }()
	return p.store.Commit(context.Background(), b)
}

func ignoreFenced(err error) error {
	if errors.Is(err, node.ErrFenced) {
		return nil
	}
	return err
}

// keep is what journal and store do after a transaction that failed.
func (p *process) keep(b journal.Batch) {
	p.kept, p.settled = b.Outcomes, b.Settled
	for _, e := range b.Events {
		if e.Owned {
			p.lost[e.Event.Key] = true
		}
	}
}

// take puts an event into memory whose subscriptions are known.
func (p *process) take(e *event.Event, left []uuid.UUID) error {
	if _, ok := p.events[e.Key]; ok {
		return fmt.Errorf("promise: %s gets an event that it has already", p.name)
	}
	if len(left) == 0 {
		p.settled = append(p.settled, e)
		return nil
	}
	p.events[e.Key] = &taken{e, left}
	return nil
}

// sorted is what a map has, in an order that is the same at each run.
func sorted[V any](m map[uuid.UUID]V) []uuid.UUID {
	return slices.SortedFunc(maps.Keys(m), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
}
