package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/program"
	"github.com/switchhook/switchhook/cmd/internal/program/programtest"
)

// TestMain makes the test binary what the bench's binary is besides.
func TestMain(m *testing.M) { programtest.Main(m, main) }

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string]string{
		`--cases: there is no case "two": use ceiling, one,`:       "--cases one,two",
		"--runs 0 is out of range: use 1 to 100":                   "--runs 0",
		"--backlog 0 is out of range: use 1 to 10000000":           "--backlog 0",
		"--deliveries 99 is out of range: use 100 to 10000000":     "--deliveries 99",
		"no such file or directory; run `make build` first":        "--binary /nowhere/switchhook",
		`--database must be a postgres:// URL, "start", or empty`:  "--binary /bin/sh --database mysql://root:hidden@db",
		`unknown command "demo" for "bench"`:                       "demo",
		"--data: stat /nowhere: no such file or directory":         "--binary /bin/sh --data /nowhere",
		`invalid argument "x" for "--runs" flag: strconv.ParseInt`: "--runs x",
	} {
		var out, progress bytes.Buffer
		require.Equal(t, 1, program.Run(newCommand(), strings.Fields(args), &out, &progress), args)
		require.Contains(t, progress.String(), want, args)
		require.NotContains(t, progress.String(), "hidden")
		require.Empty(t, out.String())
	}
}

func TestHelpNamesEveryCase(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.Zero(t, program.Run(newCommand(), []string{"--help"}, &out, &out))
	for _, c := range cases() {
		require.Contains(t, out.String(), "  "+c.name)
		require.Positive(t, c.limit(size{backlog: 1}))
	}
	require.NotContains(t, out.String(), "completion")
}

func TestRunsOfCases(t *testing.T) {
	t.Parallel()
	long, short := benchCase{name: "slow", once: true}, benchCase{name: "one"}
	for name, test := range map[string]struct {
		o           options
		short, long int
	}{
		"default": {options{runs: 3}, 3, 1},
		"asked":   {options{runs: 5, repeatAll: true}, 5, 5},
		"quick":   {options{runs: 5, repeatAll: true, quick: true}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.o.binary, test.o.backlog, test.o.deliveries = os.Args[0], 100_000, 1000
			require.NoError(t, test.o.check())
			require.Equal(t, test.short, test.o.runsOf(short))
			require.Equal(t, test.long, test.o.runsOf(long))
			require.Equal(t, test.o.quick, test.o.size.backlog < 100_000)
			require.True(t, test.o.wants(long))
			test.o.cases = []string{"one"}
			require.False(t, test.o.wants(long))
		})
	}
}

// Cases of a group run only where they or the group are named.
func TestWantedCases(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cases string
		want  []string
	}{
		"default": {"", []string{"ceiling", "one", "fanout", "batch", "rate", "failing", "slow", "backlog", "idle"}},
		"named":   {"traces-down,one,traces-off", []string{"one", "traces-off", "traces-down"}},
		"group": {"traces", []string{
			"traces-off", "traces-kept-1", "traces-kept-100", "traces-sent-1", "traces-sent-100", "traces-both-100", "traces-down", "traces-hangs",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options{binary: os.Args[0], runs: 1, deliveries: 1000, backlog: 1, cases: strings.FieldsFunc(test.cases, func(r rune) bool { return r == ',' })}
			require.NoError(t, o.check())
			var got []string
			for _, c := range cases() {
				if o.wants(c) {
					got = append(got, c.name)
				}
			}
			require.Equal(t, test.want, got)
		})
	}
}
