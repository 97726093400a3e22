// Package instrument holds the definition of every metric as data: instruments are
// made from it, and the documentation's table is. The values of attributes are
// bounded by construction, so that no subscriber, account or address can make
// series without end.
package instrument

import (
	"slices"
	"strings"
)

// Kind is what an instrument measures.
type Kind string

// The kinds.
const (
	// Counter only grows.
	Counter Kind = "counter"
	// Gauge is what is so now.
	Gauge Kind = "gauge"
	// Histogram is how values are spread.
	Histogram Kind = "histogram"
)

// Attribute is what a metric is told apart by.
type Attribute struct {
	// Key in OpenTelemetry's form; semantic conventions' own where there is one.
	Key string
	// Values are all that it may have; nil where Bound says what bounds them.
	Values []string
	// Bound tells where the values come from, if they are not listed.
	Bound string
	// Optional ones may be missing.
	Optional bool
}

// Definition is one metric.
type Definition struct {
	// Name in OpenTelemetry's form.
	Name string
	Kind Kind
	// Unit by UCUM, as OpenTelemetry has it: s, By, or what is counted in braces.
	Unit        string
	Description string
	// Attributes are at most maxAttributes, in the order in which values are given.
	Attributes []Attribute
	// Buckets are the bounds of a histogram.
	Buckets []float64
}

// Other stands for a value that an attribute may not have (OpenTelemetry's semantic
// conventions name it).
const Other = "_OTHER"

// All lists the definitions by name.
func All() []*Definition {
	all := slices.Concat(httpMetrics, eventMetrics, journalMetrics, deliveryMetrics, pluginMetrics, egressMetrics, storeMetrics, ownMetrics)
	slices.SortFunc(all, func(a, b *Definition) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// units are the suffixes that Prometheus' names have for units.
var units = map[string]string{"s": "_seconds", "By": "_bytes"}

// PrometheusName is the name by which /metrics shows it; of a histogram, without
// _bucket, _sum and _count.
// See https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/.
func (d *Definition) PrometheusName() string {
	name := prometheus(d.Name)
	if suffix := units[d.Unit]; !strings.HasSuffix(name, suffix) {
		name += suffix
	}
	if d.Kind == Counter {
		name += "_total"
	}
	return name
}

// PrometheusLabel is the label by which /metrics shows it.
func (a *Attribute) PrometheusLabel() string { return prometheus(a.Key) }

func prometheus(name string) string { return strings.ReplaceAll(name, ".", "_") }

// settled is the value that the attribute gets for v.
func (a *Attribute) settled(v string) string {
	if v == "" || a.Values == nil || slices.Contains(a.Values, v) {
		return v
	}
	return Other
}
