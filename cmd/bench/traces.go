package main

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// tracesGroup names all cases that measure traces; tracesOff is what they are
// compared with.
const (
	tracesGroup = "traces"
	tracesOff   = "traces-off"
)

// tracing is one way to trace.
type tracing struct {
	name, about string
	// keep: in the gateway's own store.
	keep bool
	// share of the traces that are recorded, from 0 to 1.
	share float64
	// collector they are sent to; "" is none.
	collector collectorKind
}

type collectorKind string

const (
	answers collectorKind = "answers"
	down    collectorKind = "down"
	hangs   collectorKind = "hangs"
)

func tracings() []tracing {
	return []tracing{
		{tracesOff, "none, which the others are compared with", false, 0, ""},
		{"traces-kept-1", "1 % in the gateway's own store, the default", true, 0.01, ""},
		{"traces-kept-100", "all in the gateway's own store", true, 1, ""},
		{"traces-sent-1", "1 % to a collector", false, 0.01, answers},
		{"traces-sent-100", "all to a collector", false, 1, answers},
		{"traces-both-100", "all to a collector and in the own store, as where no more than its address is set", true, 1, answers},
		{"traces-down", "all to a collector that is down", false, 1, down},
		{"traces-hangs", "all to a collector that never answers", false, 1, hangs},
	}
}

// traceCases take turns in each round, so that a machine whose speed swings is
// fair to all of them.
func traceCases() (out []benchCase) {
	limit := func(size) time.Duration { return 3 * time.Minute }
	for _, t := range tracings() {
		out = append(out, benchCase{name: t.name, about: t.about, group: tracesGroup, limit: limit, run: t.run})
	}
	return out
}

// settings are the gateway's, with the collector's address.
func (t tracing) settings(collector string) []string {
	share := strconv.FormatFloat(t.share, 'g', -1, 64)
	out := []string{"SWITCHHOOK_TRACES_STORE=" + strconv.FormatBool(t.keep), "SWITCHHOOK_TRACES_SAMPLE_RATIO=" + share}
	if t.collector != "" {
		out = append(out, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+collector,
			"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG="+share)
	}
	return out
}

// run is the case one with the traces that t says.
func (t tracing) run(ctx context.Context, b *bench) (r *result, err error) {
	to := &collector{address: closedPort}
	switch t.collector {
	case answers, hangs:
		if to, err = newCollector(ctx, t.collector == hangs); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, to.close()) }()
	case down:
		if err := requireClosed(ctx, to.address); err != nil {
			return nil, err
		}
	}
	s := setup{provider: bundledProvider, endpoints: 1, settings: t.settings(to.address), after: t.countSpans}
	if r, err = b.asFastAsItGoes(ctx, s, b.size.deliveries, 1); err != nil {
		return nil, err
	}
	// The gateway has ended, and has sent what it had.
	r.Values[collectorAsked], r.Values[collectorMiB] = float64(to.requests.Load()), float64(to.bytes.Load())/mebibyte
	return r, nil
}
