package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var updateDocs = flag.Bool("update-docs", false, "write the sessions of docs/cli.md anew")

// console is a terminal on a gateway's machine: it runs the real binary and
// keeps what a user would see.
type console struct {
	t    *testing.T
	env  []string
	dir  string // commands run in it
	seen bytes.Buffer
}

// newConsole returns a console with a gateway's URL and the operator's key in
// its environment.
func newConsole(t *testing.T, g *gateway, env ...string) *console {
	return &console{t: t, dir: t.TempDir(), env: append([]string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "TZ=UTC",
		"SWITCHHOOK_URL=" + g.base, "SWITCHHOOK_KEY=" + operatorKey,
	}, env...)}
}

// run runs a command to its end, wants its exit code, and keeps the session.
func (c *console) run(code int, args ...string) string {
	c.t.Helper()
	out := c.quiet(code, args...)
	c.keep(args, out)
	return out
}

// quiet is run without a record.
func (c *console) quiet(code int, args ...string) string {
	c.t.Helper()
	return c.with("", code, args...)
}

// with runs a command with a text as its standard input.
func (c *console) with(stdin string, code int, args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), self(c.t), args...)
	cmd.Env, cmd.Dir = c.env, c.dir
	cmd.Stdin = strings.NewReader(stdin)
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(c.t, err)
	}
	require.Equal(c.t, code, cmd.ProcessState.ExitCode(), "%v\n%s", args, b)
	require.NotContains(c.t, string(b), "panic")
	return string(b)
}

func (c *console) keep(args []string, out string) {
	words := make([]string, len(args))
	for i, a := range args {
		if words[i] = a; strings.ContainsAny(a, " {}*?$'\"") {
			words[i] = "'" + a + "'"
		}
	}
	fmt.Fprintf(&c.seen, "$ switchhook %s\n%s", strings.Join(words, " "), out)
}

// background is a command that runs until it is stopped.
type background struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    logBuffer
	exited chan error
}

// start starts a command and waits for a text in its output.
func (c *console) start(want string, args ...string) *background {
	c.t.Helper()
	b := inBackground(c.t, c.env, self(c.t), args...)
	b.wait(want)
	return b
}

// inBackground starts a program; it ends with the test.
func inBackground(t *testing.T, env []string, binary string, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	b := &background{t: t, cmd: exec.CommandContext(ctx, binary, args...), exited: make(chan error, 1)}
	b.cmd.Env, b.cmd.Stdout, b.cmd.Stderr = env, &b.out, &b.out
	require.NoError(t, b.cmd.Start())
	go func() { b.exited <- b.cmd.Wait() }()
	t.Cleanup(cancel)
	return b
}

func (b *background) wait(want string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return strings.Contains(b.out.String(), want) }, patience, 5*time.Millisecond,
		"want %q in the output", want)
}

// interrupt ends the command as Ctrl-C does and returns its exit code.
func (b *background) interrupt() int {
	b.t.Helper()
	require.NoError(b.t, b.cmd.Process.Signal(syscall.SIGINT))
	select {
	case <-b.exited:
	case <-time.After(patience):
		_ = b.cmd.Process.Kill()
		require.FailNow(b.t, "the command does not end", b.out.String())
	}
	return b.cmd.ProcessState.ExitCode()
}

var (
	docIDs    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	docTimes  = regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z`)
	docClocks = regexp.MustCompile(`(?m)^[0-9]{2}:[0-9]{2}:[0-9]{2}`)
	docPorts  = regexp.MustCompile(`127\.0\.0\.1:[0-9]{4,5}`)
	docTokens = regexp.MustCompile(`swh_[0-9A-Za-z]{43}|whsec_[0-9A-Za-z+/=]{44}`)
	docHost   = regexp.MustCompile(`switchhook listen on \S+`)
)

// plain replaces what differs from run to run by text of the same width.
func plain(text string) string {
	known := map[string]string{}
	text = docIDs.ReplaceAllStringFunc(text, func(id string) string {
		if known[id] == "" {
			known[id] = fmt.Sprintf("019aa5d2-7c1e-7b64-9f2d-%012d", len(known)+1)
		}
		return known[id]
	})
	text = docTimes.ReplaceAllString(text, "2026-11-21T09:00:00Z")
	text = docClocks.ReplaceAllString(text, "09:00:00")
	text = docPorts.ReplaceAllString(text, "127.0.0.1:41234")
	text = docTokens.ReplaceAllString(text, "<generated>")
	return docHost.ReplaceAllString(text, "switchhook listen on laptop")
}

const cliPage = "../../docs/cli.md"

var pageLock sync.Mutex

// inPage wants the session that stands in docs/cli.md after the comment
// that names it; -update-docs writes it there.
func inPage(t *testing.T, name, session string) {
	t.Helper()
	pageLock.Lock()
	defer pageLock.Unlock()
	page, err := os.ReadFile(cliPage)
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)(<!-- session: " + name + " -->\n+```console\n)(.*?)(```\n)")
	parts := block.FindSubmatch(page)
	require.NotNil(t, parts, "docs/cli.md has no session %s", name)
	session = strings.TrimRight(plain(session), "\n") + "\n"
	if *updateDocs {
		page = block.ReplaceAllFunc(page, func([]byte) []byte { return []byte(string(parts[1]) + session + string(parts[3])) })
		require.NoError(t, os.WriteFile(cliPage, page, 0o600))
		return
	}
	require.Equal(t, string(parts[2]), session, "docs/cli.md, session %s; write it anew with -update-docs", name)
}

// self is the test binary, which is the gateway's too.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}
