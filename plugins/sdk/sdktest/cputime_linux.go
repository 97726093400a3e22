package sdktest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// OwnTime is the processor time that this process has taken.
func OwnTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ProcessTime is the processor time that the threads of another process have
// taken (proc(5), schedstat): /proc/PID/stat counts in hundredths of a second.
func ProcessTime(tb testing.TB, pid int) (total time.Duration) {
	tb.Helper()
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "schedstat"))
	require.NoError(tb, err)
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		require.NoError(tb, err)
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		require.NoError(tb, err)
		total += time.Duration(ns)
	}
	return total
}
