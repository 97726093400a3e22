package subscription

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/filter"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

// Match is a subscription that an event goes to, and under which native type.
type Match struct {
	Subscription *Subscription
	EventType    string
	// Verbatim: the event was published under its native name.
	Verbatim bool
}

// Snapshot is an account's subscriptions at one moment, indexed for matching. It
// does not change.
type Snapshot struct {
	epoch uint64
	// changes is the store's count when the snapshot was read, and checked when it
	// was last compared, in nanoseconds since the index was made.
	changes    int64
	checked    atomic.Int64
	byID       map[uuid.UUID]*Subscription
	byProvider map[string]*providerIndex
	// stopped counts the filters that an event's budget of steps did not suffice for.
	stopped atomic.Int64
	heavy   atomic.Bool
}

type providerIndex struct {
	enabled  []*Subscription
	exact    map[string][]*Subscription
	patterns []patternEntry
}

type patternEntry struct {
	pattern Pattern
	sub     *Subscription
}

func newSnapshot() *Snapshot {
	return &Snapshot{byID: map[uuid.UUID]*Subscription{}, byProvider: map[string]*providerIndex{}}
}

// add takes a subscription in. What attempts said about the same version of it
// since the snapshot before was read is newer than what the store says.
func (s *Snapshot) add(sub *Subscription, before *Snapshot) {
	sub.contract, sub.health = sub.Contract(), newHealth(sub)
	if sub.PreviousSecret != "" {
		sub.overlapping = sub.ContractAt(time.Time{})
	}
	if old := before.get(sub.ID); old != nil && old.Version == sub.Version {
		sub.health, sub.filter = old.health, old.filter
		sub.certificate, sub.certificateErr = old.certificate, old.certificateErr
	} else {
		sub.loadFilter()
		sub.loadCertificate()
	}
	s.byID[sub.ID] = sub
	if !sub.Enabled {
		return
	}
	p := s.byProvider[sub.Provider]
	if p == nil {
		p = &providerIndex{exact: map[string][]*Subscription{}}
		s.byProvider[sub.Provider] = p
	}
	p.enabled = append(p.enabled, sub)
	patterns := slices.Compact(slices.Sorted(slices.Values(sub.EventTypes)))
	if len(patterns) == 0 {
		patterns = []string{wildcard}
	}
	for _, text := range patterns {
		pattern, err := ParsePattern(text)
		switch {
		case err != nil: // cannot have been stored
		case pattern.Exact():
			p.exact[text] = append(p.exact[text], sub)
		default:
			p.patterns = append(p.patterns, patternEntry{pattern, sub})
		}
	}
}

// get returns a subscription or nil; of no snapshot too.
func (s *Snapshot) get(id uuid.UUID) *Subscription {
	if s == nil {
		return nil
	}
	return s.byID[id]
}

// TakeStopped returns how many filters could not be evaluated to their end since
// the last call, because the account's took too many steps; see [FilterSteps].
func (s *Snapshot) TakeStopped() int64 {
	if s.stopped.Load() == 0 {
		return 0
	}
	return s.stopped.Swap(0)
}

// Get returns a subscription of the account, enabled or not.
func (s *Snapshot) Get(id uuid.UUID) (*Subscription, bool) {
	sub, ok := s.byID[id]
	return sub, ok
}

// AttributeNamespace and AttributeWebhookID are extension attributes that limit
// who gets an event: the subscriptions of one namespace, or the one that its
// provider's API knows by this id. An event that is published to one webhook
// under a native name reaches it whatever its patterns and filters.
const (
	AttributeNamespace = "namespace"
	AttributeWebhookID = "webhookid"
)

// Match returns who gets an event, each subscription once: of several native
// types that match it, the newest.
func (s *Snapshot) Match(providers *provider.Set, ev *sdk.Event) []Match {
	m := matching{providers: providers, fields: fields{event: ev}}
	m.namespace, m.inNamespace = ev.Extensions[AttributeNamespace]
	m.webhook, m.toOne = ev.Extensions[AttributeWebhookID]
	own := event.IsOwn(ev.Type)
	for name, index := range s.byProvider {
		natives := providers.Native(name, ev.Type, ev.Extensions)
		m.seen = nil
		if len(natives) > 1 || len(index.patterns) > 0 {
			m.seen = map[uuid.UUID]bool{}
		}
		for _, native := range natives {
			if !m.fields.holds(native.When) {
				continue
			}
			each := index.each
			if own {
				each = index.eachNaming
			}
			if m.toOne && native.Verbatim {
				each = index.all
			}
			each(native.Name, func(sub *Subscription) { m.add(sub, native) })
		}
	}
	if m.view != nil {
		s.noteFilters(&m)
	}
	return m.out
}

// matching is one event on its way through a snapshot.
type matching struct {
	providers   *provider.Set
	fields      fields
	namespace   string
	webhook     string
	inNamespace bool
	toOne       bool
	seen        map[uuid.UUID]bool
	view        *filter.View // nil until a filter asks for it
	stopped     int64
	out         []Match
}

func (m *matching) add(sub *Subscription, native provider.Native) {
	named := m.toOne && native.Verbatim // reached whatever its filters
	switch {
	case m.seen[sub.ID] || sub.health.disabled.Load():
		return
	case m.inNamespace && sub.Namespace != m.namespace, m.toOne && sub.ExternalID != m.webhook:
		return
	case !named && !m.fields.passes(m.providers.Get(sub.Provider), native.Name, sub.Filters):
		return
	case !named && !m.passesFilter(&sub.filter):
		return
	}
	if m.seen != nil {
		m.seen[sub.ID] = true
	}
	m.out = append(m.out, Match{Subscription: sub, EventType: native.Name, Verbatim: native.Verbatim})
}

// all yields every enabled subscription, once.
func (p *providerIndex) all(_ string, yield func(*Subscription)) {
	for _, sub := range p.enabled {
		yield(sub)
	}
}

// eachNaming is each without patterns that select every provider's events: the
// gateway's own events are for those who ask for them by name, as switchhook.* does.
func (p *providerIndex) eachNaming(native string, yield func(*Subscription)) {
	for _, sub := range p.exact[native] {
		yield(sub)
	}
	for _, e := range p.patterns {
		if event.IsOwn(e.pattern.text) && e.pattern.Match(native) {
			yield(e.sub)
		}
	}
}

func (p *providerIndex) each(native string, yield func(*Subscription)) {
	for _, sub := range p.exact[native] {
		yield(sub)
	}
	for _, e := range p.patterns {
		if e.pattern.Match(native) {
			yield(e.sub)
		}
	}
}
