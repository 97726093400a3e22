package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Set is all providers of a gateway at one moment, immutable. The zero value is
// empty.
type Set struct {
	byName map[string]*Provider
	names  []string
}

// NewSet returns the set of the given providers; two of one name are an error.
func NewSet(providers ...*Provider) (*Set, error) {
	s := &Set{byName: make(map[string]*Provider, len(providers))}
	for _, p := range providers {
		if s.byName[p.Name()] != nil {
			return nil, fmt.Errorf("two plugins describe provider %q", p.Name())
		}
		s.byName[p.Name()] = p
	}
	s.names = slices.Sorted(maps.Keys(s.byName))
	return s, nil
}

// Get returns the provider of a name, or nil.
func (s *Set) Get(name string) *Provider { return s.byName[name] }

// Names lists the providers, sorted. Do not change it.
func (s *Set) Names() []string { return s.names }

// Native is [Provider.NativeTypes] of the named provider, except that a type of
// another known provider (callbell.x) is nothing to it, however open its
// catalogue is. An unknown provider gets nothing.
func (s *Set) Native(provider, eventType string, extensions map[string]string) []Native {
	p := s.byName[provider]
	if p == nil {
		return nil
	}
	if owner := s.owner(eventType); owner != nil && owner != p {
		return nil
	}
	return p.NativeTypes(eventType, extensions)
}

// owner is the provider whose native type this is, or nil.
func (s *Set) owner(eventType string) *Provider {
	prefix, _, ok := strings.Cut(eventType, ".")
	if !ok {
		return nil
	}
	return s.byName[prefix]
}

// CheckType tells whether an event of the type can be meant: a type with a known
// provider's prefix must be in that provider's catalogue. The error names what
// comes close. Every other type is fine, whether or not a provider knows it.
func (s *Set) CheckType(eventType string) error {
	p := s.owner(eventType)
	if p == nil {
		return nil
	}
	native := strings.TrimPrefix(eventType, p.catalogue.prefix)
	if p.catalogue.has(native) {
		return nil
	}
	known := make([]string, 0, len(p.Manifest.EventTypes))
	for _, t := range p.Manifest.EventTypes {
		known = append(known, t.Name)
	}
	if near := closest(native, known); len(near) > 0 {
		return fmt.Errorf("provider %s has no event type %q; did you mean %s?", p.Name(), native, strings.Join(near, " or "))
	}
	return fmt.Errorf("provider %s has no event type %q; see its event catalogue", p.Name(), native)
}
