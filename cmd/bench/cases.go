package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// benchCase is one thing that is measured.
type benchCase struct {
	name, about string
	// once: the case takes long or varies little, and runs once unless told otherwise.
	once bool
	// limit bounds one run.
	limit func(size) time.Duration
	run   func(context.Context, *bench) (*result, error)
}

// cases are run in this order, so that every round begins with its ceiling.
func cases() []benchCase {
	short := func(size) time.Duration { return 3 * time.Minute }
	return []benchCase{
		{"ceiling", "signed POSTs straight to the receiver, nothing stored: what the machine can do", false, short, ceiling},
		{"one", "one destination, one event a request", false, short, one},
		{"fanout", "10 destinations for each event", false, short, fanout},
		{"batch", "one destination, 100 events a request", false, short, batch},
		{"rate", "100 events a second, latency from when each was due", false, short, rate},
		{"failing", "every destination fails each event once, and gets it on the retry", true, short, failing},
		{"slow", "of 200 destinations half hang and a quarter fail: latency of the others", true, short, slow},
		{"backlog", "events wait for a destination that hangs, until it is back", true, backlogLimit, backlog},
		{"idle", "time to start, and memory of a gateway with nothing to do", true, short, idle},
	}
}

func caseNames() []string {
	var out []string
	for _, c := range cases() {
		out = append(out, c.name)
	}
	return out
}

func caseHelp() string {
	var b strings.Builder
	for _, c := range cases() {
		fmt.Fprintf(&b, "  %-8s %s\n", c.name, c.about)
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
