//go:build !unix

package gateway

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// detach does nothing: there are no process groups.
func detach(*exec.Cmd) {}

func end(p *os.Process) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return p.Kill()
	}
	return nil
}

func pause(*os.Process) error { return errors.New("a process can be paused on Unix only") }

func resume(*os.Process) error { return errors.New("a process can be resumed on Unix only") }

func killGroup(int) {}
