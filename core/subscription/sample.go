package subscription

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/switchhook/switchhook/core/event"
	"github.com/switchhook/switchhook/core/event/canonical"
	"github.com/switchhook/switchhook/core/provider"
	"github.com/switchhook/switchhook/plugins/sdk"
)

const (
	// sampleSource is the source of test events.
	sampleSource = "/switchhook/test"
	// sampleType is the type for a subscription that wants every type of an open
	// catalogue.
	sampleType = "example.test"
	sampleData = `{"test":true}`
)

// Sample is a subscription and an event to test it with.
type Sample struct {
	Subscription *Subscription
	Event        sdk.Event
}

// Sample makes an event that the subscription's provider can deliver, whatever the
// patterns and filters: of the given type and data, or of ones that suit the
// subscription. Errors: not found, conflict (it is disabled), unavailable, invalid
// (type, data).
func (s *Service) Sample(ctx context.Context, sel Selector, eventType string, data []byte) (*Sample, error) {
	sub, err := s.Get(ctx, sel)
	if err != nil {
		return nil, err
	}
	if !sub.Enabled {
		return nil, sdk.Errorf(sdk.CodeConflict, "The subscription is disabled, so nothing is sent to it; enable it first")
	}
	p, err := s.running(sub.Provider)
	if err != nil {
		return nil, err
	}
	examples, err := canonical.Examples()
	if err != nil {
		return nil, err
	}
	m := sampler{set: s.providers.Providers(), p: p, sub: sub, examples: examples}
	ev, err := m.sample(eventType, data)
	if err != nil {
		return nil, err
	}
	return &Sample{Subscription: sub, Event: ev}, nil
}

// sampler makes a sample.
type sampler struct {
	set      *provider.Set
	p        *provider.Provider
	sub      *Subscription
	examples map[string]json.RawMessage
}

func (m *sampler) sample(eventType string, data []byte) (sdk.Event, error) {
	if eventType == "" {
		ev, ok := m.choose(data)
		if !ok {
			return ev, sdk.InvalidField("/type", "is required: no event of the catalogue of %s has example data; send type and data", m.p.Name())
		}
		return ev, nil
	}
	if err := m.set.CheckType(eventType); err != nil {
		return sdk.Event{}, sdk.InvalidField("/type", "%s", err)
	}
	example, known := m.examples[eventType]
	for _, ext := range sampleAttributes {
		ev := sampleEvent(eventType, example, data, ext)
		native, ok := nativeOf(m.set, m.sub.Provider, &ev)
		switch {
		case !ok:
			continue
		case native.Verbatim && !known && data == nil && !m.p.Manifest.OpenCatalogue:
			return ev, sdk.InvalidField("/data", "is required: a native type's data is the payload as %s has it", m.p.Name())
		default:
			return ev, nil
		}
	}
	return sdk.Event{}, sdk.InvalidField("/type", "%q does not become an event of %s with this data; see the provider's event types", eventType, m.p.Name())
}

// sampleAttributes are tried in turn: some native types have the channel in their
// name.
var sampleAttributes = []map[string]string{nil, {"platform": "whatsapp"}, {"platform": "sms"}}

// choose finds an event that the subscription's patterns select or, failing that,
// one that the provider has.
func (m *sampler) choose(data []byte) (sdk.Event, bool) {
	var patterns []Pattern
	for _, text := range m.sub.EventTypes {
		if pattern, err := ParsePattern(text); err == nil {
			patterns = append(patterns, pattern)
		}
	}
	var others []sdk.Event
	for _, eventType := range slices.Sorted(maps.Keys(m.examples)) {
		for _, ext := range sampleAttributes {
			ev := sampleEvent(eventType, m.examples[eventType], data, ext)
			native, ok := nativeOf(m.set, m.sub.Provider, &ev)
			if !ok {
				continue
			}
			if slices.ContainsFunc(patterns, func(p Pattern) bool { return p.String() == native.Name || p.Match(native.Name) }) {
				return ev, true
			}
			others = append(others, ev)
		}
	}
	if m.p.Manifest.OpenCatalogue {
		return sampleEvent(sampleName(patterns), nil, data, nil), true
	}
	if len(others) > 0 {
		return others[0], true
	}
	return sdk.Event{}, false
}

// sampleName is a type of an open catalogue that a pattern selects: the first that
// is no pattern of the gateway's own events, which nobody may make up.
func sampleName(patterns []Pattern) string {
	i := slices.IndexFunc(patterns, func(p Pattern) bool { return !event.IsOwn(p.String()) })
	if i < 0 || patterns[i].String() == wildcard {
		return sampleType
	}
	return strings.ReplaceAll(patterns[i].String(), wildcard, "test")
}

func sampleEvent(eventType string, example json.RawMessage, data []byte, ext map[string]string) sdk.Event {
	ev := sdk.Event{Source: sampleSource, Type: eventType, DataContentType: "application/json", Extensions: ext, Data: data}
	if data == nil {
		ev.Data = example
	}
	if ev.Data == nil {
		ev.Data = []byte(sampleData)
	}
	return ev
}

// nativeOf is the native type under which a provider's subscribers get an event.
func nativeOf(set *provider.Set, name string, ev *sdk.Event) (provider.Native, bool) {
	f := fields{event: ev}
	for _, native := range set.Native(name, ev.Type, ev.Extensions) {
		if f.holds(native.When) {
			return native, true
		}
	}
	return provider.Native{}, false
}

// MatchOne returns the one subscription that an event is for, whatever its
// patterns and filters; nothing where it is gone or disabled.
func (s *Snapshot) MatchOne(providers *provider.Set, ev *sdk.Event, id uuid.UUID) []Match {
	sub := s.get(id)
	if sub == nil || !sub.Enabled || sub.health.disabled.Load() {
		return nil
	}
	native, ok := nativeOf(providers, sub.Provider, ev)
	if !ok {
		return nil
	}
	return []Match{{Subscription: sub, EventType: native.Name, Verbatim: native.Verbatim}}
}
