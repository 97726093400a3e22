package provider

import (
	"regexp"
	"slices"
	"strings"

	"github.com/switchhook/switchhook/plugins/sdk"
)

// Native is a name under which a provider's subscribers get an event.
type Native struct {
	Name string
	// Verbatim: the event was published under this very name, so its data is the
	// payload.
	Verbatim bool
	// When must hold for the event to become this type; see [sdk.EventType].
	When []sdk.Filter
}

// catalogue answers by lookup: it is asked for every event and provider.
type catalogue struct {
	prefix string // "<provider>."
	open   bool
	// canonical type → entries, newest first.
	canonical map[string]entries
	// names without placeholders.
	names map[string]bool
	// patterns are names with placeholders.
	patterns []*regexp.Regexp
}

// entries stand for one canonical type. Where no name has a placeholder, fixed
// is the answer, made once.
type entries struct {
	fixed     []Native
	templates []template
}

func newCatalogue(m *sdk.Manifest) catalogue {
	c := catalogue{
		prefix:    m.Provider + ".",
		open:      m.OpenCatalogue,
		canonical: map[string]entries{},
		names:     make(map[string]bool, len(m.EventTypes)),
	}
	templates := map[string][]template{}
	for _, t := range m.EventTypes {
		tmpl := parseTemplate(t.Name)
		tmpl.when = t.When
		if tmpl.literal() {
			c.names[t.Name] = true
		} else {
			c.patterns = append(c.patterns, tmpl.pattern())
		}
		for _, canonical := range t.Canonical {
			templates[canonical] = append(templates[canonical], tmpl)
		}
	}
	for canonical, ts := range templates {
		c.canonical[canonical] = newEntries(ts)
	}
	return c
}

func newEntries(ts []template) entries {
	e := entries{templates: ts}
	if slices.ContainsFunc(ts, func(t template) bool { return !t.literal() }) {
		return e
	}
	for _, t := range ts {
		e.fixed = append(e.fixed, Native{Name: t.name, When: t.when})
	}
	return e
}

// NativeTypes returns the native names under which the provider's subscribers
// can get an event, newest first; none when they cannot. A canonical type is
// looked up in the catalogue, with {attribute} filled from the extensions: an
// entry whose attribute is missing, or is not a word, does not apply. A type
// <provider>.<native> is that native name, verbatim. An open catalogue gives
// every other type under its own name; [Set.Native] keeps other providers'
// types out of it.
//
// Do not change the result.
func (p *Provider) NativeTypes(eventType string, extensions map[string]string) []Native {
	c := &p.catalogue
	if native, ok := strings.CutPrefix(eventType, c.prefix); ok {
		if !c.has(native) {
			return nil
		}
		return []Native{{Name: native, Verbatim: true}}
	}
	e, ok := c.canonical[eventType]
	switch {
	case !ok && c.open:
		return []Native{{Name: eventType}}
	case e.fixed != nil:
		return e.fixed
	}
	return e.fill(extensions)
}

// has tells whether native is a name of the catalogue, or any name where it is open.
func (c *catalogue) has(native string) bool {
	if native == "" {
		return false
	}
	return c.open || c.names[native] ||
		slices.ContainsFunc(c.patterns, func(r *regexp.Regexp) bool { return r.MatchString(native) })
}

func (e entries) fill(extensions map[string]string) []Native {
	var out []Native
	for _, t := range e.templates {
		name, ok := t.fill(extensions)
		if ok && !slices.ContainsFunc(out, func(n Native) bool { return n.Name == name }) {
			out = append(out, Native{Name: name, When: t.when})
		}
	}
	return out
}

// FilterKeys are what subscriptions may filter events of a native type by; none
// for a type outside the catalogue.
func (p *Provider) FilterKeys(native string) []sdk.FilterKey {
	for i := range p.Manifest.EventTypes {
		t := &p.Manifest.EventTypes[i]
		if t.Name == native || parseTemplate(t.Name).matches(native) {
			return t.FilterKeys
		}
	}
	return nil
}
