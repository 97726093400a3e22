package proc

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// process is one line of /proc/<pid>/stat.
type process struct {
	parent, group int
	// over: it has ended, and nobody has waited for it yet.
	over bool
	own  time.Duration
	// cpu is own and that of children that were waited for.
	cpu time.Duration
}

// parseStat reads /proc/<pid>/stat (proc_pid_stat(5)).
func parseStat(b []byte) (process, error) {
	// The name in parentheses may hold spaces and parentheses.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	const state, parent, group, user, system, childUser, childSystem = 0, 1, 2, 11, 12, 13, 14
	if len(fields) <= childSystem {
		return process{}, errors.New("stat has too few fields")
	}
	var n [childSystem + 1]int64
	for _, i := range []int{parent, group, user, system, childUser, childSystem} {
		v, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return process{}, fmt.Errorf("stat: %w", err)
		}
		n[i] = v
	}
	own := time.Duration(n[user]+n[system]) * tick
	return process{
		parent: int(n[parent]), group: int(n[group]), over: string(fields[state]) == "Z",
		own: own, cpu: own + time.Duration(n[childUser]+n[childSystem])*tick,
	}, nil
}

// parseRollup reads the proportional set size, in bytes, from
// /proc/<pid>/smaps_rollup. A process that is ending has an empty one.
func parseRollup(b []byte) (int64, error) {
	if len(bytes.TrimSpace(b)) == 0 {
		return 0, nil
	}
	for line := range bytes.Lines(b) {
		rest, ok := bytes.CutPrefix(line, []byte("Pss:"))
		if !ok {
			continue
		}
		number, ok := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
		if !ok {
			return 0, fmt.Errorf("smaps_rollup: Pss is not in kB: %q", line)
		}
		kib, err := strconv.ParseInt(string(number), 10, 64)
		return kib << 10, err
	}
	return 0, errors.New("no Pss in smaps_rollup")
}

// parseMachine reads the first line of /proc/stat (proc_stat(5)).
func parseMachine(b []byte) (time.Duration, error) {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	fields := bytes.Fields(line)
	const steal = 8 // guest times, which follow, are counted in user
	if len(fields) <= steal || string(fields[0]) != "cpu" {
		return 0, errors.New("stat does not begin with the line of all processors")
	}
	const idle, wait = 4, 5
	var sum int64
	for i := 1; i <= steal; i++ {
		if i == idle || i == wait {
			continue
		}
		v, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("stat: %w", err)
		}
		sum += v
	}
	return time.Duration(sum) * tick, nil
}
