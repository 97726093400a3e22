package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// benchCase is one thing that is measured.
type benchCase struct {
	name, about string
	// once: the case takes long or varies little, and runs once unless told otherwise.
	once bool
	// group, if there is one, names several cases at once. They run only where they
	// or the group are asked for.
	group string
	// limit bounds one run.
	limit func(size) time.Duration
	run   func(context.Context, *bench) (*result, error)
}

// cases are run in this order, so that every round begins with its ceiling.
func cases() []benchCase {
	short := func(size) time.Duration { return 3 * time.Minute }
	return append([]benchCase{
		{name: ceilingName, about: "signed POSTs straight to the receiver, nothing stored: what the machine can do", limit: short, run: ceiling},
		{name: "one", about: "one destination, one event a request", limit: short, run: one},
		{name: "fanout", about: "10 destinations for each event", limit: short, run: fanout},
		{name: "batch", about: "one destination, 100 events a request", limit: short, run: batch},
		{name: "rate", about: "100 events a second, latency from when each was due", limit: short, run: rate},
		{name: "failing", about: "every destination fails each event once, and gets it on the retry", once: true, limit: short, run: failing},
		{name: "slow", about: "of 200 destinations half hang and a quarter fail: latency of the others", once: true, limit: short, run: slow},
		{name: "backlog", about: "events wait for a destination that hangs, until it is back", once: true, limit: backlogLimit, run: backlog},
		{name: "idle", about: "time to start, and memory of a gateway with nothing to do", once: true, limit: short, run: idle},
	}, traceCases()...)
}

func caseNames() []string {
	var out []string
	for _, c := range cases() {
		if c.group != "" && !slices.Contains(out, c.group) {
			out = append(out, c.group)
		}
		out = append(out, c.name)
	}
	return out
}

func caseHelp() string {
	var b strings.Builder
	for _, c := range cases() {
		if c.group == "" {
			fmt.Fprintf(&b, "  %-8s %s\n", c.name, c.about)
		}
	}
	fmt.Fprintf(&b, "\nWhat traces cost: the case one without and with them, in turn. These run only where\nasked for, by --cases %s or by their names:\n\n", tracesGroup)
	for _, c := range cases() {
		if c.group == tracesGroup {
			fmt.Fprintf(&b, "  %-15s %s\n", c.name, c.about)
		}
	}
	return b.String()
}

// result is what one run of a case gave.
type result struct {
	Accepted int `json:"accepted"`
	// Refused publishes got another answer than 202.
	Refused      int    `json:"refused"`
	FirstRefusal string `json:"first_refusal,omitempty"`
	Deliveries   int    `json:"deliveries"`
	// Lost deliveries are of accepted events and did not arrive.
	Lost       int   `json:"lost"`
	Duplicates int64 `json:"duplicates"`
	// PerSecond is deliveries a second; 0 where the rate was given.
	PerSecond float64 `json:"delivered_per_second,omitempty"`
	// Ratio is PerSecond over that of the same round's ceiling.
	Ratio float64 `json:"ratio_to_ceiling,omitempty"`
	// RatioToPlain is PerSecond, and CPUToPlain GatewayCPU, over that of the same
	// round's case without traces.
	RatioToPlain float64 `json:"ratio_to_traces_off,omitempty"`
	CPUToPlain   float64 `json:"cpu_to_traces_off,omitempty"`
	// CPU seconds for 1000 deliveries; GatewayCPU with the plugins.
	GatewayCPU  float64 `json:"gateway_cpu_s_per_1000"`
	PostgresCPU float64 `json:"postgres_cpu_s_per_1000,omitempty"`
	// OtherCPU is what the rest of the machine used meanwhile, in seconds.
	OtherCPU float64 `json:"other_cpu_s"`
	Seconds  float64 `json:"seconds"`
	// P50 and P99 are from publish to arrival, in milliseconds.
	P50     float64 `json:"p50_ms,omitempty"`
	P99     float64 `json:"p99_ms,omitempty"`
	PeakMiB float64 `json:"peak_mib,omitempty"`
	// Values are the case's own.
	Values map[string]float64 `json:"values,omitempty"`
	// MemoryMiB is the memory each second.
	MemoryMiB []float64 `json:"memory_mib,omitempty"`
}
