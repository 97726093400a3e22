package subscription

import "github.com/switchhook/switchhook/core/filter"

// eventFilter is the event filter of a snapshot's subscription, parsed once.
type eventFilter struct {
	*filter.Filter
	// unreadable ones match nothing: who filters must not get what it filters out.
	unreadable bool
}

// loadFilter reads the event filter, or takes over what was read of the same
// version of the subscription.
func (s *Subscription) loadFilter() {
	if s.Options.Filters == nil {
		return
	}
	f, err := filter.Parse(s.Options.Filters)
	if s.filter = (eventFilter{Filter: f, unreadable: err != nil}); err == nil && f.Empty() {
		s.filter.Filter = nil
	}
}

// FilterSteps is how many steps of expressions ([filter.View.Limit]) the
// filters of an account's subscriptions may take for an event, in all. Those that
// are left over when it is used up do not match. It takes about six
// milliseconds, and bounds what an account can do to the others of a node.
const FilterSteps = 250_000

// heavySteps is how many steps make an account's filters heavy: some 250 µs, as much
// as a dozen deliveries cost.
const heavySteps = 10_000

// Heavy tells whether the filters took long for the last event that was matched,
// so that the account's events are better matched where nobody else's wait.
func (s *Snapshot) Heavy() bool { return s.heavy.Load() }

// noteFilters keeps what the filters took for an event.
func (s *Snapshot) noteFilters(m *matching) {
	if heavy := FilterSteps-m.view.Left() > heavySteps; heavy != s.heavy.Load() {
		s.heavy.Store(heavy)
	}
	if m.stopped > 0 {
		s.stopped.Add(m.stopped)
	}
}

// passesFilter tells whether the event passes the subscription's event filter.
func (m *matching) passesFilter(f *eventFilter) bool {
	switch {
	case f.unreadable:
		return false
	case f.Filter == nil:
		return true
	}
	if m.view == nil {
		m.view = filter.NewView(m.fields.event)
		m.view.Limit(FilterSteps)
	}
	matched := f.Match(m.view)
	if m.view.Stopped() {
		m.stopped++
	}
	return matched
}

// EventFilter reads the subscription's event filter; nil for none. Errors:
// [*filter.Error].
func (o *Options) EventFilter() (*filter.Filter, error) { return filter.Parse(o.Filters) }
