package proc

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	got, err := parseStat([]byte("42 (a ) b) S 7 42 42 0 -1 4194560 100 200 0 0 150 50 25 5 20 0 9 0 100 1 2 3\n"))
	require.NoError(t, err)
	require.Equal(t, process{parent: 7, group: 42, own: 2 * time.Second, cpu: 2300 * time.Millisecond}, got)
	got, err = parseStat([]byte("42 (x) Z 7 41 42 0 -1 4194560 100 200 0 0 0 0 0 0\n"))
	require.NoError(t, err)
	require.Equal(t, process{parent: 7, group: 41, over: true}, got)
	for _, bad := range []string{"", "42 (x) S 7", "42 (x) S 7 42 42 0 -1 4194560 100 200 0 0 x 50 25 5 20"} {
		_, err := parseStat([]byte(bad))
		require.Error(t, err, bad)
	}
}

func TestParseRollup(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want int64
		err  string
	}{
		"whole": {"5574ccd0d000-7ffe98691000 ---p 00000000 00:00 0   [rollup]\nRss:      1632 kB\nPss:       286 kB\nPss_Dirty:       116 kB\n", 286 << 10, ""},
		"empty": {"", 0, ""},
		"none":  {"Rss: 1 kB\n", 0, "no Pss"},
		"unit":  {"Pss: 1 MB\n", 0, "not in kB"},
		"word":  {"Pss: x kB\n", 0, "invalid syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseRollup([]byte(test.text))
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseMachine(t *testing.T) {
	t.Parallel()
	got, err := parseMachine([]byte("cpu  100 1 50 9999 888 2 3 4 70 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"))
	require.NoError(t, err)
	require.Equal(t, 1600*time.Millisecond, got)
	for _, bad := range []string{"", "intr 1 2 3 4 5 6 7 8 9", "cpu 1 2 3", "cpu 1 2 x 4 5 6 7 8 9"} {
		_, err := parseMachine([]byte(bad))
		require.Error(t, err, bad)
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	all := map[int]process{1: {}, 2: {parent: 1}, 3: {parent: 2}, 4: {parent: 1}, 5: {parent: 99}}
	require.ElementsMatch(t, []int{2, 3}, tree(all, []int{2}))
	require.ElementsMatch(t, []int{3, 5}, tree(all, []int{3, 5, 77}))
}

// A shell and its child are read as they are: both count, and the CPU that the
// shell burns is seen.
func TestLiveProcesses(t *testing.T) {
	t.Parallel()
	if !Supported() {
		t.Skip("needs /proc")
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `exec 3<&0; cat <&3 & i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; wait`)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = in.Close(); _ = cmd.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "done\n", line)

	cpu, err := CPU(cmd.Process.Pid)
	require.NoError(t, err)
	require.GreaterOrEqual(t, cpu, tick)
	memory, err := Memory(cmd.Process.Pid)
	require.NoError(t, err)
	require.Positive(t, memory)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	samples, err := Watch(ctx, time.Hour, os.Getpid())
	require.NoError(t, err)
	require.Len(t, samples, 2)
	require.Positive(t, samples[1].Bytes)
	busy, err := Busy()
	require.NoError(t, err)
	require.GreaterOrEqual(t, busy, cpu)
	own, err := SelfCPU()
	require.NoError(t, err)
	require.LessOrEqual(t, own, busy)
}

func TestChildren(t *testing.T) {
	t.Parallel()
	if !Supported() {
		t.Skip("needs /proc")
	}
	child := exec.CommandContext(t.Context(), "sleep", "61.5")
	require.NoError(t, child.Start())
	defer func() { _ = child.Wait() }()
	defer func() { _ = child.Process.Kill() }()
	require.Eventually(t, func() bool {
		got, err := Children(os.Getpid(), "61.5", "sleep")
		require.NoError(t, err)
		return len(got) == 1 && got[0] == child.Process.Pid
	}, 10*time.Second, time.Millisecond, "until it has its own command line")
	for _, words := range [][]string{{"61"}, {"sleep", "62"}} {
		got, err := Children(os.Getpid(), words...)
		require.NoError(t, err)
		require.Empty(t, got)
	}
	got, err := Children(child.Process.Pid)
	require.NoError(t, err)
	require.Empty(t, got)
	group, err := Group(syscall.Getpgrp())
	require.NoError(t, err)
	require.Contains(t, group, child.Process.Pid)
	require.NoError(t, child.Process.Kill())
	require.Eventually(t, func() bool {
		group, err := Group(syscall.Getpgrp())
		require.NoError(t, err)
		return !slices.Contains(group, child.Process.Pid)
	}, 10*time.Second, time.Millisecond, "nobody has waited for it, but it has ended")
}
