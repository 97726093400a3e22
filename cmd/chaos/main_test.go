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

// TestMain makes the test binary what the program is besides.
func TestMain(m *testing.M) { programtest.Main(m, main) }

func TestBadFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string]string{
		`--cases: there is no case "two": use kill, nodes,`:    "--cases kill,two",
		"--backlog 0 is out of range: use 1 to 1000000":        "--backlog 0",
		"no such file or directory; run `make build` first":    "--binary /nowhere/switchhook",
		`--database takes "sqlite", "start" and postgres://`:   "--binary /bin/sh --database sqlite,mysql://root:hidden@db",
		`--database names no store`:                            "--database=",
		`unknown command "demo" for "chaos"`:                   "demo",
		"--data: stat /nowhere: no such file or directory":     "--binary /bin/sh --data /nowhere",
		`invalid argument "-1" for "--seed" flag: strconv.Par`: "--seed -1",
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
		require.Contains(t, out.String(), "  "+c.name+" ")
		require.Contains(t, out.String(), c.promise)
	}
	require.Contains(t, out.String(), "go run ./cmd/chaos --short")
	require.NotContains(t, out.String(), "completion")
}

// A seed is chosen where none is given.
func TestDefaults(t *testing.T) {
	t.Parallel()
	o := options{binary: os.Args[0], databases: []string{sqliteDatabase}, backlog: 100_000}
	require.NoError(t, o.check())
	require.NotZero(t, o.seed)
	require.Equal(t, 20_000, o.size.events)
	require.Equal(t, 100_000, o.size.backlog)
	short := options{binary: os.Args[0], databases: []string{sqliteDatabase}, backlog: 100_000, short: true, seed: 9}
	require.NoError(t, short.check())
	require.EqualValues(t, 9, short.seed)
	require.Equal(t, 5000, short.size.backlog)
	require.Less(t, short.size.limit, o.size.limit)
	require.True(t, o.wants(faultCase{name: "kill"}))
	o.cases = []string{"nodes"}
	require.False(t, o.wants(faultCase{name: "kill"}))
}

func TestStoresOfCases(t *testing.T) {
	t.Parallel()
	for on, want := range map[stores][2]bool{bothStores: {true, true}, sqliteAlone: {true, false}, postgresAlone: {false, true}} {
		require.Equal(t, want, [2]bool{on.fits(false), on.fits(true)})
	}
}
