package instrument

import (
	"maps"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const (
	// maxAttributes bounds those of a definition.
	maxAttributes = 5
	// maxSeries bounds the sets of one instrument whose values are not listed; the
	// others share one.
	maxSeries = 1500
)

// combination are the values of a definition's attributes in order.
type combination [maxAttributes]string

// series makes the options of each combination once: making a set of attributes
// costs more than counting does.
type series[O any] struct {
	definition *Definition
	option     func(metric.MeasurementOption) O
	known      atomic.Pointer[map[combination][]O] // never changed once it is here
	mu         sync.Mutex
}

func newSeries[O any](d *Definition, option func(metric.MeasurementOption) O) *series[O] {
	s := &series[O]{definition: d, option: option}
	s.known.Store(&map[combination][]O{})
	return s
}

// of returns the options for values. It allocates nothing for those it knows.
func (s *series[O]) of(values []string) []O {
	var c combination
	copy(c[:], values)
	if o, ok := (*s.known.Load())[c]; ok {
		return o
	}
	return s.learn(c)
}

func (s *series[O]) learn(c combination) []O {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := *s.known.Load()
	settled := s.settle(c, len(known))
	options, ok := known[settled]
	if !ok {
		options = []O{s.option(metric.WithAttributeSet(s.set(settled)))}
	}
	if settled != c { // who gives values that it may not have is not remembered
		return options
	}
	next := maps.Clone(known)
	next[c] = options
	s.known.Store(&next)
	return options
}

// settle replaces what the definition does not have. Beyond maxSeries it replaces
// every value that is not listed.
func (s *series[O]) settle(c combination, known int) combination {
	for i := range s.definition.Attributes {
		a := &s.definition.Attributes[i]
		c[i] = a.settled(c[i])
		if known >= maxSeries && a.Values == nil && c[i] != "" {
			c[i] = Other
		}
	}
	return c
}

func (s *series[O]) set(c combination) attribute.Set {
	var kvs []attribute.KeyValue
	for i, a := range s.definition.Attributes {
		if c[i] != "" {
			kvs = append(kvs, attribute.String(a.Key, c[i]))
		}
	}
	return attribute.NewSet(kvs...)
}

// combinations are all of a definition whose values are listed; none if one is not.
func (d *Definition) combinations() [][]string {
	out := [][]string{nil}
	for _, a := range d.Attributes {
		if a.Values == nil {
			return nil
		}
		values := a.Values
		if a.Optional {
			values = append([]string{""}, values...)
		}
		var next [][]string
		for _, before := range out {
			for _, v := range values {
				next = append(next, append(before[:len(before):len(before)], v))
			}
		}
		out = next
	}
	return out
}
