package replay

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/delivery"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/core/subscription"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Snapshots gives an account's subscriptions.
type Snapshots interface {
	Snapshot(ctx context.Context, accountID uuid.UUID) (*subscription.Snapshot, error)
	// Invalidate has the next snapshot read from the store: another node may have
	// made a subscription a moment ago.
	Invalidate(accountID uuid.UUID)
}

// Providers gives the providers that are known now.
type Providers interface {
	Providers() *provider.Set
}

// planner decides what becomes of candidates, by the subscriptions of one moment.
type planner struct {
	spec      *Spec
	id        uuid.UUID
	snapshot  *subscription.Snapshot
	providers *provider.Set
	patterns  []subscription.Pattern
	now       time.Time
}

func newPlanner(ctx context.Context, s *Spec, id uuid.UUID, snapshots Snapshots, providers Providers, now time.Time) (*planner, error) {
	snapshot, err := snapshots.Snapshot(ctx, s.AccountID)
	if err != nil {
		return nil, err
	}
	p := &planner{spec: s, id: id, snapshot: snapshot, providers: providers.Providers(), now: now}
	for _, text := range s.EventTypes {
		pattern, err := subscription.ParsePattern(text)
		if err != nil {
			return nil, err
		}
		p.patterns = append(p.patterns, pattern)
	}
	return p, nil
}

// enabled tells whether a subscription may get deliveries.
func (p *planner) enabled(id uuid.UUID) bool {
	sub, ok := p.snapshot.Get(id)
	return ok && sub.Enabled
}

// wants tells whether the replay is about a type of events.
func (p *planner) wants(eventType string) bool {
	for _, pattern := range p.patterns {
		if pattern.Match(eventType) {
			return true
		}
	}
	return len(p.patterns) == 0
}

// step makes what comes of candidates, until it has most deliveries; at least of
// one of them.
func (p *planner) step(candidates []Candidate, most int) Step {
	s := Step{AccountID: p.spec.AccountID, ID: p.id, Status: Running, Now: p.now}
	for i := range candidates {
		c := &candidates[i]
		made, failed := p.one(c)
		if i > 0 && len(s.Deliveries)+len(made) > most {
			break
		}
		s.Deliveries = append(s.Deliveries, made...)
		s.Failed += failed
		s.Cursor = c.Event.Key
		s.Done++
	}
	return s
}

// one makes the deliveries of a candidate, and counts those that cannot be made.
func (p *planner) one(c *Candidate) (made []delivery.Delivery, failed int64) {
	switch {
	case !p.wants(c.Event.Type) || c.Waits || !c.Event.CancelledAt.IsZero():
		return nil, 0
	case p.spec.Select == Failed:
		return p.again(c)
	case p.spec.Select == NeverSent && c.Pending:
		return nil, 0
	}
	sent := map[uuid.UUID]bool{}
	if p.spec.Select == NeverSent {
		for i := range c.Deliveries {
			sent[c.Deliveries[i].SubscriptionID] = true
		}
	}
	for _, m := range delivery.Matches(p.snapshot, p.providers, c.Event) {
		if !p.about(m.Subscription.ID) || sent[m.Subscription.ID] {
			continue
		}
		made = append(made, p.delivery(delivery.Delivery{
			EventKey: c.Event.Key, SubscriptionID: m.Subscription.ID, Provider: m.Subscription.Provider,
			EventType: m.EventType, Verbatim: m.Verbatim,
		}))
	}
	return made, 0
}

// about tells whether the replay is about a subscription.
func (p *planner) about(id uuid.UUID) bool {
	return p.spec.SubscriptionID == uuid.Nil || p.spec.SubscriptionID == id
}

// again makes those deliveries of a candidate again that are dead.
func (p *planner) again(c *Candidate) (made []delivery.Delivery, failed int64) {
	dead := map[uuid.UUID]*delivery.Delivery{}
	better := map[uuid.UUID]bool{}
	for i := range c.Deliveries {
		d := &c.Deliveries[i]
		switch d.Status {
		case sdk.DeliveryDead:
			dead[d.SubscriptionID] = d
		case sdk.DeliveryCancelled:
		default:
			better[d.SubscriptionID] = true
		}
	}
	for id, d := range dead {
		switch {
		case better[id] || !p.about(id):
		case !p.enabled(id):
			failed++
		default:
			made = append(made, p.delivery(*d))
		}
	}
	return made, failed
}

// delivery is a new one of an event to a subscription.
func (p *planner) delivery(d delivery.Delivery) delivery.Delivery {
	return delivery.Delivery{
		AccountID: p.spec.AccountID, ID: delivery.ReplayID(p.id, d.EventKey, d.SubscriptionID), EventKey: d.EventKey,
		SubscriptionID: d.SubscriptionID, Provider: d.Provider, EventType: d.EventType, Verbatim: d.Verbatim,
		Status: sdk.DeliveryPending, DueAt: p.now, CreatedAt: p.now, UpdatedAt: p.now,
	}
}
