package gateway

import (
	"fmt"
	"os/exec"
	"time"

	"github.com/switchhook/switchhook/cmd/internal/proc"
)

const (
	// orphanLimit is how long a killed gateway's plugins may outlive it.
	orphanLimit = 5 * time.Second
	orphanPoll  = 20 * time.Millisecond
)

// Exited is closed when the process has ended.
func (g *Gateway) Exited() <-chan struct{} { return g.exited }

// Err is why the process ended; it is to be asked once it has. nil is an exit
// with 0.
func (g *Gateway) Err() error { return g.err }

// Stop ends the process and its plugins, and returns when it has ended. The
// error says that it did not end by itself, with the end of its log.
func (g *Gateway) Stop() error {
	g.client.CloseIdleConnections()
	select {
	case <-g.exited:
		g.cancel()
		if g.killed.Load() {
			return nil
		}
		return fmt.Errorf("the gateway ended before it was stopped: %w; its log ends:\n%s", g.err, g.log)
	default:
	}
	g.cancel()
	<-g.exited
	if state, ok := g.err.(*exec.ExitError); ok { //nolint:errorlint // Wait returns no other
		return fmt.Errorf("the gateway did not stop as it should: %w; its log ends:\n%s", state, g.log)
	}
	return nil
}

// Kill ends the process at once, as the loss of its machine would, and returns
// when it has ended. Its plugins end by themselves; see [Gateway.Orphans].
func (g *Gateway) Kill() error {
	g.killed.Store(true)
	if err := g.process.Kill(); err != nil {
		return fmt.Errorf("kill the gateway: %w", err)
	}
	<-g.exited
	g.cancel()
	g.client.CloseIdleConnections()
	return nil
}

// Pause stops the process from running, without its knowledge, until
// [Gateway.Resume].
func (g *Gateway) Pause() error { return pause(g.process) }

// Resume lets a paused process go on.
func (g *Gateway) Resume() error { return resume(g.process) }

// Orphans waits until nothing is left of the gateway's process group, in which
// its plugins are, where the system lets that be seen. What is left after a few
// seconds is killed; the error says so.
func (g *Gateway) Orphans() error {
	deadline := time.Now().Add(orphanLimit)
	poll := time.NewTicker(orphanPoll)
	defer poll.Stop()
	for {
		left, err := proc.Group(g.PID)
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			killGroup(g.PID)
			return fmt.Errorf("processes %v of a gateway were left behind %s after its end", left, orphanLimit)
		}
		<-poll.C
	}
}
