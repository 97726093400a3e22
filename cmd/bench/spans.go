package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/load"
)

// Names of a result's values in JSON.
const (
	ratioToPlain = "ratio_to_traces_off"
	cpuToPlain   = "cpu_to_traces_off"
)

// Values of these cases. Plugins send their spans themselves, and those are not
// counted as sent.
const (
	spansKept      = "spans_kept"
	spansNotKept   = "spans_not_kept"
	spansSent      = "spans_sent"
	spansNotSent   = "spans_not_sent"
	collectorMiB   = "collector_mib"
	collectorAsked = "collector_requests"
	keptCounter    = "switchhook_traces_spans_total"
	sentCounter    = "switchhook_telemetry_spans_total"
	spansExported  = "exported" // the counters' outcome of what was not dropped
)

// spansPoll is longer than the second after which kept spans are written.
const spansPoll = 1200 * time.Millisecond

// countSpans writes what became of the spans to a result, once all that are to be
// kept are: two readings are equal then.
func (t tracing) countSpans(ctx context.Context, s *stand, r *result) error {
	now, err := s.spans(ctx)
	for err == nil && t.keep {
		if err = load.Wait(ctx, spansPoll); err != nil {
			break
		}
		before := now
		now, err = s.spans(ctx)
		if now[spansKept] == before[spansKept] && (now[spansKept] > 0 || t.share < 1) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("count the spans: %w", err)
	}
	if t.keep {
		r.Values[spansKept], r.Values[spansNotKept] = now[spansKept], now[spansNotKept]
	}
	if t.collector != "" {
		r.Values[spansSent], r.Values[spansNotSent] = now[spansSent], now[spansNotSent]
	}
	return nil
}

// spans reads what has become of them until now.
func (s *stand) spans(ctx context.Context) (map[string]float64, error) {
	out := map[string]float64{}
	for _, counter := range []struct{ name, taken, dropped string }{{keptCounter, spansKept, spansNotKept}, {sentCounter, spansSent, spansNotSent}} {
		got, err := s.gateway.Counts(ctx, counter.name, "outcome")
		if err != nil {
			return nil, err
		}
		for outcome, n := range got {
			if outcome == spansExported {
				out[counter.taken] += n
			} else {
				out[counter.dropped] += n
			}
		}
	}
	return out, nil
}

// traced tells whether the case is one of those that measure traces.
func (c *caseReport) traced() bool {
	_, ok := c.Summary[collectorAsked]
	return ok
}

// tracesNotes are what the table's columns cannot say of such a case.
func (c *caseReport) tracesNotes() []string {
	if c.Name == tracesOff {
		return []string{"ratio and CPU of the cases that follow are to this one's"}
	}
	var parts []string
	if c.Summary[cpuToPlain].Median > 0 {
		parts = append(parts, fmt.Sprintf("CPU × %s", c.cell(cpuToPlain, 2)))
	}
	for _, of := range []struct{ what, taken, dropped string }{{"kept", spansKept, spansNotKept}, {"sent", spansSent, spansNotSent}} {
		if taken, dropped := c.Summary[of.taken], c.Summary[of.dropped]; taken.Max > 0 || dropped.Max > 0 {
			parts = append(parts, fmt.Sprintf("spans %s %.0f, dropped %.0f", of.what, taken.Median, dropped.Median))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, "; ")}
}
