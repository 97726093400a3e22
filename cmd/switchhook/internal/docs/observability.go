package main

import (
	"path"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"

	"github.com/switchhook/switchhook/core/telemetry/spans"
)

const observabilityPage = "docs/observability.md"

// observed is what the gateway tells of itself.
type observed struct {
	Kinds      []spans.Kind
	Attributes []spans.Attribute
	Metrics    []metric
}

func newObserved() observed {
	return observed{Kinds: spans.Kinds, Attributes: spans.Attributes, Metrics: metrics()}
}

// Conventions is the version of the semantic conventions.
func (observed) Conventions() string { return path.Base(semconv.SchemaURL) }

// Events are those of all kinds, once each.
func (o observed) Events() (out []spans.Event) {
	seen := map[string]bool{}
	for _, k := range o.Kinds {
		for _, e := range k.Events {
			if !seen[e.Name] {
				seen[e.Name] = true
				out = append(out, e)
			}
		}
	}
	return out
}

// Tree draws the kinds of an event's trace.
func (o observed) Tree() string {
	var b strings.Builder
	for i, k := range o.Kinds {
		for depth := 1; depth < k.Depth; depth++ {
			if last(o.Kinds[i+1:], depth) {
				b.WriteString("   ")
			} else {
				b.WriteString("│  ")
			}
		}
		if k.Depth > 0 {
			if last(o.Kinds[i+1:], k.Depth) {
				b.WriteString("└─ ")
			} else {
				b.WriteString("├─ ")
			}
		}
		b.WriteString(k.Name + "\n")
	}
	return b.String()
}

// last tells that none of those that come after is a sibling.
func last(after []spans.Kind, depth int) bool {
	for _, k := range after {
		if k.Depth < depth {
			return true
		}
		if k.Depth == depth {
			return false
		}
	}
	return true
}
