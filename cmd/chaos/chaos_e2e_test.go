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

	"github.com/switchhook/switchhook/cmd/internal/program/programtest"
)

// small is a run that takes seconds.
func small(t *testing.T, names ...string) options {
	t.Helper()
	return options{
		binary: programtest.Gateway(t), data: t.TempDir(), out: filepath.Join(t.TempDir(), "chaos.json"), databases: []string{sqliteDatabase},
		named: true, seed: 3, backlog: 100, cases: names,
		size: size{events: 200, kills: 2, cuts: 1, backlog: 100, replay: 2000, replayKills: 1, phase: 500 * time.Millisecond, limit: time.Minute},
	}
}

// A gateway that is killed loses nothing, the report says so, and nothing is left
// behind.
func TestChaos(t *testing.T) {
	t.Parallel()
	o := small(t, "kill", "nodes")
	var out, progress bytes.Buffer
	require.NoError(t, execute(t.Context(), o, &out, &progress), "%s", &progress)
	requireEmpty(t, o.data)
	text, err := os.ReadFile(o.out)
	require.NoError(t, err)
	var r report
	require.NoError(t, json.Unmarshal(text, &r))
	require.Len(t, r.Results, 2)
	kill, nodes := r.Results[0], r.Results[1]
	require.GreaterOrEqual(t, kill.Faults, 2)
	require.Greater(t, kill.Acknowledged, int64(100))
	require.Equal(t, 3*kill.Acknowledged, kill.Expected)
	require.Positive(t, kill.Recovery)
	require.Zero(t, kill.Lost)
	require.Empty(t, kill.Broken)
	require.Contains(t, nodes.Skipped, "--database", "it needs Postgres")
	require.Contains(t, out.String(), "\nkill   SQLite  ")
	require.Contains(t, out.String(), "seed 3\n")
}

// cancelling ends a run when a text comes by.
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
	o := small(t, "backlog")
	o.size.phase = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	var out, progress bytes.Buffer
	err := execute(ctx, o, &out, cancelling{&progress, "acknowledged 1", cancel})
	require.ErrorIs(t, err, context.Canceled, "%s", &progress)
	require.Empty(t, out.String())
	requireEmpty(t, o.data)
	require.NoFileExists(t, o.out)
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
