package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/switchhook/switchhook/cmd/internal/stats"
)

// busyShare of the machine, used by others, makes figures doubtful.
const busyShare = 0.1

// print writes the table, and a line for what stands in no column.
func (r *report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d connections, events of %d bytes; median (lowest–highest) of the runs\n\n", r.Machine, r.Connections, r.EventBytes)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "case\truns\tdelivered/s\tratio\tCPU s/1000\tPostgres\tp50 ms\tp99 ms\tpeak MiB\tlost\tduplicates")
	for _, c := range r.Cases {
		_, _ = fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", c.Name, len(c.Runs),
			c.cell("delivered_per_second", 0), c.cell(c.ratio(), 2), c.cell("gateway_cpu_s_per_1000", 3),
			c.cell("postgres_cpu_s_per_1000", 3), c.cell("p50_ms", 1), c.cell("p99_ms", 1), c.cell("peak_mib", 0), c.lost(), c.duplicates())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	b.WriteByte('\n')
	for _, c := range r.Cases {
		for _, note := range c.notes() {
			fmt.Fprintf(&b, "%s: %s\n", c.Name, note)
		}
	}
	b.WriteString(r.disturbed())
	_, err := io.WriteString(w, b.String())
	return err
}

// disturbed names the cases during which other programs kept the machine busy.
func (r *report) disturbed() string {
	var names []string
	most := 0.0
	for _, c := range r.Cases {
		worst := 0.0
		for _, run := range c.Runs {
			if run.Seconds > 0 {
				worst = max(worst, run.OtherCPU/(run.Seconds*float64(r.Machine.Cores)))
			}
		}
		if worst > busyShare {
			names, most = append(names, c.Name), max(most, worst)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("Other programs used up to %.0f%% of the machine meanwhile; do not trust: %s\n", 100*most, strings.Join(names, ", "))
}

// cell is a value with so many decimals; "-" where it was not measured.
func (c *caseReport) cell(name string, decimals int) string { return format(c.Summary[name], decimals) }

func format(s stats.Spread, decimals int) string {
	if s == (stats.Spread{}) {
		return "-"
	}
	text := fmt.Sprintf("%.*f", decimals, s.Median)
	if s.Min != s.Max {
		text += fmt.Sprintf(" (%.*f–%.*f)", decimals, s.Min, decimals, s.Max)
	}
	return text
}

// ratio is the name of that in the table.
func (c *caseReport) ratio() string {
	if c.Summary[ratioToPlain].Max > 0 {
		return ratioToPlain
	}
	return "ratio_to_ceiling"
}

// notes are what the columns cannot say.
func (c *caseReport) notes() (out []string) {
	if c.traced() {
		out = append(out, c.tracesNotes()...)
	}
	switch c.Name {
	case ceilingName:
		out = append(out, "CPU is that of the client in this process; the receiver has its own")
	case "failing":
		out = append(out, fmt.Sprintf("delivered/s includes the wait of %s before the retry, and CPU two attempts each", provider.Schedule[0]))
	case "slow":
		out = append(out, fmt.Sprintf("p50 and p99 are of the healthy quarter; its p99 alone %s ms, among the slow %s ms: × %s",
			c.cell(aloneP99, 1), c.cell(amongP99, 1), c.cell(shareP99, 2)))
	case "backlog":
		out = append(out,
			fmt.Sprintf("published %s/s; delivered/s is how fast it drained; p50 and p99 are of the live destination while all waits", c.cell(publishedPerSecond, 0)),
			fmt.Sprintf("live p99 ms alone %s, while publishing %s, while all waits %s, while draining %s",
				c.cell(liveAlone, 1), c.cell(livePublishing, 1), c.cell(liveWaiting, 1), c.cell(liveDraining, 1)),
			fmt.Sprintf("MiB before %s, while all waits %s", c.cell(memoryBefore, 0), c.cell(memoryWaiting, 0)))
	case "idle":
		out = append(out, fmt.Sprintf("ready after %s ms on an empty store, %s ms on its own; %s cores in use",
			c.cell(firstStart, 0), c.cell(restart, 0), c.cell(idleCores, 3)))
	}
	for i, run := range c.Runs {
		if run.Refused > 0 {
			out = append(out, fmt.Sprintf("run %d: %d events were refused, first: %s", i+1, run.Refused, run.FirstRefusal))
		}
	}
	for _, f := range c.Failures {
		out = append(out, "a run failed: "+f)
	}
	return out
}

// String is a result in one line.
func (r *result) String() string {
	if r.Deliveries == 0 {
		return fmt.Sprintf("done in %.1f s", r.Seconds)
	}
	return fmt.Sprintf("%d deliveries in %.1f s (%.0f/s), p50 %.1f ms, p99 %.1f ms, lost %d, duplicates %d",
		r.Deliveries, r.Seconds, r.PerSecond, r.P50, r.P99, r.Lost, r.Duplicates)
}
