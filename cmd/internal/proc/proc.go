// Package proc reads what processes have used, from Linux's /proc.
package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of times in /proc: USER_HZ is 100 wherever Go runs on Linux.
const tick = 10 * time.Millisecond

// Supported tells whether this system has what the package reads. Elsewhere its
// functions return zero.
func Supported() bool { return runtime.GOOS == "linux" }

// CPU returns what processes and their living descendants have used, with those
// that they have waited for. Processes that are gone count as nothing.
func CPU(roots ...int) (time.Duration, error) {
	if !Supported() {
		return 0, nil
	}
	all, err := processes()
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, pid := range tree(all, roots) {
		sum += all[pid].cpu
	}
	return sum, nil
}

// SelfCPU returns what this process has used, without its children.
func SelfCPU() (time.Duration, error) {
	if !Supported() {
		return 0, nil
	}
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, err
	}
	p, err := parseStat(b)
	return p.own, err
}

// Memory returns the bytes that processes and their descendants hold: the sum of
// their proportional set sizes, which counts a shared page once.
func Memory(roots ...int) (int64, error) {
	if !Supported() {
		return 0, nil
	}
	all, err := processes()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, pid := range tree(all, roots) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if gone(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		pss, err := parseRollup(b)
		if err != nil {
			return 0, fmt.Errorf("process %d: %w", pid, err)
		}
		sum += pss
	}
	return sum, nil
}

// Busy returns the CPU time that the whole machine has spent not idle.
func Busy() (time.Duration, error) {
	if !Supported() {
		return 0, nil
	}
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachine(b)
}

// processes reads all that live now.
func processes() (map[int]process, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := make(map[int]process, len(paths))
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := parseStat(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, err
		}
		all[pid] = p
	}
	return all, nil
}

// gone tells that a process ended while it was read.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }

// tree lists the roots and their descendants that live.
func tree(all map[int]process, roots []int) []int {
	children := map[int][]int{}
	for pid, p := range all {
		children[p.parent] = append(children[p.parent], pid)
	}
	var out []int
	for todo := slices.Clone(roots); len(todo) > 0; {
		pid := todo[0]
		todo = append(todo[1:], children[pid]...)
		if _, lives := all[pid]; lives {
			out = append(out, pid)
		}
	}
	return out
}

// Children returns the processes whose parent has the pid and whose command line
// has all of the words as arguments.
func Children(pid int, words ...string) ([]int, error) {
	if !Supported() {
		return nil, nil
	}
	all, err := processes()
	if err != nil {
		return nil, err
	}
	var out []int
	for child, p := range all {
		if p.parent != pid {
			continue
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		arguments := strings.Split(string(b), "\x00")
		if !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(arguments, w) }) {
			out = append(out, child)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Group returns the processes of a process group that have not ended.
func Group(id int) ([]int, error) {
	if !Supported() {
		return nil, nil
	}
	all, err := processes()
	if err != nil {
		return nil, err
	}
	var out []int
	for pid, p := range all {
		if p.group == id && !p.over {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out, nil
}
