package main

import (
	"bytes"
	"errors"
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
