package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// show is a demo that runs.
type show struct {
	command *exec.Cmd
	log     bytes.Buffer // standard error; to be read once it has ended
	lines   chan string  // of standard output
}

func startDemo(t *testing.T, args ...string) *show {
	t.Helper()
	return startDemoWith(t, nil, args...)
}

// startDemoWith starts one with variables of its own.
func startDemoWith(t *testing.T, env []string, args ...string) *show {
	t.Helper()
	s := &show{command: exec.Command(os.Args[0], append([]string{"demo"}, args...)...), lines: make(chan string, 10_000)}
	s.command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "GOMAXPROCS=2"}
	s.command.Env = append(s.command.Env, env...)
	s.command.Stderr = &s.log
	out, err := s.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.command.Start())
	t.Cleanup(func() { _ = s.command.Process.Kill() })
	go func() {
		defer close(s.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			s.lines <- scanner.Text()
		}
		_, _ = io.Copy(io.Discard, out) // after a line that is too long
	}()
	return s
}

// until reads lines up to one that a pattern finds, or all of them for nil.
func (s *show) until(t *testing.T, last *regexp.Regexp) string {
	t.Helper()
	var read strings.Builder
	limit := time.After(2 * patience)
	for {
		select {
		case line, more := <-s.lines:
			if !more {
				require.Nil(t, last, "the demo ended before its last line: %s", &read)
				return read.String()
			}
			read.WriteString(line + "\n")
			if last != nil && last.MatchString(line) {
				return read.String()
			}
		case <-limit:
			require.FailNow(t, "the demo takes too long", read.String())
		}
	}
}

// requireQuiet waits for the end; nothing may be in the log.
func (s *show) requireQuiet(t *testing.T) {
	t.Helper()
	s.until(t, nil)
	require.NoError(t, s.command.Wait(), "%s", &s.log)
	require.Empty(t, s.log.String())
}

// The demo leads to the dashboard, and there to the trace of each delivery.
func TestDemoLeadsToTheDashboard(t *testing.T) {
	t.Parallel()
	s := startDemo(t)
	out := s.until(t, regexp.MustCompile(`event publish`))
	key := regexp.MustCompile(`Log in with the key (swh_\S+)`).FindStringSubmatch(out)
	require.NotNil(t, key, out)
	_, summary, _ := strings.Cut(out, "\nSummary\n")
	pages := regexp.MustCompile(`(http://\S+)(/ui/deliveries/\S+)`).FindAllStringSubmatch(summary, -1)
	require.Len(t, pages, 5, summary)
	user := newBrowser(&gateway{t: t, base: pages[0][1]})
	user.login(key[1])
	for _, page := range pages {
		require.Eventually(t, func() bool {
			text := user.open(200, page[2], nil)
			return strings.Contains(text, "attempt POST") && strings.Contains(text, "adapter render")
		}, patience, 50*time.Millisecond, "recorded spans are written once a second: %s", page)
	}
	require.NoError(t, s.command.Process.Signal(syscall.SIGINT))
	s.requireQuiet(t)
}

// With --once nothing is left to look at, so no address is shown.
func TestDemoOnce(t *testing.T) {
	t.Parallel()
	s := startDemo(t, "--once")
	out := s.until(t, regexp.MustCompile(`^Without --once`))
	require.Equal(t, 5, strings.Count(out, "  ok      "), out)
	require.NotContains(t, out, "/ui/")
	s.requireQuiet(t)
}

// A collector or a sampler of somebody's does not keep the traces from the demo.
func TestDemoReceivesItsTracesItself(t *testing.T) {
	t.Parallel()
	s := startDemoWith(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9", "OTEL_TRACES_SAMPLER=always_off", "OTEL_SDK_DISABLED=true"}, "--once")
	out := s.until(t, regexp.MustCompile(`^Without --once`))
	require.Equal(t, 5, strings.Count(out, "  ok      "), out)
	require.Contains(t, out, "leaves out OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED, OTEL_TRACES_SAMPLER, which")
	s.requireQuiet(t)
}
