package main

import (
	"strconv"
	"strings"

	"github.com/switchhook/switchhook/core/telemetry/instrument"
)

// metric is a definition as the page shows it.
type metric struct{ *instrument.Definition }

func metrics() (out []metric) {
	for _, d := range instrument.All() {
		out = append(out, metric{d})
	}
	return out
}

// Labels are the attributes with their values, by the names that Prometheus has.
func (m metric) Labels() string {
	if len(m.Attributes) == 0 {
		return "—"
	}
	parts := make([]string, len(m.Attributes))
	for i, a := range m.Attributes {
		values := a.Bound
		if len(a.Values) > 0 {
			values = "`" + strings.Join(a.Values, "`, `") + "`"
		}
		if a.Optional && len(a.Values) > 0 {
			values += ", or missing"
		}
		parts[i] = "`" + a.PrometheusLabel() + "`: " + values
	}
	return strings.Join(parts, "; ")
}

// Bounds are a histogram's buckets.
func (m metric) Bounds() string {
	parts := make([]string, len(m.Buckets))
	for i, b := range m.Buckets {
		parts[i] = strconv.FormatFloat(b, 'f', -1, 64)
	}
	return strings.Join(parts, " ")
}
