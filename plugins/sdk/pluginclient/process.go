package pluginclient

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
)

// process runs a plugin's command for go-plugin. Its own runner would give the
// plugin the gateway's standard input, end only the first process of a group,
// and panic on a log line whose keys have the wrong type.
type process struct {
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr io.ReadCloser
	lines  *lineWriter
	logged chan struct{} // closed when standard error has been read

	mu      sync.Mutex
	started bool
	killed  bool
	drained *time.Timer // closes the pipes some time after a kill
	gone    bool
	err     error // how it ended
}

var _ runner.Runner = (*process)(nil)

// pipeGrace is how long what a killed process wrote may take to be read: a child
// of its own could hold the pipes open for ever.
const pipeGrace = 500 * time.Millisecond

func newProcess(cmd *exec.Cmd, extra []string, log *slog.Logger) (*process, error) {
	cmd.Env = environment(os.Environ(), extra)
	ownGroup(cmd)
	p := &process{cmd: cmd, lines: newLineWriter(log), logged: make(chan struct{})}
	var err error
	if p.stdout, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if p.stderr, err = cmd.StderrPipe(); err != nil {
		return nil, err
	}
	return p, nil
}

// runner is called by go-plugin with the variables that the handshake needs.
// They come last, so that nothing overrides them.
func (p *process) runner(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) {
	p.cmd.Env = append(p.cmd.Env, spec.Env...)
	return p, nil
}

// Start starts the process, unless it was killed before.
func (p *process) Start(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return errKilled
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.started = true
	go func() {
		defer close(p.logged)
		_, _ = io.Copy(p.lines, p.stderr)
	}()
	return nil
}

// Wait returns when the process has ended. go-plugin has read standard output by
// then, as exec.Cmd wants.
func (p *process) Wait(context.Context) error {
	<-p.logged
	err := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone, p.err = true, err
	if p.drained != nil {
		p.drained.Stop()
	}
	return err
}

// exitGrace is how long a process that go-plugin gave up on may take to end by
// itself: a program that is no plugin tells why in its exit status and last line.
const exitGrace = 200 * time.Millisecond

// Kill ends the process and its group.
func (p *process) Kill(context.Context) error {
	if p.pid() != 0 {
		timer := time.NewTimer(exitGrace)
		defer timer.Stop()
		select {
		case <-p.logged:
		case <-timer.C:
		}
	}
	p.kill()
	return nil
}

func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	// After gone, the number may belong to somebody else.
	if !p.started || p.gone {
		return
	}
	killGroup(p.cmd.Process)
	if p.drained == nil {
		p.drained = time.AfterFunc(pipeGrace, func() { _ = p.stdout.Close(); _ = p.stderr.Close() })
	}
}

// exit tells how the process ended, with what it wrote last where that says why;
// nil when it ended as asked.
func (p *process) exit() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		return nil
	}
	if cause := p.lines.panicked(); cause != "" {
		return fmt.Errorf("%w: %s", p.err, cause)
	}
	return p.err
}

// startError says in one line why a start failed; go-plugin's own text ends in
// advice about go-plugin.
func (p *process) startError(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if strings.HasPrefix(text, "Unrecognized remote plugin message") {
		text = "it did not greet as a Switchhook plugin does; is it one?"
	}
	out := fmt.Errorf("cannot start %s: %s", p.cmd.Path, text)
	if exit := p.exit(); exit != nil {
		out = fmt.Errorf("%w (%w)", out, exit)
	}
	if last := p.lines.lastLine(); last != "" {
		out = fmt.Errorf("%w; its last line: %s", out, last)
	}
	return out
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		return 0
	}
	return p.cmd.Process.Pid
}

// ID is never empty: go-plugin cleans up after a plugin that has an id alone.
func (p *process) ID() string { return strconv.Itoa(p.pid()) }

// Name for go-plugin's messages.
func (p *process) Name() string { return p.cmd.Path }

// Stdout carries the handshake.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr is empty for go-plugin: the host reads the lines itself.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Diagnose has nothing to add to startError.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost keeps addresses: both are on one machine.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin keeps addresses.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}
