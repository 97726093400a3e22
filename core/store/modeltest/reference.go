package modeltest

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/journal"
	"github.com/switchhook/switchhook/core/node"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// reference is what a store should be: the rules in a few maps.
type reference struct {
	*state
	silent map[uuid.UUID]bool
	keys   map[string]uuid.UUID // of the events that repeats are known by
	of     map[uuid.UUID]uuid.UUID
	// applied are outcomes that were recorded: to do so again, because the answer
	// was lost, changes nothing.
	applied map[*delivery.Outcome]bool
	// firsts are first deliveries that were cancelled before they had a row, until
	// their claim ends, and their events.
	firsts map[uuid.UUID]uuid.UUID
}

func newReference() *reference {
	return &reference{
		state: newState(), silent: map[uuid.UUID]bool{}, keys: map[string]uuid.UUID{}, of: map[uuid.UUID]uuid.UUID{},
		applied: map[*delivery.Outcome]bool{}, firsts: map[uuid.UUID]uuid.UUID{},
	}
}

func (r *reference) commit(b journal.Batch) ([]uuid.UUID, error) {
	if !r.nodes[b.Node] {
		return nil, node.ErrFenced
	}
	keys := make([]uuid.UUID, len(b.Events))
	for i, e := range b.Events {
		keys[i] = r.publish(e, b.Node)
	}
	for _, o := range b.Outcomes {
		if !r.applied[o] {
			r.applied[o] = true
			r.record(o)
		}
		if o.Settles {
			delete(r.marks, o.Delivery.EventKey)
		}
	}
	for _, e := range b.Settled {
		delete(r.marks, e.Key)
	}
	return keys, nil
}

func (r *reference) publish(e journal.Entry, self uuid.UUID) uuid.UUID {
	name := identity(e.Event.AccountID, e.Event.Source, e.Event.ID)
	if !e.Event.Generated {
		if k, ok := r.keys[name]; ok {
			return k
		}
		r.keys[name] = e.Event.Key
	}
	r.events[e.Event.Key] = name
	r.marks[e.Event.Key] = uuid.Nil
	if e.Owned {
		r.marks[e.Event.Key] = self
	}
	return e.Event.Key
}

func (r *reference) record(o *delivery.Outcome) {
	d := &o.Delivery
	r.of[d.ID] = d.SubscriptionID
	switch before, ok := r.rows[d.ID]; {
	case ok && before.status == sdk.DeliveryCancelled && before.node != uuid.Nil:
		// Late news of an attempt that was under way: they end its claim.
		delete(r.firsts, d.ID)
		r.rows[d.ID] = row{status: before.status, count: d.AttemptCount, first: micros(d.FirstAttemptAt), updated: micros(d.UpdatedAt)}
	case !ok || !delivery.Final(before.status) || d.Status == sdk.DeliveryDelivered:
		r.rows[d.ID] = row{
			status: d.Status, count: d.AttemptCount, first: micros(d.FirstAttemptAt), due: micros(d.DueAt), updated: micros(d.UpdatedAt), held: d.Held,
		}
	}
	if o.Attempt != nil {
		n := number{d.ID, o.Attempt.Number}
		r.attempts[n] = cmp.Or(r.attempts[n], o.Attempt.TraceID)
	}
	if o.Health != nil && o.Health.DisabledReason != "" {
		r.disabled[d.SubscriptionID] = true
	}
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// free lets anyone claim what a node had.
func (r *reference) free(owner uuid.UUID, now time.Time) {
	for k, n := range r.marks {
		if n == owner {
			r.marks[k] = uuid.Nil
		}
	}
	for k, d := range r.rows {
		if d.node == owner {
			r.release(k, now)
		}
	}
}

// release ends a claim: the delivery is due, unless it was cancelled meanwhile.
func (r *reference) release(k uuid.UUID, now time.Time) {
	d := r.rows[k]
	delete(r.firsts, k)
	d.node, d.due = uuid.Nil, micros(now)
	if d.status == sdk.DeliveryCancelled {
		d.due = 0
	}
	r.rows[k] = d
}

// takeOver returns the nodes that are dead now.
func (r *reference) takeOver(self uuid.UUID, alone bool, now time.Time) (dead []uuid.UUID) {
	for n := range r.nodes {
		if n != self && (alone || r.silent[n]) {
			dead = append(dead, n)
			r.free(n, now)
		}
	}
	for _, n := range dead {
		delete(r.nodes, n)
	}
	return dead
}

func (r *reference) retry(k uuid.UUID, now time.Time) (done bool) {
	d, ok := r.rows[k]
	if !ok || (d.node != uuid.Nil && !r.over(k)) {
		return false
	}
	delete(r.firsts, k)
	d.node = uuid.Nil
	d.status, d.due, d.held, d.first, d.updated = sdk.DeliveryRetrying, micros(now), false, 0, micros(now)
	r.rows[k] = d
	return true
}

// cancel leaves a claim to its node, which ends it.
func (r *reference) cancel(k uuid.UUID, now time.Time) (done bool) {
	d, ok := r.rows[k]
	if !ok || delivery.Final(d.status) {
		return false
	}
	d.status, d.due, d.held, d.updated = sdk.DeliveryCancelled, 0, false, micros(now)
	r.rows[k] = d
	return true
}

// cancelFirst leaves the delivery to the node that has its event.
func (r *reference) cancelFirst(d *delivery.Delivery, now time.Time) (done bool) {
	if _, ok := r.rows[d.ID]; ok {
		return r.cancel(d.ID, now)
	}
	owner, pending := r.marks[d.EventKey]
	if pending {
		r.of[d.ID] = d.SubscriptionID
		r.rows[d.ID] = row{status: sdk.DeliveryCancelled, updated: micros(now), node: owner}
		if owner != uuid.Nil {
			r.firsts[d.ID] = d.EventKey
		}
	}
	return pending
}

// over tells that the claim of a first delivery ended with its event's mark.
func (r *reference) over(k uuid.UUID) bool {
	e, first := r.firsts[k]
	_, pending := r.marks[e]
	return first && !pending
}

// freeEvents are those that anyone may claim, oldest first.
func (r *reference) freeEvents() (out []uuid.UUID) {
	for k, n := range r.marks {
		if n == uuid.Nil {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return out
}

// due are the deliveries that may be claimed now, the longest due first.
func (r *reference) due(now time.Time) (out []uuid.UUID) {
	for k, d := range r.rows {
		if d.due != 0 && d.due <= micros(now) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b uuid.UUID) int {
		return cmp.Or(cmp.Compare(r.rows[a].due, r.rows[b].due), bytes.Compare(a[:], b[:]))
	})
	return out
}

// held are the held deliveries of a subscription, oldest first.
func (r *reference) held(subscriptionID uuid.UUID) (out []uuid.UUID) {
	for k, d := range r.rows {
		if d.held && r.of[k] == subscriptionID {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return out
}

func (r *reference) claimEvents(self uuid.UUID, keys []uuid.UUID) {
	for _, k := range keys {
		r.marks[k] = self
	}
}

func (r *reference) claimDeliveries(self uuid.UUID, ids []uuid.UUID) {
	for _, k := range ids {
		d := r.rows[k]
		d.node, d.due, d.held = self, 0, false
		r.rows[k] = d
	}
}

// giveBack frees what a process claimed without knowing it.
func (r *reference) giveBack(p *process, now time.Time) {
	for k := range p.lost {
		if n, ok := r.marks[k]; ok && n == p.id {
			r.marks[k] = uuid.Nil
		}
		if d, ok := r.rows[k]; ok && d.node == p.id {
			r.release(k, now)
		}
	}
}
