package subscription

import (
	"slices"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/provider"
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
}

type providerIndex struct {
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
	sub.contract, sub.health = sub.Contract(), newHealth(sub.FailingSince)
	if before != nil {
		if old, ok := before.byID[sub.ID]; ok && old.Version == sub.Version {
			sub.health = old.health
		}
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

// Get returns a subscription of the account, enabled or not.
func (s *Snapshot) Get(id uuid.UUID) (*Subscription, bool) {
	sub, ok := s.byID[id]
	return sub, ok
}

// Match returns who gets an event of a type, each subscription once: of several
// native types that match it, the newest. extensions are the event's extension
// attributes; namespace among them limits the match to that namespace.
func (s *Snapshot) Match(providers *provider.Set, eventType string, extensions map[string]string) []Match {
	var out []Match
	namespace, inNamespace := extensions["namespace"]
	for name, index := range s.byProvider {
		natives := providers.Native(name, eventType, extensions)
		var seen map[uuid.UUID]bool
		if len(natives) > 1 || len(index.patterns) > 0 {
			seen = map[uuid.UUID]bool{}
		}
		for _, native := range natives {
			index.each(native.Name, func(sub *Subscription) {
				if seen[sub.ID] || sub.health.disabled.Load() || (inNamespace && sub.Namespace != namespace) {
					return
				}
				if seen != nil {
					seen[sub.ID] = true
				}
				out = append(out, Match{Subscription: sub, EventType: native.Name, Verbatim: native.Verbatim})
			})
		}
	}
	return out
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
