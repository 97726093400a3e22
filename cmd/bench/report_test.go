package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/machine"
	"github.com/switchhook/switchhook/cmd/internal/stats"
)

func testReport() *report {
	r := &report{
		Machine: machine.Machine{
			OS: "linux/amd64", Cores: 2, CPU: "Fast 3000", Gateway: "switchhook v1", Commit: "abc", Modified: true, Go: "go1.26", Database: "SQLite", Data: "/tmp",
		},
		Connections: 32, EventBytes: 1024,
	}
	one, idle := benchCase{name: "one", about: "one destination"}, benchCase{name: "idle"}
	for i, rate := range []float64{1000, 3000, 2000} {
		r.add(one, &result{PerSecond: rate, Ratio: rate / 10_000, GatewayCPU: 0.25, P50: 1.25, P99: 9, PeakMiB: 101.6, Duplicates: int64(i), Seconds: 10, OtherCPU: rate / 1000})
	}
	r.add(idle, &result{PeakMiB: 90, Values: map[string]float64{firstStart: 450, restart: 300}})
	return r
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, testReport().Print(&out))
	require.Equal(t, `switchhook v1, commit abc with changes by go1.26
linux/amd64, 2 cores of Fast 3000
SQLite; data in /tmp
32 connections, events of 1024 bytes; median (lowest–highest) of the runs

case  runs  delivered/s       ratio             CPU s/1000  Postgres  p50 ms  p99 ms  peak MiB  lost  duplicates
one   3     2000 (1000–3000)  0.20 (0.10–0.30)  0.250       -         1.2     9.0     102       0     3
idle  1     -                 -                 -           -         -       -       90        0     0

idle: ready after 450 ms on an empty store, 300 ms on its own; - cores in use
Other programs used up to 15% of the machine meanwhile; do not trust: one
`, out.String())
}

func TestTableOfTraces(t *testing.T) {
	t.Parallel()
	r := &report{Connections: 32, EventBytes: 1024}
	done := map[string]*result{}
	for _, row := range []struct {
		name   string
		rate   float64
		cpu    float64
		values map[string]float64
	}{
		{"ceiling", 20_000, 0.04, nil},
		{tracesOff, 4000, 0.2, map[string]float64{}},
		{"traces-kept-100", 2000, 0.5, map[string]float64{spansKept: 900, spansNotKept: 0}},
		{"traces-both-100", 1000, 0.6, map[string]float64{spansKept: 800, spansNotKept: 100, spansSent: 0, spansNotSent: 700}},
	} {
		c := benchCase{name: row.name, group: tracesGroup}
		res := &result{PerSecond: row.rate, GatewayCPU: row.cpu, Values: row.values}
		if row.values == nil {
			c.group = ""
		} else {
			res.Values[collectorAsked] = 0
		}
		done[c.name] = res
		res.compare(c, done)
		r.add(c, res)
	}
	require.InDelta(t, 0.05, r.Cases[3].Runs[0].Ratio, 1e-9, "that to the ceiling is in the JSON")
	var out bytes.Buffer
	require.NoError(t, r.Print(&out))
	_, table, _ := strings.Cut(out.String(), "runs\n\n")
	require.Equal(t, `case             runs  delivered/s  ratio  CPU s/1000  Postgres  p50 ms  p99 ms  peak MiB  lost  duplicates
ceiling          1     20000        -      0.040       -         -       -       -         0     0
traces-off       1     4000         1.00   0.200       -         -       -       -         0     0
traces-kept-100  1     2000         0.50   0.500       -         -       -       -         0     0
traces-both-100  1     1000         0.25   0.600       -         -       -       -         0     0

ceiling: CPU is that of the client in this process; the receiver has its own
traces-off: ratio and CPU of the cases that follow are to this one's
traces-kept-100: CPU × 2.50; spans kept 900, dropped 0
traces-both-100: CPU × 3.00; spans kept 800, dropped 100; spans sent 0, dropped 700
`, table)
}

// A case of traces that is run without the plain one is compared with nothing.
func TestTracesAlone(t *testing.T) {
	t.Parallel()
	c := benchCase{name: "traces-kept-1", group: tracesGroup}
	res := &result{PerSecond: 10, Values: map[string]float64{collectorAsked: 0, spansKept: 5}}
	res.compare(c, map[string]*result{c.name: res})
	r := &report{}
	r.add(c, res)
	require.Equal(t, []string{"spans kept 5, dropped 0"}, r.Cases[0].notes())
	require.Equal(t, "-", r.Cases[0].cell(r.Cases[0].ratio(), 2))
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	r := testReport()
	require.NoError(t, r.Verdict())
	r.add(benchCase{name: "one"}, &result{Lost: 2})
	r.fail(benchCase{name: "rate"}, errors.New("the gateway ended"))
	require.EqualError(t, r.Verdict(), "one: 2 deliveries of accepted events did not arrive\nrate: the gateway ended")
	var out bytes.Buffer
	require.NoError(t, r.Print(&out))
	require.Contains(t, out.String(), "rate: a run failed: the gateway ended\n")
}

func TestRefusalsAreNoted(t *testing.T) {
	t.Parallel()
	r := &report{}
	r.add(benchCase{name: "one"}, &result{Refused: 3, FirstRefusal: "503"})
	require.Contains(t, r.Cases[0].notes(), "run 1: 3 events were refused, first: 503")
}

func TestFormat(t *testing.T) {
	t.Parallel()
	require.Equal(t, "-", format(stats.Spread{}, 1))
	require.Equal(t, "1.5", format(stats.Spread{Median: 1.5, Min: 1.5, Max: 1.5}, 1))
	require.Equal(t, "2 (1–3)", format(stats.Spread{Median: 2, Min: 1, Max: 3}, 0))
}
