// Package gateway starts a gateway as a process of its own and subscribes and
// publishes as its clients do.
package gateway

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

const (
	startLimit = 60 * time.Second
	stopLimit  = 15 * time.Second
	readyPoll  = 2 * time.Millisecond
	adminKey   = "swh_operator-key-of-a-measurement"
)

// Options of a gateway.
type Options struct {
	// Binary is the gateway's.
	Binary string
	// Data is its data directory; it is made where it is missing.
	Data string
	// Database is a postgres:// URL; "" means SQLite in Data.
	Database string
	// Config is the path of a configuration file; "" means none.
	Config string
	// Connections are the most that a client of this gateway opens.
	Connections int
	// Settings are more of its variables, such as "SWITCHHOOK_NODE_HEARTBEAT=1s".
	Settings []string
}

// Gateway is a running gateway.
type Gateway struct {
	// PID of its process, the parent of its plugins.
	PID int
	// StartTime is from the start of the process until it was ready.
	StartTime time.Duration

	process *os.Process
	started time.Time
	base    string
	client  *http.Client
	log     *logTail
	cancel  context.CancelFunc
	exited  chan struct{}
	err     error // why the process ended; to be read after exited
	killed  atomic.Bool
}

// Start starts a gateway and waits until it is ready. It delivers to loopback,
// and runs until [Gateway.Stop] or the end of ctx.
func Start(ctx context.Context, o Options) (*Gateway, error) {
	g, err := Launch(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := g.WaitReady(ctx); err != nil {
		_ = g.Stop() // it ended, or says nothing of use
		return nil, err
	}
	return g, nil
}

// Launch starts a gateway as [Start] does, but does not wait: publish nothing
// before [Gateway.WaitReady] has returned.
func Launch(ctx context.Context, o Options) (*Gateway, error) {
	binary, err := filepath.Abs(o.Binary)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, binary, "serve")
	cmd.Cancel, cmd.WaitDelay = func() error { return end(cmd.Process) }, stopLimit
	cmd.Env = environment(o)
	g := &Gateway{log: newLogTail(), cancel: cancel, exited: make(chan struct{}), started: time.Now()}
	g.client = &http.Client{Transport: &http.Transport{MaxConnsPerHost: o.Connections, MaxIdleConnsPerHost: o.Connections}}
	cmd.Stderr = g.log
	detach(cmd)
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start the gateway: %w", err)
	}
	g.process, g.PID = cmd.Process, cmd.Process.Pid
	go func() {
		defer close(g.exited)
		g.err = cmd.Wait()
	}()
	return g, nil
}

// WaitReady waits until a launched gateway is ready; the error shows the end of
// its log.
func (g *Gateway) WaitReady(ctx context.Context) error {
	if err := g.waitReady(ctx); err != nil {
		return fmt.Errorf("%w; its log ends:\n%s", err, g.log)
	}
	g.StartTime = time.Since(g.started)
	return nil
}

// Version asks a gateway's binary for its name and version.
func Version(ctx context.Context, binary string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	path, err := filepath.Abs(binary)
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Log returns the end of what the gateway has logged.
func (g *Gateway) Log() string { return g.log.String() }

func environment(o Options) []string {
	env := []string{
		"SWITCHHOOK_LISTEN=127.0.0.1:0", "SWITCHHOOK_DATA=" + o.Data, "SWITCHHOOK_DATABASE=" + o.Database,
		"SWITCHHOOK_ADMIN_KEY=" + adminKey, "SWITCHHOOK_EGRESS_ALLOW=127.0.0.0/8",
		"SWITCHHOOK_LOG_FORMAT=json",
		// What a case leaves undelivered is not waited for.
		"SWITCHHOOK_SERVER_SHUTDOWN_TIMEOUT=2s",
	}
	env = append(env, o.Settings...)
	if o.Config != "" {
		env = append(env, "SWITCHHOOK_CONFIG="+o.Config)
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "GOMAXPROCS", "GOMEMLIMIT", "GOGC"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// waitReady waits for the line that names the address, then for /readyz.
func (g *Gateway) waitReady(ctx context.Context) error {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	poll := time.NewTicker(readyPoll)
	defer poll.Stop()
	lines := g.log.listening
	for {
		select {
		case address := <-lines:
			g.base, lines = "http://"+address, nil
		case <-poll.C:
		case <-g.exited:
			return fmt.Errorf("the gateway ended at its start: %w", g.err)
		case <-limit.C:
			return fmt.Errorf("the gateway is not ready after %s", startLimit)
		case <-ctx.Done():
			return ctx.Err()
		}
		if g.base != "" && g.ready(ctx) {
			return nil
		}
	}
}

func (g *Gateway) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.base+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
