package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/switchhook/switchhook/cmd/internal/proc"
	"github.com/switchhook/switchhook/cmd/internal/program/programtest"
)

// Every kind of case gives figures, and nothing is left behind; an interrupted
// bench leaves nothing either.
func TestBench(t *testing.T) {
	t.Parallel()
	binary := programtest.Gateway(t)
	o := options{
		binary: binary, data: t.TempDir(), out: filepath.Join(t.TempDir(), "bench.json"), runs: 1, backlog: 300, deliveries: 200,
		cases: []string{"ceiling", "fanout", "batch", "failing", "backlog", "idle"},
		size:  size{deliveries: 200, backlog: 300, phase: 500 * time.Millisecond, settle: 10 * time.Millisecond},
	}
	r, table := reported(t, o)
	want := map[string]int{"ceiling": 400, "fanout": 200, "batch": 200, "failing": 100, "idle": 0}
	for _, c := range r.Cases {
		require.Len(t, c.Runs, 1, c.Name)
		run := c.Runs[0]
		require.Zero(t, run.Lost)
		require.Zero(t, run.Refused)
		if n, fixed := want[c.Name]; fixed {
			require.Equal(t, n, run.Deliveries, c.Name)
		} else {
			require.Greater(t, run.Deliveries, 300, c.Name)
		}
		if c.Name != "idle" {
			require.Positive(t, run.P50, c.Name)
			require.GreaterOrEqual(t, run.P99, run.P50, c.Name)
		}
		if proc.Supported() && c.Name != "ceiling" {
			require.Greater(t, run.PeakMiB, 10.0, c.Name)
		}
		require.Contains(t, table, "\n"+c.Name)
	}
}

// reported runs a bench, and returns what it has written and printed. Nothing is left.
func reported(t *testing.T, o options) (r report, table string) {
	t.Helper()
	var out, progress bytes.Buffer
	require.NoError(t, execute(t.Context(), o, &out, &progress), "%s", &progress)
	requireEmpty(t, o.data)
	text, err := os.ReadFile(o.out)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	require.Len(t, r.Cases, len(o.cases))
	return r, out.String()
}

// Each way to trace does what its name says, and loses nothing.
func TestTraces(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long, and like the other cases but for settings: runs without -short")
	}
	o := options{
		binary: programtest.Gateway(t), data: t.TempDir(), out: filepath.Join(t.TempDir(), "bench.json"), runs: 1, backlog: 1, deliveries: 200,
		cases: []string{tracesOff, "traces-kept-100", "traces-both-100", "traces-down", "traces-hangs"},
		size:  size{deliveries: 200, backlog: 1, phase: time.Second, settle: 10 * time.Millisecond},
	}
	r, _ := reported(t, o)
	plain := r.Cases[0].Runs[0]
	for _, c := range r.Cases {
		require.Len(t, c.Runs, 1, c.Name)
		run := c.Runs[0]
		require.Equal(t, 200, run.Deliveries)
		require.Zero(t, run.Lost)
		require.InDelta(t, run.PerSecond/plain.PerSecond, run.RatioToPlain, 1e-9)
		keeps, sends := strings.HasPrefix(c.Name, "traces-kept") || strings.HasPrefix(c.Name, "traces-both"), c.Name == "traces-both-100" || c.Name == "traces-hangs"
		require.Equal(t, keeps, run.Values[spansKept] > 1000, "%s: %v", c.Name, run.Values)
		require.Equal(t, sends, run.Values[collectorAsked] > 0, "%s: %v", c.Name, run.Values)
		if c.Name != "traces-both-100" {
			require.Zero(t, run.Values[spansSent], c.Name)
		}
	}
}

// cancelling ends a bench when a text comes by.
type cancelling struct {
	io.Writer
	text   string
	cancel func()
}

func (c cancelling) Write(b []byte) (int, error) {
	if strings.Contains(string(b), c.text) {
		c.cancel()
	}
	return c.Writer.Write(b)
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	binary := programtest.Gateway(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := options{
		binary: binary, data: t.TempDir(), runs: 1, backlog: 1, deliveries: 200, cases: []string{"rate"},
		size: size{deliveries: 1, backlog: 1, phase: time.Hour},
	}
	var out, progress bytes.Buffer
	err := execute(ctx, o, &out, cancelling{&progress, "accepted", cancel})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, out.String())
	requireEmpty(t, o.data)
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
